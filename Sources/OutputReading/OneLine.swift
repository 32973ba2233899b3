/// Brings messages into one line of bounded length.
enum OneLine {
    static let limit = 400

    /// Runs of blanks and line ends become one space; of a long text the middle goes, as reasons stand at both ends.
    static func text(_ parts: some Sequence<String>) -> String {
        var words: [Substring] = []
        for part in parts { words += part.split(whereSeparator: { $0.isWhitespace || $0 == "\0" }) }
        return shortened(words.joined(separator: " "))
    }

    static func text(_ part: String) -> String { text(CollectionOfOne(part)) }

    static func shortened(_ text: String) -> String {
        // Most are short; bytes are cheaper to count than characters.
        guard text.utf8.count > limit, text.count > limit else { return text }
        let mark = " … "
        let half = (limit - mark.count) / 2
        return text.prefix(half) + mark + text.suffix(limit - mark.count - half)
    }
}
