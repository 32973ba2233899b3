/// Reads the tracebacks of Python: chained ones, groups, those of other processes, with and without their beginning.
struct PythonTraceback {
    let lines: [OutputLine]

    /// One exception of a chain.
    private struct Raised {
        var name: ExceptionName
        var text: String
        var line: OutputLine
        var rank: Rank
    }

    static func begins(_ line: OutputLine) -> Bool {
        line.bytes.has("Traceback (most recent call last)")
    }

    static func isFrame(_ line: OutputLine) -> Bool {
        line.bytes.has("File \"", at: 0) && line.bytes.has(", line ")
    }

    /// - Parameter start: the line with the beginning, or with a frame whose beginning is missing.
    /// - Returns: the message, lines in between that belong to others, and the line that follows.
    func read(from start: Int) -> (message: Message?, strays: [Int], next: Int) {
        var chain: [Raised] = []
        var strays: [Int] = []
        var place = start
        var end = start + 1
        while true {
            let one = readOne(from: place, strays: &strays)
            end = one.next
            guard let raised = one.raised else { break }
            chain.append(raised)
            // `RuntimeError: Traceback (most recent call last):` quotes another traceback.
            if PythonTraceback.begins(raised.line), lines[end - 1].index == raised.line.index {
                place = end - 1
                continue
            }
            guard let following = nextInChain(after: end) else { break }
            place = following
        }
        return (message(of: chain, from: lines[start], to: lines[end - 1]), strays, end)
    }

    /// The beginning of the traceback that a sentence of Python ties to the one before, or of the frames that
    /// follow the message of an exception which quotes another process.
    private func nextInChain(after end: Int) -> Int? {
        var place = end
        var isTied = false
        while place < lines.count, place - end < 10 {
            let line = lines[place]
            if PythonTraceback.isTie(line) {
                isTied = true
            } else if PythonTraceback.begins(line) {
                return isTied ? place : nil
            } else if PythonTraceback.isFrame(line), line.indent > 0 {
                return place
            } else if !line.isEmpty, !line.bytes.allSatisfy({ $0 == UInt8(ascii: "\"") }), !isTied || line.level == nil
            {
                return nil
            }
            place += 1
        }
        return nil
    }

    static func isTie(_ line: OutputLine) -> Bool {
        line.bytes.has("The above exception was the direct cause of the following exception")
            || line.bytes.has("During handling of the above exception, another exception occurred")
    }

    private func readOne(from start: Int, strays: inout [Int]) -> (raised: Raised?, next: Int) {
        let head = lines[start]
        let isCut = !PythonTraceback.begins(head)
        // `traceback : Traceback (most recent call last):` of torchrun stands in a block that is indented as a whole.
        let isBlock =
            head.bytes.has("Traceback", at: 0) || start + 1 < lines.count && lines[start + 1].indent > head.indent
        let base = isCut ? Swift.max(0, head.indent - 2) : isBlock ? head.indent : 0
        var frames = TracebackFrames()
        var place = isCut ? start : start + 1
        var skipped: [Int] = []
        var blanks = 0
        reading: while place < lines.count {
            let line = lines[place]
            if line.isEmpty {
                blanks += 1
                if blanks > 3 { break reading }
                place += 1
                continue
            }
            blanks = 0
            if Noise.isNote(line.bytes) {
                break reading
            } else if place > start, PythonTraceback.begins(line) {
                guard line.indent <= base, let name = ExceptionName(line.bytes) else { break reading }
                return (Raised(name: name, text: name.name, line: line, rank: .echo), place + 1)
            } else if isBox(line.bytes) || line.indent > base || PythonTraceback.isFrame(line) {
                frames.add(line)
            } else if let name = ExceptionName(line.bytes) {
                strays += skipped
                let (text, next) = message(at: place)
                let rank = rank(of: name, text: text)
                let shown = name.isWeak ? text + frames.place(forMessage: name.message) : text
                return (Raised(name: name, text: shown, line: line, rank: rank), next)
            } else {
                skipped.append(place)
                if skipped.count > 8 { break reading }
            }
            place += 1
        }
        strays += skipped
        return (nil, Swift.max(place, start + 1))
    }

    /// The frame that rich draws around a traceback.
    private func isBox(_ bytes: [UInt8]) -> Bool {
        bytes.count > 2 && bytes[0] == 0xE2 && (bytes[1] == 0x94 || bytes[1] == 0x95)
    }

    /// The text of an exception from its first line on, and the line that follows.
    private func message(at start: Int) -> (text: String, next: Int) {
        let own = Continuation(lines: lines).end(after: start)
        let continuation = endBeforeTie(after: own, like: lines[start]) ?? own
        let text = Continuation.text(lines[start..<continuation])
        return (text.hasPrefix("__main__.") ? String(text.dropFirst(9)) : text, continuation)
    }

