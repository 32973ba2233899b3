/// Messages of several lines that are no traceback.
extension MessageReader {
    /// `2 validation errors for Settings`: the reasons are in the lines that follow.
    func validation(_ lines: [OutputLine], at place: Int) -> (message: Message, next: Int)? {
        let line = lines[place]
        guard line.bytes.has(" validation error") else { return nil }
        let end = Continuation(lines: lines).end(after: place)
        guard end > place + 1 else { return nil }
        let text = OneLine.text(Continuation.text(lines[place..<end]))
        var message = Message(text, at: line, rank: .reason, form: .validation)
        message.lastLine = lines[end - 1].index
        message.level = line.level ?? .error
        message.isException = true
        return (message, end)
    }

    /// An error of a logger whose message goes on in the next lines, indented: .NET, rich, and lists after a colon.
    func announced(_ lines: [OutputLine], at place: Int) -> (message: Message, next: Int)? {
        let line = lines[place]
        guard line.isMarked, line.level == .error else { return nil }
        let isOpen = line.bytes.last == UInt8(ascii: ":")
        var next = place + 1
        while next < lines.count, next - place < 7, Continuation.isContinued(lines[next], isOpen: isOpen) { next += 1 }
        guard next > place + 1 else { return nil }
        var whole = line
        whole.text = Continuation.text(lines[place..<next])
        whole.bytes = Array(whole.text.utf8)
        var message = plain(whole)
        message.lastLine = lines[next - 1].index
        return (message, next)
    }

    /// `╭─ Error ───╮` of click and typer with rich.
    func box(_ lines: [OutputLine], at place: Int) -> (message: Message, next: Int)? {
        guard lines[place].bytes.starts(with: "╭─ Error ".utf8) else { return nil }
        var next = place + 1
        var parts: [String] = []
        while next < lines.count, next - place < 12, lines[next].bytes.starts(with: "│".utf8) {
            parts.append(lines[next].text.filter { $0 != "│" })
            next += 1
        }
        var message = Message(OneLine.text(parts), at: lines[place], rank: .reason, form: .usage)
        message.level = .error
        return (message, next)
    }
}
