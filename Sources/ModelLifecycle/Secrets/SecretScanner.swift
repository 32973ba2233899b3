/// One pass over a text from left to right. Every step consumes what it has looked at, or has looked
/// at a bounded piece, so that no input takes longer than its size allows.
struct SecretScanner {
    let bytes: [UInt8]
    var output: [UInt8] = []
    private(set) var position = 0
    /// What was taken out, in order.
    private(set) var found: [Range<Int>] = []
    /// The word before the one at `position`, if only a blank is between them.
    private var previousWord: Range<Int>?

    init(_ text: String) {
        bytes = Array(text.utf8)
        output.reserveCapacity(bytes.count)
    }

    /// - Parameter looksAhead: passes over lines in which a glance finds nothing. Without it the same comes out.
    mutating func redacted(looksAhead: Bool = true) -> String {
        let count = bytes.count
        // Up to here it is known where something may be.
        var seen = 0
        while position < count {
            if looksAhead, position >= seen, position == 0 || bytes[position - 1] == UInt8(ascii: "\n") {
                seen = (nextFinding() ?? count) + 1
                copy(to: lineStart(before: seen - 1))
                if position == count { break }
            }
            if Self.isWordByte(bytes[position]) {
                word()
            } else if bytes[position] == UInt8(ascii: ":"), at(position, "://") {
                authority()
            } else if bytes[position] == UInt8(ascii: "\\") {
                // The letter of an escape sequence belongs to it, not to the word that follows.
                copy(to: min(position + (at(position, "\\u00") ? 6 : 2), count))
            } else if bytes[position] == UInt8(ascii: "&"), let quote = quoteEntity(at: position) {
                copy(to: position + quote)
            } else if bytes[position] == escape {
                copy(to: max(position + 1, skipColours(from: position)))
            } else {
                output.append(bytes[position])
                position += 1
            }
        }
        return String(decoding: output, as: UTF8.self)
    }

    private func nextFinding() -> Int? {
        bytes.withUnsafeBufferPointer { SecretGlance.firstFinding(in: $0, from: position) }
    }

    /// What is looked at together never goes over the end of a line, backwards.
    private func lineStart(before end: Int) -> Int {
        guard end < bytes.count else { return bytes.count }
        var start = end
        while start > position, bytes[start - 1] != UInt8(ascii: "\n") { start -= 1 }
        return start
    }

    // MARK: - Output

    mutating func copy(to end: Int) {
        output.append(contentsOf: bytes[position..<end])
        position = end
    }

    mutating func redact(_ secret: Range<Int>) {
        copy(to: secret.lowerBound)
        output.append(contentsOf: Redaction.mark.utf8)
        found.append(secret)
        position = secret.upperBound
    }

    // MARK: - Words

    private mutating func word() {
        // The number of a colour of a terminal, whose escape was written in another form.
        if position > 0, bytes[position - 1] == UInt8(ascii: "["), let end = colourEnd(from: position) { copy(to: end) }
        // Two hexadecimal digits after a percent sign are a character.
        if position > 0, bytes[position - 1] == UInt8(ascii: "%") {
            copy(to: skip(from: position, atMost: 2, SecretShapes.isAlphanumeric))
        }
        let end = skip(from: position, Self.isWordByte)
        guard end > position else { return }
        let word = bytes[position..<end]
        if word.suffix(10).elementsEqual("-----BEGIN".utf8), let key = privateKey(from: end - 10) { return redact(key) }
        if word.starts(with: "-----END".utf8), at(end, " "), endsPrivateKey(at: position) { dropPrivateKey() }
        if hideValue(after: word) { return }
        if let secret = bearerToken(after: word) { return redact(secret) }
        let name = word.trimmingSuffix { $0 == UInt8(ascii: ".") }
        if SecretShapes.isToken(name) { return redact(name.startIndex..<name.endIndex) }
        copy(to: end)
        previousWord = word.startIndex..<end
    }

    /// The word before this one in a sentence.
    func wordBefore(_ word: ArraySlice<UInt8>) -> ArraySlice<UInt8>? {
        guard let previousWord, word.startIndex - previousWord.upperBound <= 2,
            bytes[previousWord.upperBound..<word.startIndex].allSatisfy(Self.isBlank)
        else { return nil }
        return bytes[previousWord]
    }

