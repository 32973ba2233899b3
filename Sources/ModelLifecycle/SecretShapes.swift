/// How a secret is known: by the name of the key before it, or by its own form. Names and forms are
/// ASCII; everything works on the bytes of UTF-8.
enum SecretShapes {
    enum Key {
        /// A password or key: any value is a secret.
        case secret
        /// A token, a word that speech and language models use for other things too.
        case token
        /// The header of that name.
        case authorization
    }

    /// What kind of secret follows a key of this name, e.g. `HF_TOKEN`, `apiKey` or `--db-password`.
    static func key(_ name: ArraySlice<UInt8>) -> Key? {
        // Only the end of a name counts, and no name that matters is longer.
        let parts = components(name.suffix(64))
        guard let last = parts.last else { return nil }
        let previous = parts.dropLast().last
        switch last {
        case "password", "passwd", "passphrase", "secret", "apikey": return .secret
        // PWD alone is the working directory.
        case "pwd": return previous == nil ? nil : .secret
        case "key": return previous.map(keyQualifiers.contains) == true ? .secret : nil
        case "signature": return previous == "amz" || previous == "goog" ? .secret : nil
        case "token": return previous.map(vocabularyQualifiers.contains) == true ? nil : .token
        case "accesstoken", "authtoken": return .token
        case "authorization": return .authorization
        default: return nil
        }
    }

    private static let keyQualifiers: Set<String> = ["api", "access", "secret", "private", "auth", "encryption"]

    /// `bos_token` and the like name entries of a vocabulary.
    private static let vocabularyQualifiers: Set<String> = [
        "audio", "blank", "bos", "cls", "decoder", "end", "eos", "eot", "first", "image", "last", "mask", "new", "next",
        "pad", "per", "prev", "previous", "sep", "sot", "special", "start", "stop", "timestamp", "unk",
    ]

    /// `AWS_SECRET_ACCESS_KEY`, `x-api-key`, `spring.db.password`, `clientSecret`: the words, in lower case.
    private static func components(_ name: ArraySlice<UInt8>) -> [String] {
        var parts: [String] = []
        var part: [UInt8] = []
        var afterLower = false
        for byte in name {
            let isUpper = (UInt8(ascii: "A")...UInt8(ascii: "Z")).contains(byte)
            let splits = !isAlphanumeric(byte)
            if splits || (isUpper && afterLower) {
                if !part.isEmpty { parts.append(String(decoding: part, as: UTF8.self)) }
                part = []
            }
            if !splits { part.append(isUpper ? byte | 0x20 : byte) }
            afterLower = !splits && !isUpper
        }
        if !part.isEmpty { parts.append(String(decoding: part, as: UTF8.self)) }
        return parts
    }

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
        Form("AKIA", atLeast: 16), Form("ASIA", atLeast: 16), Form("AIza", atLeast: 30, extra: "_-"),
    ]

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

    static func isDigit(_ byte: UInt8) -> Bool { byte >= UInt8(ascii: "0") && byte <= UInt8(ascii: "9") }

    static func isAlphanumeric(_ byte: UInt8) -> Bool {
        let lower = byte | 0x20
        return isDigit(byte) || (lower >= UInt8(ascii: "a") && lower <= UInt8(ascii: "z"))
    }
}
