/// Messages over several lines: where they end.
struct Continuation {
    let lines: [OutputLine]

    private static let limit = 24

    /// The line after the message that begins at `start`.
    func end(after start: Int) -> Int {
        let first = lines[start]
        var end = start + 1
        var flush = 0
        while end < lines.count, end - start < Continuation.limit {
            let line = lines[end]
            if line.isEmpty {
                // A sentence that announces something may leave a blank line before it.
                let announces = lines[end - 1].bytes.last == UInt8(ascii: ":")
                guard announces, end + 1 < lines.count, !lines[end + 1].isEmpty, belongs(lines[end + 1], to: first)
                else { break }
                end += 1
                continue
            }
            guard belongs(line, to: first) else { break }
            if line.indent <= first.indent {
                flush += 1
                if flush > 5 { break }
            }
            end += 1
        }
        return end
    }

    private func belongs(_ line: OutputLine, to first: OutputLine) -> Bool {
        guard line.isMarked == first.isMarked, line.level == first.level else { return false }
        if line.indent <= first.indent {
            // Of one record: a carrier's times may differ in the fraction of the second.
            let isSame =
                first.isMarked ? line.prefix == first.prefix : line.prefix.prefix(19) == first.prefix.prefix(19)
            return isSame && isPlainText(line)
        }
        return isPlainText(line)
    }

    /// Whether a line without marks goes on with the message of a logger's line.
    static func isContinued(_ line: OutputLine, isOpen: Bool) -> Bool {
        guard !line.isMarked, !line.isEmpty, line.indent > 0 || isOpen else { return false }
        return Continuation(lines: []).isPlainText(line) && line.bytes.contains { $0.isLetter }
            && !line.bytes.starts(with: "+ ".utf8) && !line.bytes.starts(with: "| ".utf8)
    }

    private func isPlainText(_ line: OutputLine) -> Bool {
        if PythonTraceback.begins(line) || PythonTraceback.isFrame(line) || PythonTraceback.isTie(line) { return false }
        if Noise.isNote(line.bytes) || StackTrace.isFrame(line) || line.bytes.first == UInt8(ascii: "{") {
            return false
        }
        if line.bytes.has("Exception raised from ", at: 0) || line.bytes.has("frame #", at: 0) { return false }
        if line.bytes.has("Exception ignored", at: 0) || line.bytes.has("Exception in thread ", at: 0) { return false }
        if line.bytes.has("\"\"\"", at: 0) || Usage.begins(line) { return false }
        if line.bytes.has("Traceback of TorchScript", at: 0) { return false }
        if line.indent > 0 { return true }
        let words = Words(line.bytes)
        if Phrases.supervisors.occurs(in: words) || Noise.isNoise(line, words: words)
            || Judgement.isFarewell(line.bytes, words: words)
        {
            return false
        }
        return !Judgement.isBareException(line.bytes) && Judgement.inner(line.bytes, words: words) == nil
            && !Phrases.recoveries.occurs(in: words)
    }

    /// The lines as one text, without what validators add to each value and where to read more.
    static func text(_ lines: ArraySlice<OutputLine>) -> String {
        var parts: [String] = []
        for line in lines {
            if line.bytes.has("For further information visit", at: 0) || line.isEmpty { continue }
            // `[type=int_parsing, input_value=…]` of pydantic.
            if let place = line.bytes.firstPlace(of: " [type="), line.bytes.last == UInt8(ascii: "]") {
                parts.append(String(decoding: line.bytes[..<place], as: UTF8.self))
            } else {
                parts.append(line.text)
            }
        }
        return parts.joined(separator: " ")
    }
}
