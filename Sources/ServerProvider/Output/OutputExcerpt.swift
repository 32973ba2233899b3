/// A part of a server's output, in whole lines unless these are very long. If its middle is missing, a line says how much.
struct OutputExcerpt {
    /// Bytes that came one after the other.
    private struct Piece {
        /// The position of the first one.
        var start: Int
        var bytes: ArraySlice<UInt8>

        /// How many lines begin at this position or later.
        func lines(from position: Int) -> Int {
            guard !bytes.isEmpty else { return 0 }
            var count = start >= position ? 1 : 0
            for (offset, byte) in bytes.dropLast().enumerated() where byte == newline && start + offset + 1 >= position
            {
                count += 1
            }
            return count
        }
    }

    private let first: Piece
    private let last: Piece?
    /// How long the text may be, in bytes, without the line about what is missing.
    private let limit: Int

    /// - Parameter start: the position of the first byte.
    init(start: Int, whole bytes: [UInt8], limit: Int) {
        first = Piece(start: start, bytes: bytes[...])
        last = nil
        self.limit = limit
    }

    /// - Parameters:
    ///   - start: the position of the first byte.
    ///   - end: what comes after the missing part.
    ///   - endStart: the position of its first byte.
    init(start: Int, beginning: [UInt8], end: [UInt8], endStart: Int, limit: Int) {
        self.limit = limit
        // The cuts may go through a character or a line; whole lines are worth more.
        first = Piece(
            start: start, bytes: beginning.lastIndex(of: newline).map { beginning[...$0] } ?? beginning.withoutCutWord)
        // But what a line of many kilobytes ends with may be all that matters.
        let nearest = end.prefix(end.count / 8)
        let kept =
            nearest.firstIndex(of: newline).map { end[($0 + 1)...] }
            ?? end[nearest.withoutCutWords.startIndex...].drop(while: isInsideCharacter)
        last = Piece(start: endStart + kept.startIndex, bytes: kept)
    }

    /// As text. Bytes that are not UTF-8 become U+FFFD, which is longer: what would then be too long loses more of its
    /// middle.
    var text: String {
        guard let last else {
            let text = String(decoding: first.bytes.withoutReturns, as: UTF8.self)
            guard text.utf8.count > limit else { return text }
            let bytes = Array(text.utf8)
            return OutputExcerpt(
                start: 0, beginning: Array(bytes.prefix(limit / 4)), end: Array(bytes.suffix(limit - limit / 4)),
                endStart: bytes.count - (limit - limit / 4), limit: limit
            ).text
        }
        var beginning = Self.text(first.bytes) { $0.prefix(limit / 4) }
        if !beginning.isEmpty, beginning.utf8.last != newline { beginning += "\n" }
        let missing = last.start - first.start - first.bytes.count
        let end = Self.text(last.bytes) { $0.suffix(limit - limit / 4).drop(while: isInsideCharacter) }
        return beginning + "[… \(missing) bytes dropped …]\n" + end
    }

    /// How many lines at the end of the text begin at this position or later.
    func lines(from position: Int) -> Int {
        guard let last else { return first.lines(from: position) }
        let early = first.lines(from: position)
        // Those, and the line that says what is missing.
        return last.lines(from: position) + (early > 0 ? early + 1 : 0)
    }

    private static func text(
        _ bytes: ArraySlice<UInt8>, _ bounded: (ArraySlice<UInt8>) -> ArraySlice<UInt8>
    ) -> String {
        String(decoding: bounded(Array(String(decoding: bytes.withoutReturns, as: UTF8.self).utf8)[...]), as: UTF8.self)
    }
}

private let newline = UInt8(ascii: "\n")

/// Whether a byte of UTF-8 goes on with a character that began before it.
private func isInsideCharacter(_ byte: UInt8) -> Bool { byte & 0b1100_0000 == 0b1000_0000 }
