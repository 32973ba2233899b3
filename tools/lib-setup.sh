# shellcheck shell=bash
# What quickstart and test share: finds Swift, installs the Debian packages that are missing.

say() { printf '\033[1m==> %s\033[0m\n' "$*" >&2; }
die() {
    printf 'error: %s\n' "$*" >&2
    exit 1
}

# Puts `swift` on the PATH, or says where to get it.
require_swift() {
    if ! command -v swift >/dev/null; then
        for folder in /opt/swift/usr/bin "$HOME/.swiftly/bin" "$HOME/.local/share/swiftly/bin"; do
            [ -x "$folder/swift" ] && PATH="$folder:$PATH" && break
        done
    fi
    command -v swift >/dev/null ||
        die "Swift 6.2 or later is missing; install it as https://www.swift.org/install says, then run this again"
    local version
    version=$(swift --version 2>/dev/null | sed -n 's/.*Swift version \([0-9]*\.[0-9]*\).*/\1/p' | head -n 1)
    case "$version" in
    6.[2-9] | 6.[1-9][0-9] | [7-9].* | [1-9][0-9].*) ;;
    *) die "Swift 6.2 or later is needed, this is ${version:-unknown}; see https://www.swift.org/install" ;;
    esac
}

# Installs those of the named Debian packages that are missing, with sudo where needed.
# Elsewhere, and where that fails, says so and returns 1.
install_packages() {
    if ! command -v dpkg-query >/dev/null; then
        say "not a Debian system; please install the equivalents of: $*"
        return 1
    fi
    local missing=() package
    for package in "$@"; do
        dpkg-query -W -f='${Status}' "$package" 2>/dev/null | grep -q 'install ok installed' || missing+=("$package")
    done
    [ ${#missing[@]} -eq 0 ] && return 0
    local root=()
    if [ "$(id -u)" -ne 0 ]; then
        command -v sudo >/dev/null || {
            say "not root, and no sudo; please run: apt-get install ${missing[*]}"
            return 1
        }
        root=(sudo)
    fi
    say "installing ${missing[*]}"
    local install=("${root[@]}" env DEBIAN_FRONTEND=noninteractive apt-get install -y -q --no-install-recommends)
    "${install[@]}" "${missing[@]}" >&2 && return 0
    say "refreshing the package lists"
    "${root[@]}" apt-get update -q >&2 && "${install[@]}" "${missing[@]}" >&2
}

# The speech library and its model, and the recordings of its tests.
POCKETSPHINX_PACKAGES=(libpocketsphinx3 pocketsphinx-en-us)
