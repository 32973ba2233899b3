/// One pass over a text from left to right. Every step consumes what it has looked at, or has looked
/// at a bounded piece, so that no input takes longer than its size allows.
struct SecretScanner {
    private let bytes: [UInt8]
    private var output: [UInt8] = []
    private var position = 0

    init(_ text: String) {
        bytes = Array(text.utf8)
        output.reserveCapacity(bytes.count)
    }

    mutating func redacted() -> String {
        let count = bytes.count
        while position < count {
            if Self.isWordByte(bytes[position]) {
                word()
            } else if bytes[position] == UInt8(ascii: ":"), at(position, "://") {
                authority()
            } else if bytes[position] == UInt8(ascii: "\\") {
                // The letter of an escape sequence belongs to it, not to the word that follows.
                copy(to: min(position + 2, count))
            } else {
                output.append(bytes[position])
                position += 1
            }
        }
        return String(decoding: output, as: UTF8.self)
    }

    // MARK: - Output

    private mutating func copy(to end: Int) {
        output.append(contentsOf: bytes[position..<end])
        position = end
    }

    private mutating func redact(_ secret: Range<Int>) {
        copy(to: secret.lowerBound)
        output.append(contentsOf: Redaction.mark.utf8)
        position = secret.upperBound
    }

    // MARK: - Words

    private mutating func word() {
        var end = position
        let count = bytes.count
        while end < count, Self.isWordByte(bytes[end]) { end += 1 }
        let word = bytes[position..<end]
        if word.suffix(10).elementsEqual("-----BEGIN".utf8), let key = privateKey(from: end - 10) { return redact(key) }
        if let secret = keyedSecret(after: word) ?? bearerToken(after: word) { return redact(secret) }
        let name = word.trimmingSuffix { $0 == UInt8(ascii: ".") }
        if SecretShapes.isToken(name) { return redact(name.startIndex..<name.endIndex) }
        copy(to: end)
    }

    /// The value of `password=…`, `"api_key": "…"`, `--token …` and the like.
    private func keyedSecret(after word: ArraySlice<UInt8>) -> Range<Int>? {
        let end = word.endIndex
        var value = skip(from: end) { $0 == UInt8(ascii: "\\") }
        if value < bytes.count, Self.isQuote(bytes[value]) { value += 1 }
        value = skip(from: value, Self.isBlank)
        let isFlag = word.first == UInt8(ascii: "-")
        if at(value, "=") || at(value, ":") {
            guard !at(value, "://"), let key = SecretShapes.key(word) else { return nil }
            let spacedBefore = Self.isBlank(bytes[value - 1])
            value += at(value, "=>") || at(value, ":=") ? 2 : 1
            let start = skip(from: value, Self.isBlank)
            return secret(of: key, at: start, spaced: spacedBefore || start > value)
        }
        // A command line: the value is the next argument.
        guard isFlag, value > end, Self.isBlank(bytes[end]), !at(value, "-"), let key = SecretShapes.key(word) else {
            return nil
        }
        return secret(of: key, at: value, spaced: true)
    }

    private func secret(of key: SecretShapes.Key, at start: Int, spaced: Bool) -> Range<Int>? {
        let (contentStart, quote) = opening(at: start)
        if let privateKey = privateKey(from: contentStart) { return privateKey }
        // `token: <s>` is an entry of a vocabulary.
        if case .token = key, at(contentStart, "<") { return nil }
        let content = contentStart..<end(ofValueAt: contentStart, quote)
        switch key {
        case .secret: return isHarmless(content) ? nil : content
        case .token:
            // So is `EOS token = 2`.
            let isNumber = content.count <= 6 && bytes[content].allSatisfy(SecretShapes.isDigit)
            return isHarmless(content) || (isNumber && spaced) ? nil : content
        case .authorization: return authorization(content, isQuoted: quote != nil)
        }
    }

    private struct Quote {
        let mark: UInt8
        /// How many backslashes stand before it: the text may be quoted itself.
        let escapes: Int
    }

    /// Where the content of a value begins, and the quote before it, if there is one.
    private func opening(at start: Int) -> (content: Int, quote: Quote?) {
        let index = skip(from: start) { $0 == UInt8(ascii: "\\") }
        guard index < bytes.count, Self.isQuote(bytes[index]) else { return (start, nil) }
        return (index + 1, Quote(mark: bytes[index], escapes: index - start))
    }

    /// A bare value ends before the punctuation that follows it.
    private func end(ofValueAt start: Int, _ quote: Quote?) -> Int {
        if let quote { return closing(quote, from: start) }
        var end = start
        while end < bytes.count, !Self.endsBareValue(bytes[end]), !isEscape(at: end) { end += 1 }
        while end > start, Self.isPunctuation(bytes[end - 1]) { end -= 1 }
        return end
    }

    /// Where a quoted value ends: at a quote that is escaped as the first one was, or with the line.
    private func closing(_ quote: Quote, from start: Int) -> Int {
        var backslashes = 0
        for index in start..<bytes.count {
            switch bytes[index] {
            case quote.mark where backslashes <= quote.escapes: return index - backslashes
            case UInt8(ascii: "\\"):
                backslashes += 1
                // A pair of them is a backslash, and escapes nothing.
                if quote.escapes == 0, backslashes == 2 { backslashes = 0 }
            case UInt8(ascii: "\n"): return index
            default: backslashes = 0
            }
        }
        return bytes.count
    }

