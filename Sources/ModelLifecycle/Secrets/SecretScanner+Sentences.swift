/// Secrets that a message speaks of: `Your admin key is: …`.
extension SecretScanner {
    /// Words between a name and its value.
    private static let fillers: Set<String> = [
        "are", "as", "automatically", "be", "been", "below", "default", "following", "for", "from", "generated",
        "created",
        "has", "have", "here", "in", "initial", "is", "new", "now", "of", "once", "only", "provided", "random", "set",
        "shown", "temporary", "the", "this", "to", "used", "user", "using", "value", "was", "will", "with", "your",
    ]
    /// After these a value may follow without a colon.
    private static let copulas: Set<String> = ["is", "was", "to", "are", "be", "as", "value", "using"]
    /// After these any word may follow, before a colon.
    private static let prepositions: Set<String> = ["for", "of", "in", "from", "with", "user"]

    /// - Returns: whether something was taken out.
    mutating func hideValueInWords(after word: ArraySlice<UInt8>, _ afterQuote: Int) -> Bool {
        guard afterQuote == word.endIndex, word.last != UInt8(ascii: "."),
            let meaning = SecretNames.meaning(word, after: wordBefore(word))
        else { return false }
        switch meaning.kind {
        case .secret, .token, .mixed: break
        case .login, .authorization, .cookie, .directory: return false
        }
        let place = Place(isSpaced: true, name: word)
        var index = word.endIndex
        var last = ""
        for _ in 0..<8 {
            let next = skipBlanks(from: index)
            guard next < bytes.count else { return false }
            if let length = separator(at: next, after: word), index > word.endIndex {
                let start = skipBlanks(from: next + length)
                return hide(meaning, at: start, place)
            }
            guard next > index else { return false }
            if bytes[next] == UInt8(ascii: "(") {
                let end = skip(from: next, atMost: 80) { $0 >= 0x20 && $0 != UInt8(ascii: ")") }
                guard end < bytes.count, bytes[end] == UInt8(ascii: ")") else { return false }
                index = end + 1
                last = ")"
                continue
            }
            let end = skip(from: next, atMost: 16, SecretShapes.isAlphanumeric)
            let filler = String(decoding: bytes[next..<end].map { $0 | 0x20 }, as: UTF8.self)
            let isWhole = end < bytes.count && (bytes[end] <= 0x20 || bytes[end] == UInt8(ascii: ":"))
            let mayBeAny = Self.prepositions.contains(last) && end > next
            guard isWhole, Self.fillers.contains(filler) || mayBeAny else {
                let isNext = index == word.endIndex
                return (isNext || Self.copulas.contains(last)) && hideWord(meaning, at: next, isNext: isNext, place)
            }
            index = end
            last = Self.fillers.contains(filler) ? filler : ""
        }
        return false
    }

    /// A value without a sign before it.
    private mutating func hideWord(_ meaning: SecretNames.Meaning, at start: Int, isNext: Bool, _ place: Place) -> Bool
    {
        let (content, quote) = opening(at: start)
        let range = content..<end(ofValueAt: content, quote, after: place.name)
        let value = bytes[range]
        var isSecret = looksLikeSecret(range, meaning)
        if isNext, case .token = meaning.kind { isSecret = SecretShapes.isMixed(value) || SecretShapes.isRandom(value) }
        guard isSecret, let first = value.first, !"{[(<%$".utf8.contains(first),
            let secret = secret(meaning, range, isQuoted: quote != nil, place)
        else { return false }
        redact(secret)
        return true
    }

    /// Whether a word in a sentence looks like a password or a key, and not like a word of a language.
    func looksLikeSecret(_ range: Range<Int>, _ meaning: SecretNames.Meaning) -> Bool {
        let value = bytes[range]
        if SecretShapes.isMixed(value) || SecretShapes.isRandom(value) { return true }
        guard case .secret = meaning.kind else {
            return HarmlessValue.hasLettersAndDigits(value, atLeast: 8) && !value.contains(UInt8(ascii: "."))
        }
        // `2048bit` and `3600s` are measures.
        let digits = value.prefix(while: SecretShapes.isDigit).count
        if digits == value.count { return digits >= 4 && digits != 4 + value.count }
        if digits > 0, value.count <= 8, value.dropFirst(digits).allSatisfy({ !SecretShapes.isDigit($0) }) {
            return false
        }
        let hasSign = value.contains { "!@#$%^&*?~".utf8.contains($0) }
        return value.count >= 6 && (hasSign || HarmlessValue.hasLettersAndDigits(value, atLeast: 6))
    }

    /// `('Authorization', 'Bearer …')`, `{"name": "HF_TOKEN", "value": "…"}`
    mutating func hideNamedValue(after word: ArraySlice<UInt8>, _ next: Int) -> Bool {
        guard next < bytes.count, next > word.endIndex || Self.isNewline(bytes[next]),
            let meaning = SecretNames.meaning(word)
        else { return false }
        let hasComma = bytes[next] == UInt8(ascii: ",")
        let start = skip(from: hasComma ? next + 1 : next) { $0 <= 0x20 }
        let place = Place(isSpaced: true, name: word)
        if let value = member(at: start) { return hide(meaning, at: value, place) }
        let (content, quote) = opening(at: start)
        guard hasComma, let quote, let bracket = bracket(before: word) else { return false }
        let end = closing(quote, from: content)
        let after = skip(from: self.after(quote, endingAt: end)) { $0 <= 0x20 }
        guard after < bytes.count,
            bytes[after] == (bracket == UInt8(ascii: "(") ? UInt8(ascii: ")") : UInt8(ascii: "]")),
            SecretNames.meaning(bytes[content..<end]) == nil
        else { return false }
        // `["password", "username"]` is a list of names.
        let isPlain = bytes[content..<end].allSatisfy {
            SecretShapes.isAlphanumeric($0) && !SecretShapes.isDigit($0) && !SecretShapes.isUpper($0)
                || "_-".utf8.contains($0)
        }
        if bracket == UInt8(ascii: "["), isPlain { return false }
        return hide(meaning, at: start, place)
    }

    /// Where the value of `value: …` or `"value": …` begins.
    private func member(at start: Int) -> Int? {
        let name = opening(at: start).content
        guard at(name, "value") || at(name, "Value") || at(name, "VALUE") else { return nil }
        let next = skipBlanks(from: skipClosingQuote(from: name + 5))
        guard next < bytes.count, let length = separator(at: next, after: bytes[name..<(name + 5)]) else { return nil }
        return skipBlanks(from: next + length)
    }

    /// The bracket before a name in quotes.
    private func bracket(before word: ArraySlice<UInt8>) -> UInt8? {
        var index = word.startIndex - 1
        guard index > 0, Self.isQuote(bytes[index]) else { return nil }
        while index > 0, "\\bu".utf8.contains(bytes[index - 1]), word.startIndex - index < 8 { index -= 1 }
        guard index > 0 else { return nil }
        return bytes[index - 1] == UInt8(ascii: "(") || bytes[index - 1] == UInt8(ascii: "[") ? bytes[index - 1] : nil
    }
}
