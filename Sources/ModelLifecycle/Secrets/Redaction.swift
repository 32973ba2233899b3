/// Takes secrets out of text and bounds its size, before it is stored or shown: messages and output
/// of providers quote URLs, headers and environments.
///
/// It knows secrets by the key before them (`password=`, `"api_key": "…"`, `Authorization: Bearer …`),
/// by their place (`https://user:password@host`) and by their shape (`hf_…`, `AKIA…`, JSON Web Tokens,
/// private keys). It is a safety net: a secret without any of those marks is not found. Redact before
/// bounding, as a cut may take away the key that gives a secret away. Linear in the text's size, and cheap for a text in
/// which nothing looks like a secret or the name of one: every text of a report goes through it.
package enum Redaction {
    /// What stands where a secret was.
    package static let mark = "[redacted]"

    package static func redact(_ text: String) -> String {
        var text = text
        guard text.withUTF8({ SecretGlance.firstFinding(in: $0) }) != nil else { return text }
        var scanner = SecretScanner(text)
        return scanner.redacted()
    }

    /// At most so many bytes of UTF-8, cut between characters. Keeps the beginning, where a message
    /// says what happened, and says how much was dropped.
    package static func bounded(_ text: String, maximumBytes: Int) -> String {
        let size = text.utf8.count
        let limit = max(0, maximumBytes)
        guard size > limit else { return text }
        let room = limit - note(size).utf8.count
        // Without room for the note, what little fits of the text is worth more.
        guard room > 0 else { return String(text[..<boundary(in: text, notAfter: limit)]) }
        let end = boundary(in: text, notAfter: room)
        return text[..<end] + note(text.utf8.distance(from: end, to: text.endIndex))
    }

    /// The same, but keeps the end, where the output of a process says why it died.
    package static func boundedTail(_ text: String, maximumBytes: Int) -> String {
        let size = text.utf8.count
        let limit = max(0, maximumBytes)
        guard size > limit else { return text }
        let room = limit - note(size).utf8.count
        guard room > 0 else { return String(text[boundary(in: text, notBefore: size - limit)...]) }
        let start = boundary(in: text, notBefore: size - room)
        return note(text.utf8.distance(from: text.startIndex, to: start)) + text[start...]
    }

    private static func note(_ dropped: Int) -> String { "[\(dropped) bytes dropped]" }

    /// Characters are at most so many scalars here; a longer one (a letter under a thousand accents)
    /// is cut between two scalars instead.
    private static let longestCharacter = 64

    private static func boundary(in text: String, notAfter offset: Int) -> String.Index {
        var index = scalarStart(in: text, at: offset)
        let fallback = index
        for _ in 0..<longestCharacter where index > text.startIndex {
            if String.Index(index, within: text) != nil { return index }
            index = text.unicodeScalars.index(before: index)
        }
        return index == text.startIndex ? index : fallback
    }

    private static func boundary(in text: String, notBefore offset: Int) -> String.Index {
        var index = scalarStart(in: text, at: offset)
        if text.utf8.distance(from: text.startIndex, to: index) < offset {
            index = text.unicodeScalars.index(after: index)
        }
        let fallback = index
        for _ in 0..<longestCharacter where index < text.endIndex {
            if String.Index(index, within: text) != nil { return index }
            index = text.unicodeScalars.index(after: index)
        }
        return index == text.endIndex ? index : fallback
    }

    /// The start of the scalar that the byte at `offset` belongs to.
    private static func scalarStart(in text: String, at offset: Int) -> String.Index {
        var index = text.utf8.index(text.startIndex, offsetBy: offset)
        while index < text.endIndex, text.utf8[index] & 0b1100_0000 == 0b1000_0000 {
            index = text.utf8.index(before: index)
        }
        return index
    }
}
