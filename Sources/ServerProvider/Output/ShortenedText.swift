import ModelLifecycle
import OutputReading

/// Texts of servers that are too long. Their secrets are taken out first, as a cut may take away the name that gives one
/// away. What is known to be secret without a name is taken out later: a cut goes between two words where there are any, so
/// that it is whole or gone.
enum ShortenedText {
    /// - Parameter most: characters.
    static func beginning(of text: String, most: Int) -> String {
        let text = Redaction.redact(text)
        return String(text[..<end(of: text, most: most)])
    }

    /// What went wrong may stand at the end, so the middle goes.
    /// - Parameters:
    ///   - first: characters of the beginning that stay.
    ///   - last: characters of the end that stay.
    static func ends(of text: String, first: Int, last: Int) -> String {
        let text = Redaction.redact(text)
        guard text.count > first + last + 10 else { return text }
        var start = text.index(text.endIndex, offsetBy: -last)
        if let word = text[start...].prefix(longestWord).firstIndex(where: isBetweenWords) { start = word }
        return "\(text[..<end(of: text, most: first)]) … \(text[start...].drop(while: \.isWhitespace))"
    }

    /// What an answer says of an error. The reader leaves out the middle of long texts.
    static func said(in answer: String) -> String? { OutputReader.readAnswer(Redaction.redact(answer)) }

    private static func end(of text: String, most: Int) -> String.Index {
        guard let end = text.index(text.startIndex, offsetBy: most, limitedBy: text.endIndex), end < text.endIndex
        else {
            return text.endIndex
        }
        return text[..<end].suffix(longestWord).lastIndex(where: isBetweenWords) ?? end
    }

    /// A longer word is cut: little would be left of the text without it.
    private static let longestWord = 80

    private static func isBetweenWords(_ character: Character) -> Bool {
        character.isWhitespace || #""',;:&={}[]()/?"#.contains(character)
    }
}

extension Collection<UInt8> where SubSequence == ArraySlice<UInt8> {
    /// Of a line whose beginning was cut off: without its first words, which may be the rest of a secret whose name is gone.
    /// `Bearer`, or a quote, may stand between the two. All of it if there are no more words.
    var withoutCutWords: ArraySlice<UInt8> {
        let words = split(omittingEmptySubsequences: true, whereSeparator: isBetweenWords)
        return words.count > 3 ? self[words[3].startIndex...] : self[startIndex...]
    }

    /// Of a line whose end was cut off: without the last word, which may be the beginning of a token and too short to be
    /// known for one. All of it if it is one word.
    var withoutCutWord: ArraySlice<UInt8> {
        let words = split(omittingEmptySubsequences: true, whereSeparator: isBetweenWords)
        return words.count > 1 ? self[..<words[words.count - 1].startIndex] : self[startIndex...]
    }
}

private func isBetweenWords(_ byte: UInt8) -> Bool { #" "',;:&={}[]"#.utf8.contains(byte) }
