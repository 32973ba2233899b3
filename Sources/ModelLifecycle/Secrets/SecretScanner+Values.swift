/// Where the value of a name begins and ends, and whether it is a secret.
extension SecretScanner {
    /// How a value stands after its name.
    struct Place {
        /// Blanks are between the name and the value.
        var isSpaced: Bool
        var name: ArraySlice<UInt8>
        /// The name stands for a user: only a password after the user's name is secret.
        var isUser = false
        /// The name is one of a larger value, which is a secret.
        var isMember = false
    }

    /// Takes the value at `start` out if it is a secret, with the text before it copied.
    /// - Returns: whether `position` has moved.
    mutating func hide(_ meaning: SecretNames.Meaning, at start: Int, _ place: Place) -> Bool {
        let start = skipTag(from: start)
        guard start < bytes.count else { return false }
        if Self.isNewline(bytes[start]) { return hideFollowingLines(meaning, at: start, place) }
        if let list = list(at: start) {
            // `token: {{ placeholder }}`
            if isTemplate(at: list) { return false }
            copy(to: list)
            hideElements(meaning, place)
            return true
        }
        if isBlockScalar(at: start) {
            return hideFollowingLines(meaning, at: skip(from: start) { $0 > 0x20 }, place, isScalar: true)
        }
        let (content, quote) = opening(at: start)
        if let privateKey = privateKey(from: content) {
            redact(privateKey)
            return true
        }
        if case .cookie = meaning.kind {
            let name = skip(from: content, atMost: 128, Self.isWordByte)
            guard name > content, at(name, "=") else { return false }
            redact(
                content..<(quote.map { closing($0, from: name) } ?? skip(from: name) { $0 >= 0x20 && !Self.isQuote($0) })
            )
            return true
        }
        let range = content..<end(ofValueAt: content, quote, after: place.name)
        guard let secret = secret(meaning, range, isQuoted: quote != nil, place) else { return false }
        redact(secret)
        if meaning.isPlural, quote == nil { hideFurtherValues(meaning, place) }
        return true
    }

    /// `API keys: first, second`
    private mutating func hideFurtherValues(_ meaning: SecretNames.Meaning, _ place: Place) {
        while at(position, ", ") {
            let start = skipBlanks(from: position + 1)
            let range = start..<end(ofValueAt: start, nil, after: place.name)
            guard looksLikeSecret(range, meaning), !bytes[range].contains(where: { ":=".utf8.contains($0) }),
                let secret = secret(meaning, range, isQuoted: false, place)
            else { return }
            redact(secret)
        }
    }

    /// `{{ name }}`
    private func isTemplate(at start: Int) -> Bool {
        guard at(start, "{{") else { return false }
        let end = skip(from: start + 2, atMost: 64) { SecretShapes.isAlphanumeric($0) || " _.-".utf8.contains($0) }
        return at(end, "}}") && end > start + 2
    }

    /// `!secret` and `!!str` of YAML.
    private func skipTag(from start: Int) -> Int {
        guard at(start, "!") else { return start }
        let end = skip(from: start, atMost: 40) { SecretShapes.isAlphanumeric($0) || $0 == UInt8(ascii: "!") }
        return end < bytes.count && Self.isBlank(bytes[end]) ? skipBlanks(from: end) : start
    }

    /// The part of a value that is secret; nil if nothing of it is.
    func secret(
        _ meaning: SecretNames.Meaning, _ content: Range<Int>, isQuoted: Bool, _ place: Place
    ) -> Range<Int>? {
        let value = bytes[content]
        // A harmless value is not that long. And each name in it would have all of the rest as its value.
        guard isQuoted || value.count <= 256 else { return content }
        guard !HarmlessValue.isHarmless(value) else { return nil }
        if isQuoted ? closesString(content.lowerBound - 1) : isCode(content, after: place.name) { return nil }
        let isNumber = HarmlessValue.isShortNumber(value)
        // A state or a type, as in `API key: missing` and `api_key: str`.
        let isWord = place.isSpaced && !isQuoted && HarmlessValue.isOrdinaryWord(value)
        switch meaning.kind {
        case .secret: return isWord || (isNumber && (meaning.isPlural || place.isMember)) ? nil : content
        case .token:
            // `token: <s>` and `EOS token = 2` are entries of a vocabulary.
            if value.first == UInt8(ascii: "<") || isWord { return nil }
            return isNumber && (place.isSpaced || meaning.isPlural) ? nil : content
        case .mixed: return SecretShapes.isMixed(value) ? content : nil
        case .login: return login(content, place)
        case .directory:
            let isPath =
                value.first.map { "/~.\\$".utf8.contains($0) } == true || value.dropFirst().starts(with: ":\\".utf8)
            return isPath || isWord || isNumber ? nil : content
        case .authorization: return authorization(content, isQuoted: isQuoted)
        case .cookie: return value.contains(UInt8(ascii: "=")) ? content : nil
        }
    }

