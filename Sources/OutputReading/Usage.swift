/// The text that programs print after a wrong argument: hundreds of lines that are no log.
enum Usage {
    /// The same messages, with those of a usage text as words of farewell.
    static func silenced(_ messages: [Message], lines: [OutputLine]) -> [Message] {
        guard let start = lines.first(where: begins) else { return messages }
        var byIndex: [Int: OutputLine] = [:]
        for line in lines { byIndex[line.index] = line }
        var messages = messages
        var isUsage = false
        for place in messages.indices {
            guard messages[place].line >= start.index, let line = byIndex[messages[place].line] else { continue }
            if begins(line) {
                isUsage = true
            } else if line.isMarked || (line.indent == 0 && messages[place].isError) {
                // argparse puts the error after the usage.
                isUsage = false
            }
            if isUsage, messages[place].rank > .farewell { messages[place].rank = .farewell }
        }
        return messages
    }

    static func begins(_ line: OutputLine) -> Bool {
        guard !line.isMarked, line.indent == 0 else { return false }
        return line.bytes.has("usage:", at: 0) || line.bytes.has("Usage:", at: 0)
            || line.bytes.has("Usage of ", at: 0)
            || line.bytes.has("USAGE:", at: 0)
    }
}
