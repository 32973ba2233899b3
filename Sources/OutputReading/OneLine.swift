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

    /// The arguments of C++ functions, `(const std::vector<int>&)`, are long and say nothing.
    private static func withoutSignatures(_ text: String) -> String {
        let bytes = Array(text.utf8)
        guard bytes.has("::") else { return text }
        var kept: [UInt8] = []
        var place = 0
        while place < bytes.count {
            kept.append(bytes[place])
            if bytes[place] == UInt8(ascii: "("),
                let end = bytes[place..<Swift.min(bytes.count, place + 400)].firstIndex(of: UInt8(ascii: ")"))
            {
                let arguments = bytes[(place + 1)..<end]
                let isSignature = arguments.has("&") || arguments.has("const ") || arguments.has("*")
                if arguments.has("::"), isSignature { place = end - 1 }
            }
            place += 1
        }
        return String(decoding: kept, as: UTF8.self)
    }

    static func shortened(_ text: String) -> String {
        // Most are short; bytes are cheaper to count than characters.
        guard text.utf8.count > limit, text.count > limit else { return text }
        let text = withoutSignatures(text)
        guard text.count > limit else { return text }
        let mark = " … "
        let half = (limit - mark.count) / 2
        return text.prefix(half) + mark + text.suffix(limit - mark.count - half)
    }
}
