/// Makes messages of lines: blocks such as tracebacks are read as a whole, what is left line by line.
struct MessageReader {
    /// How deep a text may be that is quoted in a line, such as a traceback in a field of JSON.
    let depth: Int

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

    func readOne(_ given: [OutputLine]) -> [Message] {
        // Requests are logged by other threads and stand also between the lines of a traceback.
        let read = given.map(JSONCarrier.unwrapped).filter { !Noise.isAccess($0) }
        let lines = ExceptionGroups.unfold(read)
        let tracebacks = PythonTraceback(lines: lines)
        let traces = StackTrace(lines: lines)
        let panics = Panic(lines: lines)
        var messages: [Message] = []
        var place = 0
        while place < lines.count {
            let line = lines[place]
            let isIndentedFrame = line.indent > 0 && PythonTraceback.isFrame(line)
            if isIndentedFrame || PythonTraceback.begins(line) {
                if line.bytes.first == UInt8(ascii: "{"), let fields = structured(line) {
                    messages += fields
                    place += 1
                    continue
                }
                if let quoted = escaped(line) {
                    messages.append(quoted)
                    place += 1
                    continue
                }
                let block = tracebacks.read(from: place)
                // What announces a traceback is said by the exception.
                var found = block.message
                if let message = found, message.rank >= .vague || isGroup(message) {
                    found?.announcement = demoteAnnouncement(of: message, at: place, in: lines, &messages)
                }
                if isIgnored(place, in: lines) { found?.rank = .noise }
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
                if message.rank >= .vague {
                    message.announcement = demoteAnnouncement(of: message, at: place, in: lines, &messages)
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
        return Usage.silenced(messages, lines: lines)
    }

    // MARK: Lines

    /// An exception in several lines without its traceback, as click and Node print it.
    func bareException(_ lines: [OutputLine], at place: Int) -> (message: Message, next: Int)? {
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

    func plain(_ line: OutputLine) -> Message {
        let rank = StackTrace.isFrame(line) ? .noise : Judgement.rank(line)
        var message = Message(OneLine.text(line.text), at: line, rank: rank, form: Form.of(line, rank: rank))
        message.isException = rank >= .echo && Judgement.isBareException(line.bytes)
        if line.bytes.has("Exception ignored", at: 0) { message.rank = .noise }
        if let name = ExceptionName(line.bytes), name.isFarewell, line.level == nil { message.rank = .farewell }
        if message.isException, let name = ExceptionName(line.bytes), name.isEcho { message.rank = .echo }
        if message.level == nil { message.level = Judgement.inner(line.bytes, words: Words(line.bytes)) }
        return message
    }
}
