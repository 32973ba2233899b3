extension Display {
    /// Breaks a text into lines of at most `width` columns, between words where it can.
    package static func wrapped(_ text: String, width: Int) -> [String] {
        let width = max(20, width)
        if text.utf8.count <= width, text.utf8.last != UInt8(ascii: " ") { return [text] }
        var lines: [String] = []
        var line = ""
        var used = 0
        for word in text.split(separator: " ", omittingEmptySubsequences: false) {
            var word = word
            if !line.isEmpty, used + 1 + word.columns > width {
                lines.append(line)
                line = ""
            }
            while true {
                let part = word.prefix(columns: width)
                if part.endIndex == word.endIndex { break }
                // A single character of a hostile text may be wider than any screen.
                let end = part.isEmpty ? word.index(after: word.startIndex) : part.endIndex
                lines.append(String(word[..<end]))
                word = word[end...]
            }
            used = (line.isEmpty ? 0 : used + 1) + word.columns
            line = line.isEmpty ? String(word) : line + " " + word
        }
        lines += line.isEmpty && !lines.isEmpty ? [] : [line]
        return lines.map { line in
            let blanks = line.reversed().prefix { $0 == " " }.count
            return String(line.dropLast(blanks))
        }
    }
}
