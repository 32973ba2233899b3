/// The words of a message, in lower case: names and numbers, without punctuation.
struct Words {
    private(set) var words: [String] = []
    /// Where each ends in the message.
    private(set) var ends: [Int] = []
    private(set) var starts: [Int] = []

    init(_ bytes: some RandomAccessCollection<UInt8>) {
        var word: [UInt8] = []
        var place = 0
        for byte in bytes {
            if byte.isNamePart || (byte == UInt8(ascii: "'") && !word.isEmpty) || byte >= 0x80 {
                if word.isEmpty { starts.append(place) }
                word.append(byte.lowercased)
            } else if !word.isEmpty {
                finish(&word, at: place)
            }
            place += 1
            // What decides is near the beginning; the rest of a dump of numbers is not read.
            if words.count == 400 { return }
        }
        if !word.isEmpty { finish(&word, at: place) }
    }

    private mutating func finish(_ word: inout [UInt8], at place: Int) {
        var length = word.count
        while length > 1, word[length - 1] == UInt8(ascii: "'") { length -= 1 }
        words.append(String(decoding: word.prefix(length), as: UTF8.self))
        ends.append(place - (word.count - length))
        word.removeAll(keepingCapacity: true)
    }

    var count: Int { words.count }
    /// Whether the rest is a value that means that there is nothing: `error: none`.
    func sayNothing(after index: Int) -> Bool {
        count <= index + 1
            || count == index + 2 && ["none", "null", "nil", "0", "no", "false", "off"].contains(word(index + 1))
    }

    func word(_ index: Int) -> String { index >= 0 && index < words.count ? words[index] : "" }
}

/// Phrases that are looked for in messages, word by word; `*` stands for any one word.
struct PhraseTable: Sendable {
    private var byFirstWord: [String: [[String]]] = [:]

    /// - Parameter text: phrases, separated by commas and line ends.
    init(_ text: String) {
        for phrase in text.split(whereSeparator: { $0 == "," || $0.isNewline }) {
            let words = phrase.split(separator: " ").map(String.init)
            guard let first = words.first else { continue }
            byFirstWord[first, default: []].append(words)
        }
    }

    /// The words of the first phrase that occurs, as a range.
    func first(in words: Words) -> Range<Int>? {
        for index in 0..<words.count {
            if let range = phrase(in: words, at: index) { return range }
        }
        return nil
    }

    func occurs(in words: Words) -> Bool { first(in: words) != nil }

    func phrase(in words: Words, at index: Int) -> Range<Int>? {
        guard let phrases = byFirstWord[words.word(index)] else { return nil }
        for phrase in phrases where index + phrase.count <= words.count {
            let matches = phrase.indices.allSatisfy { phrase[$0] == "*" || phrase[$0] == words.word(index + $0) }
            if matches { return index..<index + phrase.count }
        }
        return nil
    }
}
