/// Lines of JSON and of fields, and texts that are quoted in a line.
extension MessageReader {
    /// The messages of a line of JSON or of fields; nil if it is neither.
    func structured(_ line: OutputLine) -> [Message]? {
        let text: String?
        let error: String?
        let level: Level?
        let isAccess: Bool
        let form: Form
        if let json = JSONLine(line.bytes) {
            (text, error, level, isAccess, form) = (json.message, json.error, json.level, json.isAccess, .json)
        } else if line.bytes.has("=") || line.bytes.first == UInt8(ascii: "\""), let fields = FieldLine(line.bytes) {
            (text, error, level, isAccess, form) = (
                fields.message, fields.error, fields.level, fields.isAccess, .fields
            )
        } else {
            return nil
        }
        guard !isAccess else { return [Message(line.text, at: line, rank: .noise, form: form)] }
        guard text != nil || error != nil else { return form == .json ? [plain(line)] : nil }
        return messages(text: text, error: error, level: level ?? line.level, line: line, form: form)
    }

    func messages(text: String?, error: String?, level: Level?, line: OutputLine, form: Form) -> [Message] {
        let quoted = [text, error].compactMap { $0 }.joined(separator: "\n")
        let lines = OutputLine.lines(of: quoted).map { inner in
            var inner = inner
            inner.index = line.index
            inner.level = inner.level ?? level
            return inner
        }
        // A text of several lines may be a traceback.
        if depth < 2, lines.count > 1 || text?.utf8.first == UInt8(ascii: "{") {
            let found = MessageReader(depth: depth + 1).read(lines.map(withoutLevel)).filter {
                $0.isException && $0.rank >= .echo
            }
            if !found.isEmpty { return found }
        }
        let head = (text ?? "").split(separator: "\n\nAt:", maxSplits: 1).first.map(String.init) ?? ""
        let repeats = error.map { head.contains($0) } ?? true
        let joined = repeats ? head : head.isEmpty ? error ?? "" : head + ": " + (error ?? "")
        var whole = OutputLine(
            index: line.index, origin: "", level: level, isMarked: true, rest: Array(joined.utf8)[...])
        // The message of a carrier may have a prefix of its own.
        if form == .json, error == nil {
            let own = OutputLine(index: line.index, visible: Array(VisibleLines.visible(Array(joined.utf8)[...])))
            whole.level = own.level ?? level
            whole = OutputLine(index: line.index, origin: "", level: whole.level, isMarked: true, rest: own.bytes[...])
        }
        // Only echoes before the name of an exception: the exception is the message.
        if let inner = Judgement.innerException(whole.bytes), Judgement.rank(ofError: whole.bytes[..<inner]) == .echo {
            whole = OutputLine(index: line.index, origin: "", level: level, isMarked: true, rest: whole.bytes[inner...])
        }
        var message = plain(whole)
        if error != nil, level == nil || level == .error, message.rank > .noise, message.rank < .harmless {
            message.rank = Judgement.rank(ofError: whole.bytes)
        }
        message.form = form
        return [message]
    }

    /// The level of a carrier says nothing about the lines of a traceback in it.
    func withoutLevel(_ line: OutputLine) -> OutputLine {
        var line = line
        line.level = nil
        return line
    }

    /// A traceback in one line, with `\n` in place of line ends.
    func escaped(_ line: OutputLine) -> Message? {
        guard depth < 2, let place = line.bytes.firstPlace(of: "Traceback (most recent call last):\\n") else {
            return nil
        }
        var text: [UInt8] = []
        var index = place
        while index < line.bytes.count {
            if line.bytes.has("\\n", at: index) {
                text.append(10)
                index += 2
            } else {
                text.append(line.bytes[index])
                index += 1
            }
        }
        while let last = text.last, last.isOne(of: "\"'}])\n ") { text.removeLast() }
        let lines = OutputLine.lines(of: String(decoding: text, as: UTF8.self)).map { inner in
            var inner = inner
            inner.index = line.index
            return inner
        }
        return MessageReader(depth: depth + 1).read(lines).first { $0.isException }
    }
}
