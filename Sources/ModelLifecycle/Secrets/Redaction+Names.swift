extension Redaction {
    /// Without what is known to be secret, and without what looks like it.
    package static func redact(_ text: String, knowing secrets: KnownSecrets) -> String {
        redact(secrets.removed(from: text))
    }

    /// What `redact` would take out of a text, in order.
    package static func secrets(in text: String) -> [String] {
        var scanner = SecretScanner(text)
        _ = scanner.redacted()
        return scanner.found.map { String(decoding: scanner.bytes[$0], as: UTF8.self) }
    }

    /// How much the name of a setting, a flag or a variable says about its value.
    package enum Secrecy {
        /// The value is a secret unless it is a path, a placeholder or nothing.
        case secret
        /// The value is a secret if it looks like one.
        case possible
        /// The value is ordinary, unless it looks as a generated key does.
        case ordinary
    }

    package static func secrecy(ofName name: String) -> Secrecy {
        let bytes = Array(name.utf8)[...]
        switch SecretNames.meaning(bytes)?.kind {
        case .secret, .token, .authorization, .cookie: return .secret
        case .login: return name.lowercased().hasSuffix("pass") ? .secret : .possible
        case .mixed, .directory: return .possible
        case nil:
            let last = SecretNames.components(bytes.suffix(64)).last
            return last == "key" || last == "keys" ? .possible : .ordinary
        }
    }

    /// Whether a value is not secret, whatever its name is: nothing, a mask, a placeholder or a path.
    package static func isHarmless(_ value: String) -> Bool { HarmlessValue.isHarmless(Array(value.utf8)[...]) }

    /// How a value looks if its name says nothing about it.
    package enum Look {
        /// As words, numbers and names of models do.
        case ordinary
        /// Letters and digits are mixed as in a password: `hunter2x9`, but also `abc123de`.
        case mixed
        /// As little order as a generated key has.
        case random
        /// 32 hexadecimal digits or more: a digest, or a key.
        case hexadecimal
    }

    package static func look(of value: some StringProtocol) -> Look {
        let bytes = Array(value.utf8)[...]
        if SecretShapes.isHexadecimal(bytes) { return .hexadecimal }
        if SecretShapes.isRandom(bytes) { return .random }
        return SecretShapes.isMixed(bytes) ? .mixed : .ordinary
    }
}
