/// Reads the stack traces of Java, Node.js and .NET: an exception, its frames, and what caused it.
struct StackTrace {
    let lines: [OutputLine]

    /// `at pkg.Class.method(File.java:12)`, `at fn (file.js:1:2)`, `... 12 more`, `... 12 common frames omitted`.
    static func isFrame(_ line: OutputLine) -> Bool {
        if line.bytes.has("at ", at: 0) {
            return line.indent > 0 && (line.bytes.has("(") || line.bytes.has(":") || line.bytes.has(" in "))
        }
        return line.bytes.has("... ", at: 0)
            && (line.bytes.has(" more") || line.bytes.has("stack trace") || line.bytes.has(" frames "))
            || line.bytes.has("--- End of ", at: 0)
    }

    /// Whether the exception of a stack trace is in this line.
    func begins(at place: Int) -> Bool {
        guard !lines[place].isEmpty, !StackTrace.isFrame(lines[place]), cause(in: lines[place]) == nil else {
            return false
        }
        if lines[place].bytes.has("Exception in thread \"", at: 0)
            || lines[place].bytes.has("Unhandled exception. ", at: 0)
        {
            return true
        }
        guard let (bytes, _) = StackTrace.exception(in: lines[place]), ExceptionName(bytes) != nil else { return false }
        var next = place + 1
        // Frames directly below a logger's line: the exception is in that line.
        if lines[place].isMarked, next < lines.count, !lines[next].isMarked, StackTrace.isFrame(lines[next]) {
            return true
        }
        // Messages may take several lines.
        while next < lines.count, next - place < 6 {
            if lines[next].isEmpty || lines[next].isMarked != lines[place].isMarked { return false }
            if StackTrace.isFrame(lines[next]) || cause(in: lines[next]) != nil { return true }
            if ExceptionName(lines[next].bytes)?.isError == true { return false }
            next += 1
        }
        return false
    }

    /// The exception without what the runtime says before it.
    private static func exception(in line: OutputLine) -> (bytes: [UInt8], isThread: Bool)? {
        if line.bytes.has("Exception in thread \"", at: 0), let quote = line.bytes.firstPlace(of: "\" ", from: 21) {
            return (Array(line.bytes[(quote + 2)...]), true)
        }
        for start: StaticString in [
            "Unhandled exception. ", "Uncaught ", "Unhandled Exception: ", "Uncaught exception: ",
        ]
        where line.bytes.has(start, at: 0) {
            return (Array(line.bytes[start.utf8CodeUnitCount...]), true)
        }
        if line.isMarked, ExceptionName(line.bytes) == nil, let inner = Judgement.innerException(line.bytes) {
            return (Array(line.bytes[inner...]), false)
        }
        return (line.bytes, false)
    }

    /// What follows `Caused by: `, `[cause]: ` or `---> `.
    private func cause(in line: OutputLine) -> [UInt8]? {
        for start: StaticString in ["Caused by: ", "[cause]: ", "---> "] where line.bytes.has(start, at: 0) {
            return Array(line.bytes[start.utf8CodeUnitCount...])
        }
        return nil
    }

    func read(from start: Int) -> (message: Message, next: Int)? {
        guard let head = StackTrace.exception(in: lines[start]) else { return nil }
        var texts = [(String(decoding: head.bytes, as: UTF8.self), lines[start])]
        var place = start + 1
        var isInside = false
        while place < lines.count {
            let line = lines[place]
            if StackTrace.isFrame(line) {
                isInside = true
                if line.bytes.last == UInt8(ascii: "{") { place = afterBlock(from: place + 1, texts: &texts) - 1 }
            } else if let cause = cause(in: line) {
                texts.append((String(decoding: cause, as: UTF8.self), line))
                isInside = false
            } else if line.bytes.has("Suppressed: ", at: 0) || line.bytes.has("Emitted 'error' event", at: 0) {
                isInside = true
            } else if !isInside, !line.isEmpty, !line.isMarked, place - texts[texts.count - 1].1.index < 6,
                !line.bytes.has("at ", at: 0), StackTrace.exception(in: line)?.isThread != true
            {
                texts[texts.count - 1].0 += " " + line.text
            } else {
                break
            }
            place += 1
        }
        return (message(of: texts, from: lines[start], to: lines[place - 1]), place)
    }

    /// The properties of an error of Node, which may name its cause: `[cause]: Error: …`.
    private func afterBlock(from start: Int, texts: inout [(String, OutputLine)]) -> Int {
        var place = start
        while place < lines.count, place - start < 60 {
            if lines[place].indent == 0, lines[place].bytes.first == UInt8(ascii: "}") { return place + 1 }
            if let cause = cause(in: lines[place]) {
                texts.append((String(decoding: cause, as: UTF8.self), lines[place]))
            }
            place += 1
        }
        return start
    }

    /// The system does not say which address is in use, but who wanted it does.
    private func addressInUse(_ root: String, _ outer: String) -> String? {
        let words = "Address already in use"
        guard root.hasSuffix(words), outer.contains(where: \.isNumber) else { return nil }
        return outer.contains(words) ? outer : "\(outer): \(words)"
    }

    /// Java prints the outermost exception first, and the root last.
    private func message(of texts: [(String, OutputLine)], from start: OutputLine, to end: OutputLine) -> Message {
        let real = texts.filter { text in
            ExceptionName(Array(text.0.utf8)).map { !$0.isFarewell } ?? true
        }
        let root = real.last ?? texts[0]
        var rank = Rank.farewell
        if !real.isEmpty {
            let name = ExceptionName(Array(root.0.utf8))
            rank = Swift.max(Judgement.rank(ofError: Array((name?.message ?? root.0).utf8), isException: true), .echo)
            if name?.message.isEmpty == true { rank = .reason }
            if name?.isEcho == true { rank = .echo }
        }
        var message = Message(OneLine.text(root.0), at: root.1, rank: rank, form: .stackTrace)
        if let outer = real.first, outer.1.index != root.1.index, let whole = addressInUse(root.0, outer.0) {
            message.text = OneLine.text(whole)
        } else if let outer = real.first, outer.1.index != root.1.index {
            message.outer = OutputReading.Finding(text: OneLine.text(outer.0), line: outer.1.index)
        }
        // A trace at the level of debugging is no error.
        if start.level == .detail { message.rank = Swift.min(message.rank, .ordinary) }
        // The program has dealt with what it only warns of.
        if start.level == .warning || start.level == .info { message.rank = Swift.min(message.rank, .vague) }
        message.level = .error
        message.firstLine = start.index
        message.lastLine = end.index
        message.isException = true
        return message
    }
}
