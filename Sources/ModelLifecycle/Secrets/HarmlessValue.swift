/// Values that are not secret although they stand in the place of a secret.
enum HarmlessValue {
    /// Nothing, a mask, a placeholder, a path, or the name of a secret instead of the secret.
    static func isHarmless(_ value: ArraySlice<UInt8>) -> Bool {
        guard let first = value.first else { return true }
        if value.starts(with: Redaction.mark.utf8) { return true }
        if value.count <= 10, nothing.contains(lowercased(value)) { return true }
        if isMask(value) || isPlaceholder(value, first) || isPath(value) { return true }
        if types.contains(where: { value.starts(with: $0.utf8) }) { return true }
        return isName(value)
    }

    /// A mark loses its bracket to the punctuation around values.
    private static let nothing: Set<String> = [
        "null", "none", "nil", "true", "false", "0", "1", "empty", "undefined", "[redacted", "[redacted]", "redacted",
        "n/a",
        "<none>", "<null>", "<nil>", "(none)", "(nil)", "(null)", "unset", "not-set", "not_set",
    ]

    /// `****` or `sk-ab***yz`: the server has masked it already.
    private static func isMask(_ value: ArraySlice<UInt8>) -> Bool {
        if let first = value.first, "*.-_x".utf8.contains(first), value.allSatisfy({ $0 == first }) { return true }
        var stars = 0
        for byte in value {
            stars = byte == UInt8(ascii: "*") ? stars + 1 : 0
            if stars == 3 { return true }
        }
        return false
    }

    /// `${NAME}`, `$NAME`, `{{ name }}`, `%s`, `{}`, `<your key>`
    private static func isPlaceholder(_ value: ArraySlice<UInt8>, _ first: UInt8) -> Bool {
        guard let last = value.last, value.count <= 64 else { return false }
        let inner = value.dropFirst()
        switch first {
        case UInt8(ascii: "$"):
            if inner.first == UInt8(ascii: "{") || inner.first == UInt8(ascii: "(") { return true }
            return inner.count >= 2 && inner.allSatisfy { SecretShapes.isUpper($0) || $0 == UInt8(ascii: "_") }
        case UInt8(ascii: "{"): return value.count == 2 || inner.first == UInt8(ascii: "{")
        case UInt8(ascii: "%"): return value.count == 2 || inner.first == UInt8(ascii: "(")
        case UInt8(ascii: "<"):
            // The last bracket may be gone with the punctuation after it.
            return inner.allSatisfy { !SecretShapes.isDigit($0) && $0 != first }
                && (last == UInt8(ascii: ">") || inner.count > 2)
        default: return false
        }
    }

    /// `api_key`, `self.token`, `HF_TOKEN`: code that names the secret.
    private static func isName(_ value: ArraySlice<UInt8>) -> Bool {
        guard value.count <= 48, value.contains(where: { $0 == UInt8(ascii: "_") || $0 == UInt8(ascii: ".") }) else {
            return false
        }
        return isDottedName(value) && SecretNames.meaning(value) != nil
    }

    static func isDottedName(_ value: ArraySlice<UInt8>) -> Bool {
        value.allSatisfy { SecretShapes.isAlphanumeric($0) && !SecretShapes.isDigit($0) || "_.".utf8.contains($0) }
    }

    // MARK: - Paths

    private static let fileTypes: Set<String> = [
        "bin", "cer", "cfg", "conf", "crt", "csv", "env", "gguf", "ini", "json", "key", "log", "model", "onnx", "p12",
        "pem", "pfx", "py", "safetensors", "sh", "toml", "txt", "yaml", "yml", "xml",
    ]

    /// `/run/secrets/key.pem`, `./tokens.txt`, `tokens.txt`, `/home/asr/.cache/huggingface/token`
    static func isPath(_ value: ArraySlice<UInt8>) -> Bool {
        guard value.count <= 1024, !value.contains(where: { $0 <= 0x20 || "=;,&?@".utf8.contains($0) }) else {
            return false
        }
        let parts = value.split(separator: UInt8(ascii: "/"))
        guard let file = parts.last else { return false }
        let isAnchored =
            value.first == UInt8(ascii: "/") || value.starts(with: "./".utf8) || value.starts(with: "../".utf8)
            || value.starts(with: "~/".utf8)
        let hasType = file.lastIndex(of: UInt8(ascii: ".")).map { dot in
            fileTypes.contains(lowercased(file[(dot + 1)...].suffix(12)))
        }
        guard parts.allSatisfy({ !SecretShapes.isRandom($0) && !SecretShapes.isToken($0) }) else { return false }
        if hasType == true { return isAnchored || file.contains { !SecretShapes.isDigit($0) } && value.count <= 80 }
        return isAnchored && parts.count >= 2 && parts.allSatisfy { !SecretShapes.isMixed($0) }
    }

    // MARK: - Numbers and words

    /// `512`, `31.2`, but not a long code.
    static func isShortNumber(_ value: ArraySlice<UInt8>) -> Bool {
        guard value.count <= 6, value.contains(where: SecretShapes.isDigit) else { return false }
        return value.allSatisfy { SecretShapes.isDigit($0) || $0 == UInt8(ascii: ".") }
    }

    static func hasLettersAndDigits(_ value: ArraySlice<UInt8>, atLeast length: Int) -> Bool {
        value.count >= length && value.contains(where: SecretShapes.isDigit)
            && value.contains { SecretShapes.isAlphanumeric($0) && !SecretShapes.isDigit($0) }
    }

    /// What messages say of a secret instead of the secret.
    static func isOrdinaryWord(_ value: ArraySlice<UInt8>) -> Bool {
        value.count <= 14 && words.contains(lowercased(value))
    }

    private static let words: Set<String> = [
        // States.
        "absent", "accepted", "active", "bad", "changed", "configured", "correct", "default", "denied", "disabled",
        "enabled", "error", "expired", "failed", "found", "hidden", "ignored", "inactive", "incorrect", "invalid",
        "loaded", "malformed", "masked", "mismatch", "missing", "mandatory", "no", "not", "off", "ok", "on", "optional",
        "present", "protected", "provided", "refused", "rejected", "required", "revoked", "set", "success", "supplied",
        "unauthorized", "unavailable", "unknown", "unsupported", "unused", "updated", "used", "using", "valid",
        "verified", "wrong", "yes",
        // Types, in code that a traceback quotes.
        "any", "bool", "boolean", "bytes", "char", "int", "integer", "object", "secretstr", "str", "string",
        // Beginnings of a sentence.
        "a", "an", "cannot", "could", "either", "expected", "is", "it", "must", "please", "the", "this", "you", "your",
    ]

    /// Types with a parameter, in code that a traceback quotes.
    private static let types = [
        "Optional[", "Union[", "List[", "list[", "Sequence[", "Annotated[", "Literal[", "Dict[", "dict[", "ArraySlice<",
        "Set<",
    ]

    private static func lowercased(_ value: ArraySlice<UInt8>) -> String {
        String(
            decoding: value.map { SecretShapes.isUpper($0) ? $0 | 0x20 : $0 }, as: UTF8.self)
    }
}
