/// How a secret looks, for values whose names say nothing. Everything works on the bytes of UTF-8.
enum SecretShapes {
    // MARK: - Tokens that are known by their form

    private struct Form {
        let prefix: [UInt8]
        /// How many bytes follow the prefix at least.
        let length: Int
        /// Which bytes besides letters and digits may follow.
        let extra: [UInt8]

        init(_ prefix: String, atLeast length: Int, extra: String = "") {
            self.prefix = Array(prefix.utf8)
            self.length = length
            self.extra = Array(extra.utf8)
        }
    }

    private static let forms = [
        Form("hf_", atLeast: 16),
        Form("ghp_", atLeast: 16), Form("gho_", atLeast: 16), Form("ghu_", atLeast: 16), Form("ghs_", atLeast: 16),
        Form("ghr_", atLeast: 16), Form("github_pat_", atLeast: 20, extra: "_"),
        Form("glpat-", atLeast: 16, extra: "_-"),
        Form("gsk_", atLeast: 30), Form("nvapi-", atLeast: 30, extra: "_-"), Form("npm_", atLeast: 30),
        Form("r8_", atLeast: 30), Form("xai-", atLeast: 30), Form("pplx-", atLeast: 30), Form("whsec_", atLeast: 16),
        Form("sk_live_", atLeast: 16), Form("sk_test_", atLeast: 16), Form("rk_live_", atLeast: 16),
        Form("dckr_pat_", atLeast: 20, extra: "_-"), Form("pypi-", atLeast: 40, extra: "_-"),
        Form("tvly-", atLeast: 20, extra: "-"), Form("hvs.", atLeast: 20, extra: "_-"),
        Form("ya29.", atLeast: 20, extra: "_-"), Form("lsv2_", atLeast: 30, extra: "_"),
        Form("AKIA", atLeast: 16), Form("ASIA", atLeast: 16), Form("AIza", atLeast: 30, extra: "_-"),
    ]

    /// No token is shorter, in bytes: `xoxb-` and ten more.
    static let shortestToken = 15
    /// The first three bytes of every token that `isToken` knows, as one number.
    static let beginnings = Set(
        (forms.map(\.prefix) + ["sk-", "xox", "eyJ"].map { Array($0.utf8) }).map { prefix in
            prefix.prefix(3).reduce(UInt32(0)) { $0 << 8 | UInt32($1) }
        })

    /// Whether this run of letters, digits, `_`, `-` and `.` has the form of a well-known kind of token.
    static func isToken(_ word: ArraySlice<UInt8>) -> Bool {
        if word.starts(with: "sk-".utf8) { return isSecretKey(word.dropFirst(3)) }
        if word.starts(with: "xox".utf8) {
            let rest = word.dropFirst(3)
            return rest.dropFirst().first == UInt8(ascii: "-") && rest.count >= 12
        }
        if word.starts(with: "eyJ".utf8) { return isWebToken(word) }
        return forms.contains { form in
            guard word.starts(with: form.prefix) else { return false }
            let rest = word.dropFirst(form.prefix.count)
            return rest.count >= form.length && rest.allSatisfy { isAlphanumeric($0) || form.extra.contains($0) }
        }
    }

    /// What follows `sk-`. A package name like `sk-learn-contrib-extras` has neither a digit nor a long part.
    private static func isSecretKey(_ rest: ArraySlice<UInt8>) -> Bool {
        guard rest.count >= 16 else { return false }
        var hasDigit = false
        var part = 0
        var longestPart = 0
        for byte in rest {
            guard byte != UInt8(ascii: ".") else { return false }
            if isDigit(byte) { hasDigit = true }
            part = isAlphanumeric(byte) ? part + 1 : 0
            longestPart = max(longestPart, part)
        }
        return hasDigit || longestPart >= 16
    }

    /// `eyJ….eyJ….…`: header and payload are JSON objects in base64; the signature may be cut off.
    private static func isWebToken(_ word: ArraySlice<UInt8>) -> Bool {
        guard let dot = word.firstIndex(of: UInt8(ascii: ".")) else { return false }
        let rest = word[(dot + 1)...]
        let payload = rest.prefix { $0 != UInt8(ascii: ".") }
        return word[..<dot].count >= 10 && payload.count >= 4
    }

    // MARK: - Values that look random

    /// Whether a value mixes letters and digits as passwords and keys do, and words with a number after them do not:
    /// `gNRuA7dS` and `a1b2c3d4`, but not `llama3`, `q8_0` or `whisper-large-v3`.
    static func isMixed(_ value: ArraySlice<UInt8>) -> Bool {
        guard value.count >= 8, value.allSatisfy({ isAlphanumeric($0) || "-_+/=~".utf8.contains($0) }) else {
            return false
        }
        return value.split(whereSeparator: { !isAlphanumeric($0) }).contains { part in
            guard part.count >= 6 else { return false }
            let changes = Changes(part)
            return changes.kinds >= 2 || (changes.kinds == 1 && part.count >= 12 && changes.digits > 1)
                || changes.cases >= 3
        }
    }

    /// Whether a run of letters and digits, `_`, `-`, `+`, `/` and `=` has as little order as a generated key.
    static func isRandom(_ value: ArraySlice<UInt8>) -> Bool {
        var length = 0
        var changes = Changes()
        // Names of models have many short parts.
        for part in value.split(whereSeparator: { !isAlphanumeric($0) }) where part.count >= 8 {
            length += part.count
            changes.add(part)
        }
        guard length >= 16, changes.letters > 0 else { return false }
        let all = changes.kinds + changes.cases
        return all >= 4 && all * 5 >= length && (changes.digits > 0 || length >= 24)
    }

    /// 32 or more hexadecimal digits: a digest, a revision, or a key.
    static func isHexadecimal(_ value: ArraySlice<UInt8>) -> Bool {
        value.count >= 32
            && value.allSatisfy { byte in
                isDigit(byte) || (UInt8(ascii: "a")...UInt8(ascii: "f")).contains(byte | 0x20)
            } && value.contains(where: isDigit) && value.contains { !isDigit($0) }
    }

    /// How often a text changes between letters and digits, and between small and capital letters.
    private struct Changes {
        var kinds = 0
        /// A capital at the beginning of a word does not count.
        var cases = 0
        var digits = 0
        var letters = 0

        init() {}
        init(_ part: ArraySlice<UInt8>) { add(part) }

        mutating func add(_ part: ArraySlice<UInt8>) {
            var previous: UInt8?
            var capitals = 0
            for byte in part {
                if isDigit(byte) { digits += 1 } else { letters += 1 }
                if let previous {
                    if isDigit(previous) != isDigit(byte) {
                        kinds += 1
                    } else if !isDigit(byte), isUpper(previous) != isUpper(byte), isUpper(byte) || capitals > 1 {
                        cases += 1
                    }
                }
                capitals = isUpper(byte) ? capitals + 1 : 0
                previous = byte
            }
        }
    }

    // MARK: - Bytes

    static func isUpper(_ byte: UInt8) -> Bool { byte >= UInt8(ascii: "A") && byte <= UInt8(ascii: "Z") }

    static func isDigit(_ byte: UInt8) -> Bool { byte >= UInt8(ascii: "0") && byte <= UInt8(ascii: "9") }

    static func isAlphanumeric(_ byte: UInt8) -> Bool {
        let lower = byte | 0x20
        return isDigit(byte) || (lower >= UInt8(ascii: "a") && lower <= UInt8(ascii: "z"))
    }
}
