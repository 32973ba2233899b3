import ModelLifecycle

/// A command line as it may be recorded. What is secret, by its name, by its look or because it is known, is left out;
/// what is ordinary stays, so that the command can be run again from the record.
struct RecordedCommand: Sendable, Hashable {
    static let mark = Redaction.mark

    private(set) var words: [String] = []
    /// The values that were left out.
    private(set) var secrets: [String] = []
    /// False where something was left out, so that the command cannot be run again from the record.
    var isComplete: Bool { !words.contains { $0.contains(Self.mark) } }

    private let known: KnownSecrets

    /// - Parameter known: what is left out wherever it stands.
    init(_ command: [String], knowing known: KnownSecrets = .none) {
        self.known = known
        var flag: String?
        // Further values may follow the first one of a flag.
        var lastSecretFlag: String?
        for (index, word) in command.enumerated() {
            if index > 0, let own = flag, Self.secrecy(of: own) == .secret, Self.isValue(word, of: own) {
                words.append(value(word, of: own))
                lastSecretFlag = own
                flag = nil
            } else if word.hasPrefix("-"), !Self.isNumber(word), index > 0 {
                lastSecretFlag = nil
                flag = word.contains("=") ? nil : word
                words.append(recorded(flag: word))
            } else {
                let isFurther = flag == nil && lastSecretFlag != nil && Self.looksLikeKey(word)
                words.append(isFurther ? leftOut(word) : value(word, of: flag))
                flag = nil
            }
        }
    }

    // MARK: - Flags

    private mutating func recorded(flag word: String) -> String {
        if let equals = word.firstIndex(of: "=") {
            let name = String(word[..<equals])
            return name + "=" + value(String(word[word.index(after: equals)...]), of: name)
        }
        // Flags of one letter take their value without a blank, too.
        let attached = String(word.dropFirst(2))
        if word.hasPrefix("-H"), attached.contains(":") { return "-H" + value(attached, of: "-H") }
        if word.hasPrefix("-u"), attached.contains(":") { return "-u" + value(attached, of: "-u") }
        if word.hasPrefix("-p"), Redaction.look(of: attached) != .ordinary || Self.hasLettersAndDigits(attached) {
            return "-p" + leftOut(attached)
        }
        if word.hasPrefix("-p"), !attached.isEmpty, takesAttachedPassword, !attached.allSatisfy(\.isNumber) {
            return "-p" + leftOut(attached)
        }
        return withoutRandomRuns(word, of: word)
    }

    /// In these programs a password follows `-p` without a blank.
    private var takesAttachedPassword: Bool {
        words.contains { word in
            let program = word.split(separator: "/").last.map(String.init) ?? word
            return ["mysql", "mysqld", "mysqladmin", "mysqldump", "mariadb", "sshpass", "7z"].contains(program)
        }
    }

    /// Whether a word that follows a flag with a secret is its value, and not another flag.
    private static func isValue(_ word: String, of flag: String) -> Bool {
        guard word.hasPrefix("-") else { return true }
        return !word.hasPrefix("--") && word.utf8.count >= 8 && looksLikeKey(String(word.dropFirst()))
    }

    private static func secrecy(of flag: String) -> Redaction.Secrecy {
        let secrecy = Redaction.secrecy(ofName: flag)
        let name = flag.drop { $0 == "-" }.lowercased()
        // `--no-api-key` takes no value; `--use-auth-token` may take one.
        let isSwitch = [
            "no-", "disable-", "enable-", "use-", "use_", "with-", "without-", "require-", "skip-", "allow-",
        ]
        .contains { name.hasPrefix($0) }
        return isSwitch && secrecy == .secret ? .possible : secrecy
    }

    // MARK: - Values

    /// - Parameter flag: as it is written; nil for a word that does not follow a flag.
    private mutating func value(_ value: String, of flag: String?) -> String {
        let withoutKnown = known.removed(from: value)
        if withoutKnown != value, withoutKnown == Self.mark { return Self.mark }
        guard value.utf8.count <= 1 << 14 else {
            // Too long to be recorded. Only what is surely a secret in it is looked for elsewhere.
            secrets += Redaction.secrets(in: value)
            return Self.mark
        }
        if let flag {
            if Self.isHeader(flag) { return header(value) }
            switch Self.secrecy(of: flag) {
            case .secret where !Redaction.isHarmless(value): return leftOut(value)
            case .possible where !Redaction.isHarmless(value) && (Self.looksLikeKey(value) || Self.isLogin(value)):
                return leftOut(value)
            case .secret, .possible, .ordinary: break
            }
            // A port in some programs, a password in others.
            if flag == "-p", !Self.isPort(value), !value.contains("/") {
                return Self.looksLikeKey(value) || Self.hasLettersAndDigits(value) ? leftOut(value) : Self.mark
            }
            if ["-u", "--user", "--proxy-user", "--login"].contains(flag), Self.isLogin(value) {
                let name = value.prefix { $0 != ":" }
                return name + ":" + leftOut(String(value.dropFirst(name.count + 1)))
            }
        }
        var text = withoutSecrets(withoutKnown)
        if value.contains(where: \.isWhitespace) || value.contains("(") { text = withoutLiterals(text) }
        return withoutRandomRuns(text, of: flag)
    }

    private mutating func leftOut(_ value: String) -> String {
        secrets.append(value)
        return Self.mark
    }

    /// What has a secret's name or a known form, within a longer value.
    private mutating func withoutSecrets(_ text: String) -> String {
        let redacted = Redaction.redact(text)
        if redacted != text { secrets += Redaction.secrets(in: text) }
        return redacted
    }

    private static func isHeader(_ flag: String) -> Bool {
        flag == "-H" || flag.lowercased().hasSuffix("header") || flag.lowercased().hasSuffix("headers")
    }