    /// The value of `password=…`, `"api_key": "…"`, `--token …`, `the admin key is …` and the like.
    /// - Returns: whether something was taken out.
    private mutating func hideValue(after word: ArraySlice<UInt8>) -> Bool {
        let end = word.endIndex
        let afterQuote = skipClosingQuote(from: end)
        let next = skipBracket(from: skipBlanks(from: afterQuote), isQuoted: afterQuote > end)
        let isQuoted = afterQuote > end || isInQuery(word)
        if let separator = separator(at: next, after: word) {
            guard var meaning = SecretNames.meaning(word, after: wordBefore(word), isQuoted: isQuoted) else {
                return false
            }
            let value = next + separator
            let start = skipBlanks(from: value)
            // A comparison in code, and a table, have other values as well.
            let isWeak = at(next, "==") || at(next, "|") || at(next, "│") || at(next, "┃")
            if isWeak, opening(at: start).quote == nil {
                if !looksLikeSecret(start..<self.end(ofValueAt: start, nil, after: word), meaning) { return false }
                meaning.kind = .secret
            }
            let isSpaced = start > value || next > end && Self.isBlank(bytes[next - 1])
            return hide(meaning, at: start, Place(isSpaced: isSpaced, name: word))
        }
        if word.first == UInt8(ascii: "-"), hideArgument(of: word, from: next, afterQuote) { return true }
        if hideNamedValue(after: word, next) || hideFields(of: word, next) { return true }
        return hideValueInWords(after: word, afterQuote)
    }

    /// `os.environ["HF_TOKEN"] = …`, `api_keys[0]: …`
    private func skipBracket(from next: Int, isQuoted: Bool) -> Int {
        if at(next, "["), !isQuoted {
            let end = skip(from: next + 1, atMost: 4, SecretShapes.isDigit)
            return end > next + 1 && at(end, "]") ? skipBlanks(from: end + 1) : next
        }
        guard isQuoted, at(next, "]") else { return next }
        let sign = skipBlanks(from: next + 1)
        return at(sign, "=") ? sign : next
    }

    /// `ApiKey("…")`, `Password { value: "…" }`: a type that is named for what it holds.
    private mutating func hideFields(of word: ArraySlice<UInt8>, _ next: Int) -> Bool {
        guard let first = word.first, SecretShapes.isUpper(first),
            next == word.endIndex ? constructor(at: word.startIndex) == next : at(next, "{ "),
            let meaning = SecretNames.meaning(word), case .secret = meaning.kind
        else { return false }
        return hide(meaning, at: next, Place(isSpaced: true, name: word))
    }

    /// A command line: the value is the next argument, `--api-key abc` or `"--api-key", "abc"`.
    private mutating func hideArgument(of flag: ArraySlice<UInt8>, from next: Int, _ afterQuote: Int) -> Bool {
        guard next < bytes.count else { return false }
        var start = next
        if afterQuote > flag.endIndex {
            guard bytes[next] == UInt8(ascii: ",") else { return false }
            start = skipBlanks(from: next + 1)
            guard opening(at: start).quote != nil else { return false }
        } else if next == flag.endIndex {
            return false
        }
        if flag.elementsEqual("-u".utf8) || flag.elementsEqual("--user".utf8) || flag.elementsEqual("--proxy-user".utf8)
        {
            return hide(.init(kind: .login), at: start, Place(isSpaced: true, name: flag, isUser: true))
        }
        let content = opening(at: start).content
        guard let meaning = SecretNames.meaning(flag), !SecretNames.isSwitch(flag),
            !at(content, "-") || at(content, "-----BEGIN ")
        else {
            return false
        }
        guard hide(meaning, at: start, Place(isSpaced: true, name: flag)) else { return false }
        hideFurtherArguments(meaning, Place(isSpaced: true, name: flag))
        return true
    }

    /// A flag may take several keys. What follows may be another argument as well: only what looks like a key is one.
    private mutating func hideFurtherArguments(_ meaning: SecretNames.Meaning, _ place: Place) {
        while position < bytes.count, Self.isBlank(bytes[position]) {
            let start = skipBlanks(from: position)
            let end = skip(from: start) { $0 > 0x20 }
            let isBare = bytes[start..<end].allSatisfy(SecretShapes.isAlphanumeric)
            guard
                isBare && HarmlessValue.hasLettersAndDigits(bytes[start..<end], atLeast: 8)
                    || SecretShapes.isMixed(bytes[start..<end]),
                let secret = secret(meaning, start..<end, isQuoted: false, place)
            else { return }
            redact(secret)
        }
    }

    /// Whether a word is the name of a parameter in the query of a URL.
    private func isInQuery(_ word: ArraySlice<UInt8>) -> Bool {
        guard word.startIndex > 0 else { return false }
        let before = bytes[word.startIndex - 1]
        return before == UInt8(ascii: "?") || before == UInt8(ascii: "&")
    }

