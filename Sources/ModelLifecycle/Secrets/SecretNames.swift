/// Which names announce a secret: of settings, flags, variables, headers and things that a message speaks of.
/// Names are ASCII; everything works on the bytes of UTF-8.
enum SecretNames {
    /// How far a value after a name is trusted to be a secret.
    enum Kind {
        /// A password or key: any value is a secret.
        case secret
        /// A token, a word that speech and language models use for other things too.
        case token
        /// A word that rarely announces a secret: only a value that looks like one is.
        case mixed
        /// `auth`, `pass`: a value with a digit, or with a user before it.
        case login
        /// The header of that name.
        case authorization
        /// `Cookie`, `Set-Cookie`: the whole line.
        case cookie
        /// `PWD`, which is the working directory in an environment and a password in a connection string.
        case directory
    }

    struct Meaning {
        var kind: Kind
        /// `api_keys: 3` says how many there are.
        var isPlural = false
    }

    /// What a value after this name is, e.g. `HF_TOKEN`, `apiKey` or `--db-password`.
    /// - Parameters:
    ///   - previous: the word before it in a sentence, as in `API key`.
    ///   - isQuoted: the name stands in quotes, or in the query of a URL.
    static func meaning(
        _ name: ArraySlice<UInt8>, after previous: ArraySlice<UInt8>? = nil, isQuoted: Bool = false
    ) -> Meaning? {
        guard mayMean(name) else { return nil }
        // Only the end of a name counts, and no name that matters is longer.
        let parts = components(name.suffix(64))
        guard let last = parts.last else { return nil }
        let isPlural = last.count >= 4 && last.hasSuffix("s") && !last.hasSuffix("ss")
        let noun = isPlural ? String(last.dropLast()) : last
        let qualifier = parts.dropLast().last ?? previous.flatMap { components($0.suffix(32)).last }
        return kind(noun, qualifier, isPlural: isPlural, isAlone: parts.count == 1, isQuoted: isQuoted)
            .map { Meaning(kind: $0, isPlural: isPlural) }
    }

    private static func kind(
        _ noun: String, _ qualifier: String?, isPlural: Bool, isAlone: Bool, isQuoted: Bool
    ) -> Kind? {
        switch noun {
        case "password", "passwd", "passphrase", "passcode", "secret", "credential", "cred": return .secret
        case "pwd": return isAlone ? .directory : .secret
        case "key":
            if let qualifier, keyQualifiers.contains(qualifier) { return .secret }
            if let qualifier, ["your", "generated", "new"].contains(qualifier) { return .mixed }
            return isQuoted && isAlone ? .mixed : nil
        case "signature": return qualifier == "amz" || qualifier == "goog" ? .secret : nil
        case "sig", "jwt", "bearer": return isQuoted || noun != "sig" ? .mixed : nil
        case "token": return token(qualifier, isPlural: isPlural)
        case "authorization": return .authorization
        case "cookie": return .cookie
        case "pat":
            return qualifier.map(["github", "gh", "gitlab", "azure", "ado", "git"].contains) == true ? .secret : nil
        case "auth":
            return isAlone ? .login : ["cli", "rediscli", "basic", "redis"].contains(qualifier) ? .secret : nil
        case "pass":
            if isAlone { return .login }
            return qualifier.map(accounts.contains) == true ? .secret : nil
        default:
            if compoundTokens.contains(noun) { return .token }
            return compounds.contains { noun.hasSuffix($0) } ? .secret : nil
        }
    }

    private static func token(_ qualifier: String?, isPlural: Bool) -> Kind? {
        guard let qualifier else { return isPlural ? .mixed : .token }
        if tokenQualifiers.contains(qualifier) { return .token }
        if qualifier == "new" { return .mixed }
        if vocabularyQualifiers.contains(qualifier) { return nil }
        return isPlural ? .mixed : .token
    }

    /// Written as one word.
    private static let compounds = [
        "password", "passwd", "passphrase", "apikey", "secretkey", "accesskey", "privatekey", "authkey", "adminkey",
        "masterkey", "clientsecret", "requirepass", "sshpass",
    ]
    private static let compoundTokens: Set<String> = [
        "accesstoken", "authtoken", "apitoken", "bearertoken", "refreshtoken", "sessiontoken", "hftoken", "idtoken",
    ]

