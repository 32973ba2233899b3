/// Cuts output into lines as a terminal would show them: without escape sequences and control characters, and
/// of a redrawn line the last state.
enum VisibleLines {
    static func split(_ output: String) -> [[UInt8]] {
        var lines = Array(output.utf8).split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false)
        // What follows the last line feed is a line only if it has begun.
        if lines.last?.isEmpty == true { lines.removeLast() }
        return lines.map(visible)
    }

    /// The last state of a redrawn line that shows anything.
    static func visible(_ line: ArraySlice<UInt8>) -> [UInt8] {
        var shown: [UInt8] = []
        for state in line.split(separator: UInt8(ascii: "\r")) {
            let text = withoutControls(state)
            if text.contains(where: { !$0.isBlank }) { shown = text }
        }
        return shown
    }

    private static func withoutControls(_ line: ArraySlice<UInt8>) -> [UInt8] {
        guard line.contains(where: { ($0 < 32 && $0 != 9) || $0 == 127 || $0 == UInt8(ascii: "[") }) else {
            return Array(line)
        }
        var text: [UInt8] = []
        text.reserveCapacity(line.count)
        var place = line.startIndex
        while place < line.endIndex {
            let byte = line[place]
            if byte == 0x1B {
                place = afterEscape(line, at: place + 1)
            } else if byte == UInt8(ascii: "["), let end = afterColour(line, at: place + 1) {
                place = end
            } else {
                if byte >= 32 && byte != 127 || byte == 9 { text.append(byte) }
                place += 1
            }
        }
        return text
    }

    /// The place after an escape sequence whose ESC is before `start`; one that does not end is only its ESC.
    private static func afterEscape(_ line: ArraySlice<UInt8>, at start: Int) -> Int {
        guard start < line.endIndex else { return start }
        switch line[start] {
        case UInt8(ascii: "["):
            var place = start + 1
            while place < line.endIndex, (0x20...0x3F).contains(line[place]) { place += 1 }
            return place < line.endIndex && (0x40...0x7E).contains(line[place]) ? place + 1 : place
        case UInt8(ascii: "]"), UInt8(ascii: "P"), UInt8(ascii: "X"), UInt8(ascii: "^"), UInt8(ascii: "_"):
            // A title or a link: to BEL, or to ESC and a backslash. Far ends are no ends.
            var place = start + 1
            while place < line.endIndex, place - start < 512 {
                if line[place] == 0x07 { return place + 1 }
                if line[place] == 0x1B { return Swift.min(place + 2, line.endIndex) }
                place += 1
            }
            return start
        case 0x20...0x2F: return Swift.min(start + 2, line.endIndex)
        case 0x30...0x7E: return start + 1
        default: return start
        }
    }

    /// A colour whose ESC was lost on the way: `[36m`.
    private static func afterColour(_ line: ArraySlice<UInt8>, at start: Int) -> Int? {
        var place = start
        while place < line.endIndex, place - start < 12, line[place].isDigit || line[place] == UInt8(ascii: ";") {
            place += 1
        }
        guard place > start, place < line.endIndex, line[place] == UInt8(ascii: "m") else { return nil }
        return place + 1
    }
}
