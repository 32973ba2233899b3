/// Reads the ends of programs that are compiled: Rust, Go and C++.
struct Panic {
    let lines: [OutputLine]

    func read(at start: Int) -> (message: Message, next: Int)? {
        let bytes = lines[start].bytes
        if let place = bytes.firstPlace(of: "panicked at ") { return rust(at: start, place: place + 12) }
        if bytes.has("panic: ", at: 0) || bytes.has("fatal error: ", at: 0) && isGo(after: start) {
            return go(at: start)
        }
        if bytes.has("goroutine ", at: 0), bytes.last == UInt8(ascii: ":") {
            // Those of a program that a signal ended have no panic before them.
            let next = afterGoroutines(from: start)
            var message = Message(lines[start].text, at: lines[start], rank: .noise, form: .goPanic)
            message.lastLine = lines[next - 1].index
            return (message, next)
        }
        if bytes.has("terminate called", at: 0) || bytes.has("libc++abi: ", at: 0) { return terminate(at: start) }
        if bytes.has("Error:", at: 0) { return causedBy(at: start) }
        return nil
    }

    private func make(_ parts: [String], at line: Int, next: Int, form: Form) -> (message: Message, next: Int) {
        let text = OneLine.text(parts)
        let rank = Swift.max(Judgement.rank(ofError: Array(text.utf8), isException: true), .echo)
        var message = Message(text, at: lines[line], rank: rank, form: form)
        message.firstLine = Swift.min(message.firstLine, lines[line].index)
        message.lastLine = lines[next - 1].index
        message.level = .error
        message.isException = true
        return (message, next)
    }

    /// New: `thread 'main' panicked at src/main.rs:4:5:` and the message in the next lines. Old: quoted, before the place.
    private func rust(at start: Int, place: Int) -> (message: Message, next: Int)? {
        let bytes = lines[start].bytes
        if bytes.has("'", at: place), let close = bytes.firstPlace(of: "', ", from: place + 1) {
            return make(
                [String(decoding: bytes[(place + 1)..<close], as: UTF8.self)], at: start, next: start + 1,
                form: .rustPanic)
        }
        guard bytes.last == UInt8(ascii: ":") else {
            return make(
                [String(decoding: bytes[place...], as: UTF8.self)], at: start, next: start + 1, form: .rustPanic)
        }
        var next = start + 1
        var parts: [String] = []
        while next < lines.count, next - start < 8, !lines[next].isEmpty {
            let line = lines[next]
            let isOver =
                line.bytes.has("note: ", at: 0) || line.bytes.has("stack backtrace:", at: 0)
                || line.bytes.has("panicked at ") || (!parts.isEmpty && line.isMarked)
            if isOver { break }
            parts.append(line.text)
            next += 1
        }
        guard !parts.isEmpty else {
            return make([lines[start].text], at: start, next: start + 1, form: .rustPanic)
        }
        let text = make(parts, at: start + 1, next: next, form: .rustPanic)
        return (text.message, afterNumberedFrames(from: next))
    }

    /// `   0: std::panicking::…` and `at /path`, below `stack backtrace:`.
    private func afterNumberedFrames(from start: Int) -> Int {
        guard start < lines.count, lines[start].bytes.has("stack backtrace:", at: 0) else { return start }
        var place = start + 1
        while place < lines.count, lines[place].indent > 0 { place += 1 }
        return place
    }

    private func isGo(after start: Int) -> Bool {
        lines[start...].prefix(6).contains {
            $0.bytes.has("goroutine ", at: 0) || $0.bytes.has("runtime stack:", at: 0)
        }
    }

    private func go(at start: Int) -> (message: Message, next: Int) {
        var next = start + 1
        var parts = [lines[start].text]
        // The message ends before the first goroutine; further panics while unwinding are indented.
        while next < lines.count, next - start < 12, !lines[next].isEmpty, !lines[next].isMarked {
            if lines[next].bytes.has("goroutine ", at: 0) { break }
            if lines[next].bytes.has("panic: ", at: 0) || lines[next].bytes.has("[signal ", at: 0) || next - start > 4 {
                break
            }
            parts.append(lines[next].text)
            next += 1
        }
        let text = make(parts, at: start, next: next, form: .goPanic)
        return (text.message, afterGoroutines(from: next))
    }

    private func afterGoroutines(from start: Int) -> Int {
        var place = start
        var end = start
        while place < lines.count, place - end < 4 {
            guard lines[place].bytes.has("goroutine ", at: 0) else {
                place += 1
                continue
            }
            while place < lines.count, !lines[place].isEmpty { place += 1 }
            end = place
        }
        return end
    }

    /// `terminate called after throwing an instance of 'X'` and `what():  message`; libc++ says it in one line.
    private func terminate(at start: Int) -> (message: Message, next: Int) {
        let bytes = lines[start].bytes
        for mark: StaticString in ["uncaught exception of type ", "throwing an instance of "] {
            guard let place = bytes.firstPlace(of: mark) else { continue }
            let type = bytes[(place + mark.utf8CodeUnitCount)...]
            let name = String(decoding: type.filter { $0 != UInt8(ascii: "'") }, as: UTF8.self)
            guard start + 1 < lines.count, let what = lines[start + 1].bytes.firstPlace(of: "what():") else {
                return make([name], at: start, next: start + 1, form: .terminate)
            }
            // `what():  kaldi::KaldiFatalError` of an exception without words.
            if lines[start + 1].bytes[(what + 7)...].drop(while: \.isBlank).elementsEqual(name.utf8) {
                var empty = make([name], at: start, next: start + 2, form: .terminate)
                empty.message.rank = .echo
                return empty
            }
            var parts = [name + ":", String(decoding: lines[start + 1].bytes[(what + 7)...], as: UTF8.self)]
            let end = Continuation(lines: lines).end(after: start + 1)
            for line in lines[(start + 2)..<Swift.max(end, start + 2)].prefix(4) { parts.append(line.text) }
            return make(parts, at: start + 1, next: Swift.min(Swift.max(end, start + 2), start + 6), form: .terminate)
        }
        return make([lines[start].text], at: start, next: start + 1, form: .terminate)
    }

    /// What anyhow and eyre print for an error that `main` returns: the context first, the root last.
    private func causedBy(at start: Int) -> (message: Message, next: Int)? {
        var next = start + 1
        let hasText = lines[start].bytes.count > 6
        while next < lines.count, next - start < 6, lines[next].isEmpty || isNumbered(lines[next]) && !hasText {
            next += 1
        }
        if !hasText {
            let parts = lines[(start + 1)..<next].filter { !$0.isEmpty }.map(withoutNumber)
            return parts.isEmpty
                ? nil : make([parts.joined(separator: ": ")], at: start + 1, next: next, form: .causedBy)
        }
        guard next < lines.count, lines[next].bytes.elementsEqual("Caused by:".utf8) else { return nil }
        next += 1
        var parts = [lines[start].text]
        while next < lines.count, lines[next].indent > 0, !lines[next].isEmpty, parts.count < 12 {
            parts.append(withoutNumber(lines[next]))
            next += 1
        }
        return make([parts.joined(separator: ": ")], at: start, next: next, form: .causedBy)
    }

    private func isNumbered(_ line: OutputLine) -> Bool {
        line.bytes.afterDigits(at: 0).map { line.bytes.has(": ", at: $0) } ?? false
    }

    private func withoutNumber(_ line: OutputLine) -> String {
        guard let end = line.bytes.afterDigits(at: 0), line.bytes.has(": ", at: end) else { return line.text }
        return String(decoding: line.bytes[(end + 2)...], as: UTF8.self)
    }
}
