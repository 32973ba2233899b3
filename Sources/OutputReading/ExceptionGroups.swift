/// Takes the bars off the tracebacks of exception groups, so that each exception of a group reads like any other.
enum ExceptionGroups {
    static func unfold(_ lines: [OutputLine]) -> [OutputLine] {
        guard lines.contains(where: { $0.bytes.has("Exception Group Traceback (most recent call last)") }) else {
            return lines
        }
        return lines.map(unfolded)
    }

    private static func unfolded(_ line: OutputLine) -> OutputLine {
        guard line.indent > 0, let first = line.bytes.first else { return line }
        if first == UInt8(ascii: "+"), line.bytes.has("-") || line.bytes.has("+ Exception Group", at: 0) {
            // `+-+------- 1 -------` parts two exceptions as a blank line does.
            let rest = line.bytes.has("+ Exception Group", at: 0) ? line.bytes[2...] : []
            return OutputLine(
                index: line.index, origin: line.origin, level: line.level, isMarked: line.isMarked, rest: rest)
        }
        guard first == UInt8(ascii: "|") else { return line }
        let start = line.bytes.has("| ", at: 0) ? 2 : 1
        var rest = line.bytes[start...]
        // A group in a group.
        if let inner = rest.first(where: { !$0.isBlank }), inner == UInt8(ascii: "|") || inner == UInt8(ascii: "+") {
            let nested = OutputLine(
                index: line.index, origin: line.origin, level: line.level, isMarked: line.isMarked, rest: rest)
            return nested.indent > 0 ? unfolded(nested) : nested
        }
        rest = line.bytes[start...]
        return OutputLine(
            index: line.index, origin: line.origin, level: line.level, isMarked: line.isMarked, rest: rest)
    }
}