    private static let keyQualifiers: Set<String> = [
        "access", "account", "admin", "aes", "api", "auth", "authentication", "authorization", "bot", "client",
        "deploy", "encryption", "fernet", "functions", "hmac", "integration", "jwt", "licence", "license",
        "management", "master", "private", "root", "secret", "service", "session", "shared", "signing", "ssh",
        "storage", "subscription", "user", "webhook",
        // Services that hand out keys.
        "anthropic", "azure", "cohere", "comet", "deepseek", "fireworks", "gemini", "google", "groq", "hf",
        "huggingface", "mistral", "openai", "pinecone", "qdrant", "replicate", "sendgrid", "stripe", "tavily",
        "together", "twilio", "wandb", "weaviate",
    ]

    private static let tokenQualifiers: Set<String> = [
        "access", "admin", "api", "auth", "bearer", "bot", "csrf", "deploy", "gh", "github", "gitlab", "hf", "hub",
        "huggingface", "id", "jwt", "login", "oauth", "registry", "refresh", "secret", "security", "service", "session",
        "user", "vault", "xsrf",
    ]

    private static let accounts: Set<String> = [
        "admin", "auth", "basic", "broker", "database", "db", "ftp", "http", "login", "mail", "mongo", "mysql", "pg",
        "postgres", "proxy", "rabbitmq", "redis", "root", "smtp", "sql", "ssh", "user", "vnc",
    ]

    /// `bos_token` and `max_tokens` name entries of a vocabulary and count what a model reads and writes.
    private static let vocabularyQualifiers: Set<String> = [
        "audio", "blank", "bos", "cached", "cls", "completion", "context", "decoder", "end", "eos", "eot", "first",
        "forced", "generated", "image", "input", "last", "mask", "max", "min", "n", "next", "num", "output", "pad",
        "per", "prev", "previous", "prompt", "reasoning", "sep", "sot", "special", "start", "stop", "suppress",
        "suppressed", "text", "timestamp", "total", "unexpected", "unk", "vocab",
    ]

    /// What every name that means something ends with, but for an `s`: the words of `kind`, and those that compounds end with.
    static let nouns = [
        "password", "passwd", "passphrase", "passcode", "secret", "credential", "cred", "pwd", "key", "signature",
        "sig",
        "jwt", "bearer", "token", "authorization", "cookie", "pat", "auth", "pass",
    ].map { Array($0.utf8) }

    /// Their last letters: few other words end like that.
    static let endings: Set<UInt32> = Set(nouns.map { packed($0.suffix(3)) })

    private static func mayMean(_ name: ArraySlice<UInt8>) -> Bool {
        let end = name.trimmingSuffix { !SecretShapes.isAlphanumeric($0) }.suffix(4)
        if end.count >= 3, endings.contains(packed(end.suffix(3))) { return true }
        guard end.count == 4, let last = end.last, last | 0x20 == UInt8(ascii: "s") else { return false }
        return endings.contains(packed(end.prefix(3)))
    }

    private static func packed(_ letters: some Sequence<UInt8>) -> UInt32 {
        letters.reduce(0) { $0 << 8 | UInt32($1 | 0x20) }
    }

    /// `--no-auth-token` takes no value.
    static func isSwitch(_ flag: ArraySlice<UInt8>) -> Bool {
        guard let first = components(flag.prefix(16)).first else { return false }
        return ["no", "disable", "enable", "require", "skip", "allow", "without"].contains(first)
    }

    /// `AWS_SECRET_ACCESS_KEY`, `x-api-key`, `spring.db.password`, `clientSecret`: the words, in lower case.
    static func components(_ name: ArraySlice<UInt8>) -> [String] {
        var parts: [String] = []
        var part: [UInt8] = []
        var afterLower = false
        for byte in name {
            let isUpper = SecretShapes.isUpper(byte)
            let splits = !SecretShapes.isAlphanumeric(byte)
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
}
