/// Lines of JSON and of fields, and texts that are quoted in a line.
extension MessageReader {
    /// The messages of a line of JSON or of fields; nil if it is neither.
    func structured(_ line: OutputLine) -> [Message]? {
        let text: String?
        let error: String?
        var trace: String?
        let level: Level?
        let isAccess: Bool
        let form: Form
        if let json = JSONLine(line.bytes) {
            (text, error, level, isAccess, form) = (json.message, json.error, json.level, json.isAccess, .json)
            trace = json.trace
        } else if line.bytes.has("=") || line.bytes.first == UInt8(ascii: "\""), let fields = FieldLine(line.bytes) {
            (text, error, level, isAccess, form) = (
                fields.message, fields.error, fields.level, fields.isAccess, .fields
            )
        } else {
            return nil
        }
        guard !isAccess else { return [Message(line.text, at: line, rank: .noise, form: form)] }
        guard text != nil || error != nil || trace != nil else { return form == .json ? [plain(line)] : nil }
        let read = level ?? line.level
        if let found = exceptions(in: [text, error, trace], level: read, at: line) { return found }
        return [message(text: text, error: error, level: read, line: line, form: form)]
    }

    /// A text of several lines may be a traceback, or quote another line of JSON.
    private func exceptions(in texts: [String?], level: Level?, at line: OutputLine) -> [Message]? {
        let quoted = texts.compactMap { $0 }.joined(separator: "\n")
        guard depth < 2, quoted.contains("\n") || quoted.utf8.first == UInt8(ascii: "{") else { return nil }
        let lines = OutputLine.lines(of: quoted).map { inner in
            var inner = inner
            inner.index = line.index
            // The level is the record's, and says nothing about a line of a traceback.
            inner.level = nil
            return inner
        }
        var found = MessageReader(depth: depth + 1).read(lines).filter { $0.isException && $0.rank >= .echo }
        // The program has dealt with what it only warns of.
        for index in found.indices where level == .warning { found[index].rank = Swift.min(found[index].rank, .vague) }
        for index in found.indices where level == .detail { found[index].rank = .ordinary }
        return found.isEmpty ? nil : found
    }

    private func message(text: String?, error: String?, level: Level?, line: OutputLine, form: Form) -> Message {
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
        // Ollama tells at the level of information why a model was not loaded.
        if error != nil, message.rank == .ordinary, Judgement.saysFailure(head) { message.rank = .hint }
        message.form = form
        return message
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