    /// The end of a message with blank lines in it: what stands between an exception and the sentence that ties it to
    /// the next one is its message, as of the errors of Hugging Face's hub.
    private func endBeforeTie(after start: Int, like first: OutputLine) -> Int? {
        var end = start
        for place in start..<Swift.min(start + 10, lines.count) {
            let line = lines[place]
            if PythonTraceback.isTie(line) { return end }
            if line.isEmpty || line.bytes.allSatisfy({ $0 == UInt8(ascii: "\"") }) { continue }
            let isOther =
                PythonTraceback.begins(line) || PythonTraceback.isFrame(line) || Noise.isNote(line.bytes)
                || line.isMarked != first.isMarked || line.level != first.level || Judgement.isBareException(line.bytes)
            if isOther { return nil }
            end = place + 1
        }
        return nil
    }

    private func rank(of name: ExceptionName, text: String) -> Rank {
        if name.isFarewell { return .farewell }
        if name.isEcho || text.utf8.count > 5 && Array(name.message.utf8).has("ray::") { return .echo }
        if name.message.isEmpty { return .reason }
        // With the lines that the message goes on in.
        let whole = ExceptionName(Array(text.utf8))?.message ?? text
        var rank = Judgement.rank(ofError: Array(whole.utf8), isException: true)
        // What stands below may be another program's, such as a parent that tells the exit code.
        let first = Judgement.rank(ofError: Array(name.message.utf8), isException: true)
        if rank != .noise, first != .noise { rank = Swift.max(rank, first) }
        return rank == .noise && !Words(Array(whole.utf8)).words.isEmpty ? .noise : Swift.max(rank, .echo)
    }

    /// What a person would name of a chain: the first of it, unless that is a mere look-up or an echo.
    private func message(of chain: [Raised], from start: OutputLine, to end: OutputLine) -> Message? {
        guard let last = chain.last else { return nil }
        if chain.contains(where: { $0.rank == .noise }) {
            return make(last, rank: .noise, from: start, to: end)
        }
        let real = chain.filter { $0.rank != .farewell }
        guard let first = real.first else { return make(last, rank: .farewell, from: start, to: end) }
        let reasons = real.filter { $0.rank == .reason }
        let root = reasons.first { !$0.name.isWeak } ?? reasons.first ?? real.first { $0.rank == .vague } ?? first
        var message = make(root, rank: root.rank, from: start, to: end)
        if let outer = real.last, outer.line.index > root.line.index, outer.text != root.text {
            message.outer = OutputReading.Finding(text: OneLine.text(outer.text), line: outer.line.index)
        }
        return message
    }

    private func make(_ raised: Raised, rank: Rank, from start: OutputLine, to end: OutputLine) -> Message {
        var message = Message(OneLine.text(raised.text), at: raised.line, rank: rank, form: .pythonTraceback)
        message.firstLine = start.index
        message.lastLine = end.index
        message.level = .error
        message.isException = true
        return message
    }
}

/// The frames of a traceback: where an exception without a message was raised.
struct TracebackFrames {
    private struct Frame {
        var file: String
        var line: String
        var source = ""
    }

    private var frames: [Frame] = []

    mutating func add(_ line: OutputLine) {
        if PythonTraceback.isFrame(line) {
            let quoted = line.bytes.dropFirst(6).prefix { $0 != UInt8(ascii: "\"") }
            let rest = line.bytes[quoted.endIndex...]
            let number = rest.firstPlace(of: ", line ").flatMap { place in
                rest.afterDigits(at: place + 7).map { rest[(place + 7)..<$0] }
            }
            frames.append(
                Frame(
                    file: String(decoding: quoted, as: UTF8.self),
                    line: String(decoding: number ?? [], as: UTF8.self)))
        } else if !frames.isEmpty, frames[frames.count - 1].source.isEmpty,
            line.bytes.contains(where: { $0.isLetter || $0.isDigit })
        {
            frames[frames.count - 1].source = line.text
        }
    }

    /// The last frame outside installed packages: the user's own code.
    func place(forMessage message: String) -> String {
        guard let frame = frames.last(where: { !isInstalled($0.file) }) ?? frames.last else { return "" }
        let name = frame.file.split(separator: "/").last.map(String.init) ?? frame.file
        let source = frame.source.isEmpty ? "" : ": " + frame.source.prefix(160)
        return " (\(name), line \(frame.line)\(source))"
    }

    private func isInstalled(_ file: String) -> Bool {
        let bytes = Array(file.utf8)
        return bytes.has("site-packages") || bytes.has("dist-packages") || bytes.has("/lib/python")
            || bytes.has("<frozen") || bytes.has("/bin/")
            || bytes.has("importlib")
    }
}