    /// `getpass.getpass()`, `tokens[0]`, `self.password = password`: code that a traceback quotes.
    private func isCode(_ content: Range<Int>, after name: ArraySlice<UInt8>) -> Bool {
        let value = bytes[content]
        let word = value.prefix {
            SecretShapes.isAlphanumeric($0) && !SecretShapes.isDigit($0) || "_.".utf8.contains($0)
        }
        guard word.count >= 3 else { return false }
        if word.count == value.count, name.suffix(word.count).lowercased() == word.lowercased() { return true }
        guard word.endIndex < bytes.count else { return false }
        switch bytes[word.endIndex] {
        case UInt8(ascii: "("): return true
        case UInt8(ascii: "["): return word.contains(UInt8(ascii: ".")) || SecretNames.meaning(word) != nil
        default: return false
        }
    }

    /// Whether a quote after a name ends a text that the name is in, as in `print("token=", token)`.
    private func closesString(_ quote: Int) -> Bool {
        guard quote >= 0, quote + 1 < bytes.count, ",)]};+% \n".utf8.contains(bytes[quote + 1]) else { return false }
        var count = 0
        for index in stride(from: quote - 1, through: max(0, quote - 200), by: -1) {
            if bytes[index] == UInt8(ascii: "\n") { break }
            if bytes[index] == bytes[quote] { count += 1 }
        }
        return count % 2 == 1
    }

    /// `ann:hunter2`, or a password alone that has digits in it.
    private func login(_ content: Range<Int>, _ place: Place) -> Range<Int>? {
        let value = bytes[content]
        if let colon = value.firstIndex(of: UInt8(ascii: ":")), colon > content.lowerBound {
            let password = (colon + 1)..<content.upperBound
            guard !password.isEmpty, !at(colon, "://"), !bytes[password].allSatisfy(SecretShapes.isDigit),
                !HarmlessValue.isHarmless(bytes[password])
            else { return nil }
            return password
        }
        guard !place.isUser, !HarmlessValue.isShortNumber(value) else { return nil }
        return HarmlessValue.hasLettersAndDigits(value, atLeast: 6) ? content : nil
    }

    // MARK: - Quotes

    struct Quote {
        let mark: [UInt8]
        /// How many backslashes stand before it: the text may be quoted itself.
        let escapes: Int
    }

    /// Where the content of a value begins, and the quote before it, if there is one.
    func opening(at start: Int) -> (content: Int, quote: Quote?) {
        // `b'…'`, `rb"…"`, `@"…"`
        let prefix = skip(from: start, atMost: 2) { "bBuUrRfF@&".utf8.contains($0) }
        for begin in prefix > start ? [prefix, start] : [start] {
            let index = skip(from: begin) { $0 == UInt8(ascii: "\\") }
            guard let mark = quoteMark(at: index) else { continue }
            return (index + mark.length, Quote(mark: mark.closing, escapes: index - begin))
        }
        return (start, nil)
    }

