/// Makes messages of lines: blocks such as tracebacks are read as a whole, what is left line by line.
struct MessageReader {
    /// How deep a text may be that is quoted in a line, such as a traceback in a field of JSON.
    private let depth: Int

    init(depth: Int = 0) { self.depth = depth }

    func read(_ lines: [OutputLine]) -> [Message] {
        // Lines of several processes may alternate; each process by itself makes sense.
        var byOrigin: [String: [OutputLine]] = [:]
        var origins: [String] = []
        for line in lines {
            if byOrigin[line.origin] == nil { origins.append(line.origin) }
            byOrigin[line.origin, default: []].append(line)
        }
        var messages: [Message] = []
        for origin in origins { messages += readOne(byOrigin[origin] ?? []) }
        // Stable for several messages of one line.
        return messages.enumerated().sorted { ($0.element.line, $0.offset) < ($1.element.line, $1.offset) }.map(
            \.element)
    }

    private func readOne(_ given: [OutputLine]) -> [Message] {
        let lines = ExceptionGroups.unfold(given.map(JSONCarrier.unwrapped))
        let tracebacks = PythonTraceback(lines: lines)
        let traces = StackTrace(lines: lines)
        let panics = Panic(lines: lines)
        var messages: [Message] = []
        var place = 0
        while place < lines.count {
            let line = lines[place]
            let isIndentedFrame = line.indent > 0 && PythonTraceback.isFrame(line)
            if isIndentedFrame || PythonTraceback.begins(line) {
                if let quoted = escaped(line) {
                    messages.append(quoted)
                    place += 1
                    continue
                }
                let block = tracebacks.read(from: place)
                // What announces a traceback is said by the exception.
                var found = block.message
                if let message = found, message.rank >= .echo {
                    found?.announcement = demoteAnnouncement(of: place, in: lines, &messages)
                }
                if isIgnored(place, in: lines) { found?.rank = .harmless }
                if let message = found, isLoggedAsWarning(place, in: lines), message.rank == .reason {
                    found?.rank = .vague
                }
                if let message = found, isOfRequest(message, at: place, in: lines) { found?.rank = .request }
                if let message = found { messages.append(message) }
                messages += block.strays.map { plain(lines[$0]) }
                place = block.next
            } else if let block = panics.read(at: place) {
                messages.append(block.message)
                place = block.next
            } else if traces.begins(at: place), let block = traces.read(from: place) {
                var message = block.message
                if message.rank >= .echo {
                    message.announcement = demoteAnnouncement(of: place, in: lines, &messages)
                }
                messages.append(message)
                place = block.next
            } else if let fields = structured(line) {
                messages += fields
                place += 1
            } else if let block = validation(lines, at: place) {
                messages.append(block.message)
                place = block.next
            } else if let block = bareException(lines, at: place) {
                messages.append(block.message)
                place = block.next
            } else if let block = box(lines, at: place) {
                messages.append(block.message)
                place = block.next
            } else if let block = announced(lines, at: place) {
                messages.append(block.message)
                place = block.next
            } else {
                messages.append(plain(line))
                place += 1
            }
        }
        return messages
    }

    // MARK: Lines

    /// An exception in several lines without its traceback, as click and Node print it.
    private func bareException(_ lines: [OutputLine], at place: Int) -> (message: Message, next: Int)? {
        let line = lines[place]
        guard !line.isMarked, Judgement.isBareException(line.bytes) else { return nil }
        let end = Continuation(lines: lines).end(after: place)
        guard end > place + 1 else { return nil }
        let text = Continuation.text(lines[place..<end])
        var whole = line
        whole.bytes = Array(text.utf8)
        whole.text = text
        var message = plain(whole)
        message.lastLine = lines[end - 1].index
        return (message, end)
    }

    private func plain(_ line: OutputLine) -> Message {
        let rank = StackTrace.isFrame(line) ? .noise : Judgement.rank(line)
        var message = Message(OneLine.text(line.text), at: line, rank: rank, form: Form.of(line, rank: rank))
        message.isException = rank >= .echo && Judgement.isBareException(line.bytes)
        if line.bytes.has("Exception ignored", at: 0) { message.rank = .ordinary }
        if let name = ExceptionName(line.bytes), name.isFarewell, line.level == nil { message.rank = .farewell }
        if message.isException, let name = ExceptionName(line.bytes), name.isEcho { message.rank = .echo }
        if message.level == nil { message.level = Judgement.inner(line.bytes, words: Words(line.bytes)) }
        return message
    }

    /// The messages of a line of JSON or of fields; nil if it is neither.
    private func structured(_ line: OutputLine) -> [Message]? {
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

    private func messages(text: String?, error: String?, level: Level?, line: OutputLine, form: Form) -> [Message] {
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
    private func withoutLevel(_ line: OutputLine) -> OutputLine {
        var line = line
        line.level = nil
        return line
    }

    /// A traceback in one line, with `\n` in place of line ends.
    private func escaped(_ line: OutputLine) -> Message? {
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

    // MARK: Blocks of several lines

    /// `2 validation errors for Settings`: the reasons are in the lines that follow.
    private func validation(_ lines: [OutputLine], at place: Int) -> (message: Message, next: Int)? {
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
    private func announced(_ lines: [OutputLine], at place: Int) -> (message: Message, next: Int)? {
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
    private func box(_ lines: [OutputLine], at place: Int) -> (message: Message, next: Int)? {
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

    /// `ERROR: failed to load x`, directly before the traceback that says why.
    ///
    /// - Returns: the announcement, if it says more than that something failed.
    private func demoteAnnouncement(
        of place: Int, in lines: [OutputLine], _ messages: inout [Message]
    ) -> OutputReading.Finding? {
        var before = place - 1
        while before >= 0, place - before < 3, lines[before].isEmpty { before -= 1 }
        guard before >= 0 else { return nil }
        var announcement: OutputReading.Finding?
        for index in messages.indices.reversed() {
            guard messages[index].lastLine >= lines[before].index, !messages[index].isException else { break }
            if messages[index].rank > .echo {
                announcement = OutputReading.Finding(text: messages[index].text, line: messages[index].line)
            }
            demote(messages[index].text, in: &messages)
        }
        return announcement
    }

    /// The same may have been said several times.
    private func demote(_ text: String, in messages: inout [Message]) {
        for index in messages.indices.suffix(8) where messages[index].text == text && messages[index].rank > .echo {
            messages[index].rank = .echo
        }
    }

    /// Whether the lines before a traceback say that it is of one request, and its class that the client is at fault.
    private func isOfRequest(_ message: Message, at place: Int, in lines: [OutputLine]) -> Bool {
        guard let name = ExceptionName(Array(message.text.utf8)), Phrases.exceptionsOfRequests.contains(name.last)
        else { return false }
        return lines[Swift.max(0, place - 2)...place].contains { line in
            line.index < message.line && Phrases.requests.occurs(in: Words(line.bytes))
        }
    }

    /// What Python raised in a destructor or a callback, where nothing can catch it.
    private func isIgnored(_ place: Int, in lines: [OutputLine]) -> Bool {
        place > 0 && lines[place - 1].bytes.has("Exception ignored", at: 0)
    }

    /// A traceback that a logger put below a warning: the program has dealt with it, as far as it says.
    private func isLoggedAsWarning(_ place: Int, in lines: [OutputLine]) -> Bool {
        guard place > 0, !lines[place].isMarked else { return false }
        return lines[place - 1].isMarked && lines[place - 1].level == .warning
    }
}