    /// The length of the sign between a name and its value; nil if there is no such sign.
    func separator(at index: Int, after word: ArraySlice<UInt8>) -> Int? {
        guard index < bytes.count else { return nil }
        switch bytes[index] {
        case UInt8(ascii: "="): return at(index, "=>") || at(index, "==") ? 2 : 1
        case UInt8(ascii: ":"):
            if at(index, "://") || at(index, "::") { return nil }
            return at(index, ":=") ? 2 : 1
        case UInt8(ascii: "-"): return at(index, "->") ? 2 : nil
        case UInt8(ascii: "%"):
            return at(index, "%3D") || at(index, "%3A") || at(index, "%3d") || at(index, "%3a") ? 3 : nil
        case UInt8(ascii: ">"):
            // `<password>…</password>`
            guard index == word.endIndex else { return nil }
            let isTag = word.startIndex > 0 && bytes[word.startIndex - 1] == UInt8(ascii: "<")
            return isTag || word.last == UInt8(ascii: "-") ? 1 : nil
        case UInt8(ascii: "."):
            // `api_key ........ abc`
            let end = skip(from: index, atMost: 100) { $0 == UInt8(ascii: ".") }
            return end - index >= 3 && end < bytes.count && Self.isBlank(bytes[end]) ? end - index : nil
        case UInt8(ascii: "|"): return index > word.endIndex && at(index, "| ") ? 1 : nil
        case 0xE2:
            // Box drawings, of tables, and an arrow.
            return at(index, "│") || at(index, "┃") || at(index, "→") ? 3 : nil
        default: return nil
        }
    }

    // MARK: - Bytes

    func at(_ index: Int, _ text: StaticString) -> Bool {
        guard index + text.utf8CodeUnitCount <= bytes.count else { return false }
        return text.withUTF8Buffer { text in
            // Almost always it is the first byte that differs.
            text[0] == bytes[index] && text.elementsEqual(bytes[index..<(index + text.count)])
        }
    }

    func skip(from start: Int, atMost limit: Int = .max, _ condition: (UInt8) -> Bool) -> Int {
        let last = limit < bytes.count - start ? start + limit : bytes.count
        var index = start
        while index < last, condition(bytes[index]) { index += 1 }
        return index
    }

    /// Blanks, and what colours a terminal.
    func skipBlanks(from start: Int) -> Int {
        var index = start
        while index < bytes.count {
            if Self.isBlank(bytes[index]) {
                index += 1
            } else if bytes[index] == escape {
                let end = skipColours(from: index)
                guard end > index else { return index }
                index = end
            } else {
                return index
            }
        }
        return index
    }

    private let escape: UInt8 = 0x1B

    /// `ESC [ 1;31 m`
    private func skipColours(from start: Int) -> Int {
        guard start + 1 < bytes.count, bytes[start + 1] == UInt8(ascii: "[") else { return start }
        let end = skip(from: start + 2, atMost: 20) { SecretShapes.isDigit($0) || $0 == UInt8(ascii: ";") }
        return end < bytes.count && SecretShapes.isAlphanumeric(bytes[end]) ? end + 1 : start
    }

    private func colourEnd(from start: Int) -> Int? {
        let end = skip(from: start, atMost: 8, SecretShapes.isDigit)
        return end < bytes.count && end > start && bytes[end] == UInt8(ascii: "m") ? end + 1 : nil
    }

    static func isWordByte(_ byte: UInt8) -> Bool {
        // Every byte of every text is asked: a bit for each of the 64 to which it may belong.
        let bits: UInt64 =
            switch byte >> 6 {
            case 0: 0x03FF_6000_0000_0000  // - . 0 to 9
            case 1: 0x07FF_FFFE_87FF_FFFE  // A to Z _ a to z
            default: 0
            }
        return bits >> UInt64(byte & 63) & 1 == 1
    }

    static func isBlank(_ byte: UInt8) -> Bool { byte == UInt8(ascii: " ") || byte == UInt8(ascii: "\t") }
    static func isNewline(_ byte: UInt8) -> Bool { byte == UInt8(ascii: "\n") || byte == UInt8(ascii: "\r") }
}

extension ArraySlice<UInt8> {
    func lowercased() -> [UInt8] { map { SecretShapes.isUpper($0) ? $0 | 0x20 : $0 } }

    func trimmingSuffix(while condition: (UInt8) -> Bool) -> Self {
        var end = endIndex
        while end > startIndex, condition(self[end - 1]) { end -= 1 }
        return self[startIndex..<end]
    }
}
