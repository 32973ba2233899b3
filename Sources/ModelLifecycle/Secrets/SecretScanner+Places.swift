/// Secrets that are known by their place or their frame: headers, addresses, private keys.
extension SecretScanner {
    // MARK: - Authorization

    /// `Bearer …`, `Basic …`: the scheme may stay, what follows it may not.
    func authorization(_ content: Range<Int>, isQuoted: Bool) -> Range<Int>? {
        let scheme =
            content.lowerBound..<skip(from: content.lowerBound) { SecretShapes.isAlphanumeric($0) || $0 == 0x2D }
        let start = skip(from: scheme.upperBound, Self.isBlank)
        let name = String(decoding: bytes[scheme.prefix(20)].map { $0 | 0x20 }, as: UTF8.self)
        if start > scheme.upperBound, !isQuoted || start < content.upperBound {
            switch name {
            case "bearer", "basic", "token", "negotiate", "apikey", "api-key", "key":
                let secret =
                    start..<(isQuoted ? content.upperBound : end(ofValueAt: start, nil, after: bytes[start..<start]))
                return HarmlessValue.isHarmless(bytes[secret]) ? nil : secret
            case "digest", "aws4-hmac-sha256":
                return start..<(isQuoted ? content.upperBound : skip(from: start) { $0 != UInt8(ascii: "\n") })
            default: break
            }
        }
        // `Authorization: required` is a sentence.
        let isLong = content.count >= 16 || (content.count >= 8 && bytes[content].contains(where: SecretShapes.isDigit))
        return isLong && !HarmlessValue.isHarmless(bytes[content]) ? content : nil
    }

    /// `Bearer …` without the header's name, if what follows does not look like a word.
    func bearerToken(after word: ArraySlice<UInt8>) -> Range<Int>? {
        let scheme = word.count <= 6 ? String(decoding: word.map { $0 | 0x20 }, as: UTF8.self) : ""
        guard scheme == "bearer" || scheme == "basic" else { return nil }
        let start = skip(from: word.endIndex, Self.isBlank)
        guard start > word.endIndex else { return nil }
        let content = start..<end(ofValueAt: start, nil, after: word)
        let isLong = scheme == "bearer" && content.count >= 16 && bytes[content].contains(where: SecretShapes.isDigit)
        return isLong || SecretShapes.isMixed(bytes[content]) ? content : nil
    }

    // MARK: - Addresses

    /// `://user:password@host`; a long user without a password is a token.
    mutating func authority() {
        let start = position + 3
        var end = start
        var lastAt: Int?
        var hasPassword = false
        while end < bytes.count, !Self.endsAuthority(bytes[end]) {
            if bytes[end] == UInt8(ascii: "@") { lastAt = end }
            if bytes[end] == UInt8(ascii: ":"), lastAt == nil { hasPassword = true }
            end += 1
        }
        guard let lastAt, hasPassword || lastAt - start >= 20 else {
            if at(start, "hooks.slack.com/services/") { return webhook(from: start + 25) }
            return copy(to: start)
        }
        redact(start..<lastAt)
    }

    /// The path of a webhook is a secret: it lets anyone write there.
    private mutating func webhook(from start: Int) {
        let end = skip(from: start) { SecretShapes.isAlphanumeric($0) || $0 == UInt8(ascii: "/") }
        guard end > start else { return copy(to: start) }
        redact(start..<end)
    }

    private static func endsAuthority(_ byte: UInt8) -> Bool { byte <= 0x20 || "/?#\"'<>\\`".utf8.contains(byte) }

    // MARK: - Private keys

    /// `-----BEGIN … PRIVATE KEY-----` up to its end, or to the end of the text.
    func privateKey(from start: Int) -> Range<Int>? {
        guard at(start, "-----BEGIN ") else { return nil }
        let label = (start + 11)..<min(start + 75, bytes.count)
        guard label.contains(where: { at($0, "PRIVATE KEY") }) else { return nil }
        var end = start + 11
        // Output that is cut in the middle says so; what follows is not part of the key.
        while end < bytes.count, !at(end, "-----END "), !at(end, "[… ") { end += 1 }
        guard end < bytes.count, at(end, "-") else { return start..<end }
        end += 9
        let limit = min(end + 64, bytes.count)
        while end < limit, !at(end, "-----") { end += 1 }
        return start..<min(end + 5, bytes.count)
    }

    /// Whether `-----END … PRIVATE KEY-----` begins here.
    func endsPrivateKey(at start: Int) -> Bool {
        (start..<min(start + 64, bytes.count)).contains { at($0, "PRIVATE KEY") }
    }

    /// The beginning of a key was cut off: takes out the lines of it that are before its end.
    mutating func dropPrivateKey() {
        var end = output.count
        var keep = end
        while end > 0 {
            // A line, and the break after it.
            var start = end - 1
            while start > 0, output[start - 1] != UInt8(ascii: "\n") { start -= 1 }
            let line = output[start..<end].trimmingSuffix { $0 <= 0x20 }
            guard line.count >= 16 || keep == output.count,
                line.allSatisfy({ SecretShapes.isAlphanumeric($0) || "+/=".utf8.contains($0) })
            else { break }
            keep = start
            end = start
        }
        guard keep < output.count, output.count - keep > 16 else { return }
        output.removeSubrange(keep...)
        output.append(contentsOf: (Redaction.mark + "\n").utf8)
    }
}
