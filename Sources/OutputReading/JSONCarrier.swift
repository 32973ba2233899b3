/// Log lines of one line each that are wrapped in JSON, such as Docker's `{"log": "…", "stream": "stderr"}`.
enum JSONCarrier {
    /// The line that is wrapped, with its own indentation, so that a traceback over several records reads as one.
    static func unwrapped(_ line: OutputLine) -> OutputLine {
        let once = unwrappedOnce(line)
        return once.isUnwrapped && once.bytes.first == UInt8(ascii: "{") ? unwrappedOnce(once) : once
    }

    private static func unwrappedOnce(_ line: OutputLine) -> OutputLine {
        guard line.bytes.first == UInt8(ascii: "{"), let json = JSONLine(line.bytes), !json.isAccess, json.error == nil,
            json.trace == nil,
            var text = json.message
        else { return line }
        while text.last?.isNewline == true { text.removeLast() }
        guard !text.contains(where: \.isNewline) else { return line }
        var inner = OutputLine(index: line.index, visible: VisibleLines.visible(Array(text.utf8)[...]))
        inner.isUnwrapped = true
        inner.origin = line.origin + inner.origin
        inner.level = inner.level ?? json.level ?? line.level
        inner.isMarked = inner.isMarked || json.level != nil
        // Two records never have the same prefix: only what is indented goes on with the record before.
        if json.level != nil { inner.prefix = Array("\(line.index)".utf8)[...] }
        return inner
    }
}