    private func quoteMark(at index: Int) -> (length: Int, closing: [UInt8])? {
        guard index > 0, index < bytes.count else { return nil }
        let byte = bytes[index]
        if Self.isQuote(byte) || byte == UInt8(ascii: "`") {
            let isTriple = index + 2 < bytes.count && bytes[index + 1] == byte && bytes[index + 2] == byte
            return (isTriple ? 3 : 1, [UInt8](repeating: byte, count: isTriple ? 3 : 1))
        }
        if byte == UInt8(ascii: "&") || byte == UInt8(ascii: "%") {
            return quoteEntity(at: index).map { ($0, Array(bytes[index..<(index + $0)])) }
        }
        if at(index, "u0022") || at(index, "u0027"), bytes[index - 1] == UInt8(ascii: "\\") {
            return (5, Array(bytes[index..<(index + 5)]))
        }
        guard at(index, "“") || at(index, "‘") else { return nil }
        let closing = Array((at(index, "“") ? "”" : "’").utf8)
        let isClosed = (index..<min(index + 256, bytes.count)).contains {
            bytes[$0] == closing[0] && bytes[$0...].starts(with: closing)
        }
        return isClosed ? (3, closing) : nil
    }

    /// How long a quote is that is written as HTML or a URL wants it.
    func quoteEntity(at index: Int) -> Int? {
        for entity: StaticString in ["&quot;", "&apos;", "&#34;", "&#39;", "&#x27;", "&#x22;", "%22", "%27"]
        where at(index, entity) { return entity.utf8CodeUnitCount }
        return nil
    }

    /// What follows the quote that closes a name.
    func skipClosingQuote(from end: Int) -> Int {
        let index = skip(from: end) { $0 == UInt8(ascii: "\\") }
        guard index < bytes.count else { return index }
        if Self.isQuote(bytes[index]) { return index + 1 }
        if index > end, at(index, "u0022") || at(index, "u0027") { return index + 5 }
        return quoteEntity(at: index).map { index + $0 } ?? index
    }

    /// Where a quoted value ends: at a quote that is escaped as the first one was, or with the line.
    func closing(_ quote: Quote, from start: Int) -> Int {
        var backslashes = 0
        for index in start..<bytes.count {
            switch bytes[index] {
            case quote.mark[0]
            where backslashes <= quote.escapes
                && (quote.mark.count == 1 || bytes[index...].starts(with: quote.mark)):
                return index - backslashes
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

    /// What follows the quote that ends a value at `end`.
    func after(_ quote: Quote, endingAt end: Int) -> Int {
        let mark = skip(from: end, atMost: quote.escapes) { $0 == UInt8(ascii: "\\") }
        return mark < bytes.count && bytes[mark...].starts(with: quote.mark) ? mark + quote.mark.count : mark
    }

    // MARK: - Bare values

    /// A bare value ends before the punctuation that follows it.
    func end(ofValueAt start: Int, _ quote: Quote?, after name: ArraySlice<UInt8>) -> Int {
        if let quote { return closing(quote, from: start) }
        let isTag = name.startIndex > 0 && bytes[name.startIndex - 1] == UInt8(ascii: "<")
        var end = start
        scan: while end < bytes.count {
            switch bytes[end] {
            case let byte where byte <= 0x20 || Self.isQuote(byte) || byte == UInt8(ascii: "&"): break scan
            case UInt8(ascii: "\\") where isEscape(at: end): break scan
            case UInt8(ascii: "<") where isTag || at(end, "</"): break scan
            case UInt8(ascii: "%") where at(end, "%22") || at(end, "%26"): break scan
            case UInt8(ascii: ",") where beginsSetting(at: end + 1), UInt8(ascii: ";") where beginsSetting(at: end + 1):
                break scan
            default: end += 1
            }
        }
        while end > start, Self.isPunctuation(bytes[end - 1]) { end -= 1 }
        return end
    }

    /// `model=` after the comma in `api_key=abc,model=base`.
    private func beginsSetting(at start: Int) -> Bool {
        let end = skip(from: start, atMost: 32) { SecretShapes.isAlphanumeric($0) || "_- ".utf8.contains($0) }
        return end - start >= 3 && end < bytes.count && bytes[end] == UInt8(ascii: "=")
            && !SecretShapes.isDigit(bytes[start])
    }

    /// The `\n` or `\"` of a text inside another one.
    private func isEscape(at index: Int) -> Bool {
        guard index + 1 < bytes.count else { return false }
        return "\"'nrt".utf8.contains(bytes[index + 1])
    }

    static func isQuote(_ byte: UInt8) -> Bool { byte == UInt8(ascii: "\"") || byte == UInt8(ascii: "'") }
    private static func isPunctuation(_ byte: UInt8) -> Bool { ",;:.()[]{}>".utf8.contains(byte) }
}