    /// `NAME: VALUE`: many a header's value is a secret, and few names tell.
    private mutating func header(_ text: String) -> String {
        guard let colon = text.firstIndex(where: { $0 == ":" || $0 == "=" }) else {
            return withoutRandomRuns(withoutSecrets(text), of: nil)
        }
        let name = text[..<colon].lowercased()
        if WarmupHeaderNames.harmless.contains(name) { return withoutRandomRuns(withoutSecrets(text), of: nil) }
        let value = text[text.index(after: colon)...].drop { $0 == " " }
        // Only what is surely a secret is looked for elsewhere; and the scheme before it is not part of it.
        let credentials = value.split(separator: " ").last.map(String.init) ?? ""
        if Redaction.secrecy(ofName: name) == .secret || Self.looksLikeKey(credentials) {
            secrets += [String(value), credentials]
        }
        return text[...colon] + " " + Self.mark
    }

    /// Text in quotes within code that could be a password: `print('hunter2')`.
    private mutating func withoutLiterals(_ text: String) -> String {
        var output = ""
        var rest = text[...]
        while let open = rest.firstIndex(where: { $0 == "'" || $0 == "\"" }) {
            let begin = rest.index(after: open)
            guard let end = rest[begin...].firstIndex(of: rest[open]) else { break }
            let literal = String(rest[begin..<end])
            output += rest[..<begin] + (Self.isPassword(literal) ? leftOut(literal) : literal)
            output.append(rest[end])
            rest = rest[rest.index(after: end)...]
        }
        return output + rest
    }

    /// Runs of letters and digits that look generated, under a name that says nothing.
    private mutating func withoutRandomRuns(_ text: String, of flag: String?) -> String {
        var output = ""
        var rest = text[...]
        while let start = rest.firstIndex(where: Self.isRunCharacter) {
            output += rest[..<start]
            rest = rest[start...]
            let run = rest.prefix(while: Self.isRunCharacter)
            let before = (flag ?? "") + " " + output.suffix(24)
            output += Self.isSecret(run, after: before) ? leftOut(String(run)) : String(run)
            rest = rest[run.endIndex...]
        }
        return output + rest
    }

    private static func isRunCharacter(_ character: Character) -> Bool {
        character.isASCII && (character.isLetter || character.isNumber || "_-+/=~".contains(character))
    }

    private static func isSecret(_ run: Substring, after text: String) -> Bool {
        let isPath = ["/", "~/"].contains { run.hasPrefix($0) } || text.hasSuffix(".") || text.hasSuffix(":")
        if isPath, run.contains("/") {
            return run.split(separator: "/").contains { part in
                Redaction.look(of: part) == .random && part.utf8.count >= 20 && !isIdentifier(part)
                    && part.contains(where: \.isUppercase) && part.contains(where: \.isLowercase)
            }
        }
        switch Redaction.look(of: run) {
        case .ordinary, .mixed: return false
        case .random: return !isIdentifier(run) && !namesDigest(text)
        case .hexadecimal: return !namesDigest(text)
        }
    }

    /// Whether what follows is the digest or the revision of something.
    private static func namesDigest(_ text: String) -> Bool {
        let text = text.lowercased()
        return text.hasSuffix("@")
            || [
                "sha", "digest", "md5", "rev", "commit", "hash", "checksum", "uuid", "guid", "etag", "version", "-id",
                "_id",
            ]
            .contains { text.contains($0) }
    }

    /// A UUID, also one of a GPU.
    private static func isIdentifier(_ run: Substring) -> Bool {
        let parts = run.split(separator: "-").suffix(5)
        return parts.map(\.count) == [8, 4, 4, 4, 12] && parts.allSatisfy { $0.allSatisfy(\.isHexDigit) }
    }

    // MARK: - Looks

    /// One word of letters and digits, or with as little order as a key.
    private static func looksLikeKey(_ word: String) -> Bool {
        if Redaction.look(of: word) != .ordinary { return true }
        return word.utf8.count >= 8 && hasLettersAndDigits(word)
    }

    private static func hasLettersAndDigits(_ word: String) -> Bool {
        word.utf8.count >= 6 && word.allSatisfy { $0.isASCII && ($0.isLetter || $0.isNumber) }
            && word.contains(where: \.isLetter) && word.contains(where: \.isNumber)
    }

    /// Not `float16` or `int8`.
    private static func isPassword(_ literal: String) -> Bool {
        hasLettersAndDigits(literal) && !["8", "16", "32", "64"].contains { literal.hasSuffix($0) }
    }

    /// `ann:hunter2`, and not `1000:1000` or `http://host`.
    private static func isLogin(_ value: String) -> Bool {
        guard let colon = value.firstIndex(of: ":"), colon > value.startIndex, !value.contains("://") else {
            return false
        }
        let password = value[value.index(after: colon)...]
        return !password.isEmpty && !password.allSatisfy(\.isNumber)
    }

    /// `8080`, `8080:80`, `127.0.0.1:8080:80/tcp`
    private static func isPort(_ value: String) -> Bool {
        let number = value.hasSuffix("/tcp") || value.hasSuffix("/udp") ? value.dropLast(4) : value[...]
        return !number.isEmpty && number.allSatisfy { $0.isASCII && $0.isNumber || ".:[],-".contains($0) }
    }

    private static func isNumber(_ text: String) -> Bool {
        var digits = text[...]
        if digits.hasPrefix("-") { digits = digits.dropFirst() }
        return !digits.isEmpty && digits.count <= 12 && digits.allSatisfy { $0.isASCII && $0.isNumber || $0 == "." }
    }
}

/// Headers whose values are never secrets.
enum WarmupHeaderNames {
    static let harmless: Set<String> = ["accept", "content-type", "accept-language", "user-agent"]
}