    private func isHarmless(_ content: Range<Int>) -> Bool {
        if content.isEmpty { return true }
        guard content.count <= 10 else { return false }
        // A mark loses its bracket to the punctuation around values.
        let text = String(decoding: bytes[content].map { $0 | 0x20 }, as: UTF8.self)
        return ["null", "none", "nil", "true", "false", "{redacted", "{redacted}"].contains(text)
    }

    // MARK: - Authorization

    /// `Bearer …`, `Basic …`: the scheme may stay, what follows it may not.
    private func authorization(_ content: Range<Int>, isQuoted: Bool) -> Range<Int>? {
        let scheme =
            content.lowerBound..<skip(from: content.lowerBound) { SecretShapes.isAlphanumeric($0) || $0 == 0x2D }
        let start = skip(from: scheme.upperBound, Self.isBlank)
        let name = String(decoding: bytes[scheme.prefix(20)].map { $0 | 0x20 }, as: UTF8.self)
        if start > scheme.upperBound, !isQuoted || start < content.upperBound {
            switch name {
            case "bearer", "basic", "token", "negotiate", "apikey":
                let secret = start..<(isQuoted ? content.upperBound : end(ofValueAt: start, nil))
                return isHarmless(secret) ? nil : secret
            case "digest", "aws4-hmac-sha256":
                return start..<(isQuoted ? content.upperBound : skip(from: start) { $0 != UInt8(ascii: "\n") })
            default: break
            }
        }
        // `Authorization: required` is a sentence.
        let isLong = content.count >= 16 || (content.count >= 8 && bytes[content].contains(where: SecretShapes.isDigit))
        return isLong && !isHarmless(content) ? content : nil
    }

    /// `Bearer …` without the header's name, where what follows looks like no word.
    private func bearerToken(after word: ArraySlice<UInt8>) -> Range<Int>? {
        guard word.count == 6, word.map({ $0 | 0x20 }).elementsEqual("bearer".utf8) else { return nil }
        let start = skip(from: word.endIndex, Self.isBlank)
        guard start > word.endIndex else { return nil }
        let content = start..<end(ofValueAt: start, nil)
        return content.count >= 16 && bytes[content].contains(where: SecretShapes.isDigit) ? content : nil
    }

    // MARK: - Places

    /// `://user:password@host`; a long user without a password is a token.
    private mutating func authority() {
        let start = position + 3
        var end = start
        var lastAt: Int?
        var hasPassword = false
        while end < bytes.count, !Self.endsAuthority(bytes[end]) {
            if bytes[end] == UInt8(ascii: "@") { lastAt = end }
            if bytes[end] == UInt8(ascii: ":"), lastAt == nil { hasPassword = true }
            end += 1
        }
        guard let lastAt, hasPassword || lastAt - start >= 20 else { return copy(to: start) }
        redact(start..<lastAt)
    }

    /// `-----BEGIN … PRIVATE KEY-----` up to its end, or to the end of the text.
    private func privateKey(from start: Int) -> Range<Int>? {
        guard at(start, "-----BEGIN ") else { return nil }
        let label = (start + 11)..<min(start + 75, bytes.count)
        guard label.contains(where: { at($0, "PRIVATE KEY") }) else { return nil }
        var end = start + 11
        while end < bytes.count, !at(end, "-----END ") { end += 1 }
        guard end < bytes.count else { return start..<bytes.count }
        end += 9
        let limit = min(end + 64, bytes.count)
        while end < limit, !at(end, "-----") { end += 1 }
        return start..<min(end + 5, bytes.count)
    }

    // MARK: - Bytes

    private func at(_ index: Int, _ text: StaticString) -> Bool {
        guard index + text.utf8CodeUnitCount <= bytes.count else { return false }
        return text.withUTF8Buffer { text in
            // Almost always it is the first byte that differs.
            text[0] == bytes[index] && text.elementsEqual(bytes[index..<(index + text.count)])
        }
    }

    private func skip(from start: Int, _ condition: (UInt8) -> Bool) -> Int {
        var index = start
        while index < bytes.count, condition(bytes[index]) { index += 1 }
        return index
    }

    /// The `\n` or `\"` of a text inside another one.
    private func isEscape(at index: Int) -> Bool {
        guard bytes[index] == UInt8(ascii: "\\"), index + 1 < bytes.count else { return false }
        return "\"'nrt".utf8.contains(bytes[index + 1])
    }

    private static func isWordByte(_ byte: UInt8) -> Bool {
        SecretShapes.isAlphanumeric(byte) || byte == UInt8(ascii: "_") || byte == UInt8(ascii: "-")
            || byte == UInt8(ascii: ".")
    }

    private static func isBlank(_ byte: UInt8) -> Bool { byte == UInt8(ascii: " ") || byte == UInt8(ascii: "\t") }
    private static func isQuote(_ byte: UInt8) -> Bool { byte == UInt8(ascii: "\"") || byte == UInt8(ascii: "'") }
    private static func endsBareValue(_ byte: UInt8) -> Bool {
        byte <= 0x20 || isQuote(byte) || byte == UInt8(ascii: "&")
    }
    private static func isPunctuation(_ byte: UInt8) -> Bool { ",;:.()[]{}>".utf8.contains(byte) }
    private static func endsAuthority(_ byte: UInt8) -> Bool { byte <= 0x20 || "/?#\"'<>\\`".utf8.contains(byte) }
}

extension ArraySlice<UInt8> {
    fileprivate func trimmingSuffix(while condition: (UInt8) -> Bool) -> Self {
        var end = endIndex
        while end > startIndex, condition(self[end - 1]) { end -= 1 }
        return self[startIndex..<end]
    }
}
