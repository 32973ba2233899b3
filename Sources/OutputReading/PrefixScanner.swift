/// Finds out where the message begins in a line, and reads level and origin out of what is before it.
///
/// Loggers put the same few parts together in any order: a time, a level, a logger, a place in the source, a
/// process. One part after the other is taken off as long as it is one for certain; what is left is the message.
struct PrefixScanner {
    let line: [UInt8]
    /// Where the message begins, as far as is known.
    private(set) var place = 0
    private(set) var level: Level?
    private(set) var isMarked = false
    private(set) var origin = ""
    private var hasTime = false

    init(_ line: [UInt8]) { self.line = line }

    mutating func scan() {
        for _ in 0..<16 {
            let start = line.afterBlanks(at: place)
            guard start < line.count else { return }
            // An indented line is a part of something: a frame, a source line. Only a level or a time that
            // follows no more than one blank begins a message.
            if !isMarked && origin.isEmpty && start > 1 { return }
            if isMarked && start - place > 9 { return }
            guard
                scanCarrier(at: start) || scanTime(at: start) || scanGlog(at: start) || scanBracket(at: start)
                    || scanLevel(at: start) || scanLogger(at: start)
            else { return }
        }
    }

    private mutating func take(to end: Int, marks: Bool = true) -> Bool {
        place = end < line.count && line[end].isBlank ? end + 1 : end
        isMarked = isMarked || marks
        return true
    }

    // MARK: Where several processes share an output

    private mutating func scanCarrier(at start: Int) -> Bool {
        if line[start] == UInt8(ascii: "("), let end = close(from: start, with: ")"), isProcess(line[start + 1..<end]) {
            origin += String(decoding: line[start...end], as: UTF8.self)
            return take(to: end + 1, marks: false)
        }
        if line[start] == UInt8(ascii: "<") {
            // systemd's `<3>`, and the `<stderr>:` of mpirun after `[1,0]`.
            if let digit = line.afterDigits(at: start + 1, most: 1), line.has(">", at: digit) {
                level = Level(syslog: line[start + 1] - 48) ?? level
                return take(to: digit + 1)
            }
            for name: StaticString in ["<stderr>:", "<stdout>:"] where line.has(name, at: start) {
                return take(to: start + name.utf8CodeUnitCount, marks: false)
            }
        }
        let end = line.afterToken(at: start)
        let token = line[start..<end]
        let next = line.afterBlanks(at: end)
        // docker compose and pm2: `web-1  | `; stern: `pod container › `.
        if !isMarked, origin.isEmpty, next > end, isContainer(token), line.has("|", at: next),
            next + 1 == line.count || line[next + 1].isBlank
        {
            origin += String(decoding: token, as: UTF8.self)
            return take(to: next + 1, marks: false)
        }
        if hasTime {
            for stream: StaticString in ["stdout F ", "stderr F ", "stdout P ", "stderr P "]
            where line.has(stream, at: start) {
                return take(to: start + 8)
            }
            // syslog and journald: `host prog[123]: `, and `app[web.1]: `.
            if isProgram(token) {
                origin += String(decoding: token, as: UTF8.self)
                return take(to: end)
            }
            let after = line.afterToken(at: next)
            if next == end + 1, next < line.count, isProgram(line[next..<after]) {
                origin += String(decoding: line[next..<after], as: UTF8.self)
                return take(to: after)
            }
        }
        // The output of a worker in the log of TorchServe: `W-9000-m_1.0-stderr MODEL_LOG - `.
        if isMarked, line.has("MODEL_LOG - ", at: next) {
            origin += String(decoding: token, as: UTF8.self)
            return take(to: next + 11)
        }
        return false
    }

    /// `pid=123`, `raylet`, `ServeReplica:app:Adder pid=1`, `EngineCore_0 pid=12`, `autoscaler +4s`.
    private func isProcess(_ name: ArraySlice<UInt8>) -> Bool {
        guard let first = name.first, name.count <= 100, first.isLetter else { return false }
        if name.has("pid=") || name.has("ip=") || name.has("rank=") { return true }
        guard name.allSatisfy({ $0.isNamePart || $0.isOne(of: ":.-+ @") }) else { return false }
        if name.elementsEqual("raylet".utf8) || name.starts(with: "autoscaler".utf8)
            || name.elementsEqual("gcs_server".utf8)
        {
            return true
        }
        // A name in camel case, with nothing after it: `(EngineCore_0)`, `(APIServer)`.
        return first.isUppercase && !name.contains(32) && name.dropFirst().contains(where: \.isUppercase)
            && name.contains(where: \.isLowercase)
    }

    private func isContainer(_ token: ArraySlice<UInt8>) -> Bool {
        guard let first = token.first, first.isNamePart, Level(word: token) == nil,
            token.allSatisfy({ $0.isNamePart || $0.isOne(of: ".-|") })
        else { return false }
        return !token.allSatisfy(\.isDigit)
    }

    /// `prog[123]:`, `kernel:`.
    private func isProgram(_ token: ArraySlice<UInt8>) -> Bool {
        guard token.last == UInt8(ascii: ":") else { return false }
        if token.elementsEqual("kernel:".utf8) || token.elementsEqual("systemd:".utf8) { return true }
        guard token.dropLast().last == UInt8(ascii: "]"), let open = token.firstIndex(of: UInt8(ascii: "[")),
            open > token.startIndex
        else { return false }
        return token[..<open].allSatisfy { $0.isNamePart || $0.isOne(of: ".-@/()") }
    }

    // MARK: Times

    private mutating func scanTime(at start: Int) -> Bool {
        guard line[start].isDigit || line[start].isUppercase, let end = Timestamp.end(in: line, at: start) else {
            return false
        }
        hasTime = true
        _ = take(to: afterSeparator(at: end))
        // TensorFlow: `2026-11-30 10:00:00.123456: E path/file.cc:12] message`.
        scanLetter()
        return true
    }

    /// A level of one letter that follows a time.
    private mutating func scanLetter() {
        let start = line.afterBlanks(at: place)
        guard start + 1 < line.count, let letter = Level(letter: line[start]) else { return }
        guard line[start + 1].isBlank || line[start + 1] == UInt8(ascii: "/") else { return }
        level = letter
        _ = take(to: start + 1)
        let source = line.afterBlanks(at: place)
        let end = line.afterToken(at: source)
        if end > source, line[end - 1] == UInt8(ascii: "]"), line[source] != UInt8(ascii: "[") { _ = take(to: end) }
    }

    /// `E1130 10:00:00.123456 7 repo.cc:5] `, and the same of absl before it is initialised.
    private mutating func scanGlog(at start: Int) -> Bool {
        guard let letter = Level(letter: line[start]), let date = line.afterDigits(at: start + 1, least: 4, most: 8),
            date < line.count, line[date].isBlank
        else { return false }
        let clock = line.afterBlanks(at: date)
        let clockEnd = line.afterToken(at: clock)
        guard line[clock..<clockEnd].allSatisfy({ $0.isDigit || $0.isOne(of: ":.") }),
            line[clock..<clockEnd].contains(UInt8(ascii: ":"))
        else { return false }
        let limit = Swift.min(line.count, clockEnd + 200)
        guard let end = line[clockEnd..<limit].firstIndex(of: UInt8(ascii: "]")) else { return false }
        level = letter
        hasTime = true
        return take(to: end + 1)
    }

    /// `,`, `-`, `|` or `:` between two parts.
    private func afterSeparator(at end: Int) -> Int {
        let next = line.afterBlanks(at: end)
        guard next < line.count, line[next].isOne(of: "-|:,") else { return end }
        return next + 1 == line.count || line[next + 1].isBlank ? next + 1 : end
    }

    private func close(from start: Int, with mark: StaticString) -> Int? {
        line[start..<Swift.min(line.count, start + 120)].firstIndex { $0.isOne(of: mark) }
    }

    // MARK: Brackets

    private mutating func scanBracket(at start: Int) -> Bool {
        let closing: StaticString
        switch line[start] {
        case UInt8(ascii: "["): closing = "]"
        case UInt8(ascii: "("): closing = ")"
        case UInt8(ascii: "<"): closing = ">"
        default: return false
        }
        guard let end = close(from: start, with: closing) else { return false }
        let from = line.afterBlanks(at: start + 1)
        guard from < end else { return false }
        var to = end
        while line[to - 1].isBlank { to -= 1 }
        let content = line[from..<to]
        guard let understood = understand(content, isSquare: closing.utf8Start.pointee == UInt8(ascii: "]")) else {
            return false
        }
        if understood.isOrigin { origin += String(decoding: content, as: UTF8.self) }
        level = understood.level ?? level
        var after = end + 1
        if after < line.count, line[after].isOne(of: ":"), after + 1 == line.count || !line[after + 1].isOne(of: ":") {
            after += 1
        }
        return take(to: afterSeparator(at: after), marks: !understood.isOrigin)
    }

    private func understand(_ content: ArraySlice<UInt8>, isSquare: Bool) -> (level: Level?, isOrigin: Bool)? {
        if let level = Level(word: content) { return (level, false) }
        if content.count == 1, let first = content.first, let letter = Level(letter: first) { return (letter, false) }
        // `[E:onnxruntime:Default, file.cc:12 Name]`, `[ERROR|modeling.py:12]`, `[ERROR/MainProcess]`.
        let word = content.prefix { $0.isLetter }
        if isSquare, word.count < content.count, content[word.endIndex].isOne(of: ":|/, ") {
            if let level = Level(word: word), word.contains(where: \.isUppercase) { return (level, false) }
            if word.count == 1, content[word.endIndex] == UInt8(ascii: ":"), let level = Level(letter: word.first ?? 0)
            {
                return (level, false)
            }
        }
        let glog = Array(content)
        if glog.count > 12, Level(letter: glog[0]) != nil, glog.afterDigits(at: 1, least: 4, most: 4) == 5,
            glog[5].isBlank
        {
            return (Level(letter: glog[0]), false)
        }
        if content.starts(with: "rank".utf8), content.dropFirst(4).allSatisfy(\.isDigit) { return (nil, true) }
        if content.starts(with: "pod/".utf8) { return (nil, true) }
        if isSquare, Timestamp.end(in: glog, at: 0) != nil {
            let words = content.split(whereSeparator: \.isBlank)
            let letter = words.dropFirst(2).first.flatMap { $0.count == 1 ? $0.first : nil }
            return (words.lazy.compactMap { Level(word: $0) }.first ?? letter.flatMap { Level(letter: $0) }, false)
        }
        if isSquare, content.allSatisfy({ $0.isDigit || $0.isOne(of: "., #") }), content.contains(where: \.isDigit) {
            return (nil, !isMarked && content.contains(UInt8(ascii: ",")))
        }
        let isShort = content.count <= 80 && !content.contains(where: \.isBlank)
        guard isShort, !content.has("rror"), !content.has("xception") else { return nil }
        if SourcePlace.isPlace(content) { return (nil, false) }
        guard isMarked, content.allSatisfy({ $0.isNamePart || $0.isOne(of: ".:/-$@#=,<>") }) else { return nil }
        return (nil, false)
    }

    // MARK: Levels

    private mutating func scanLevel(at start: Int) -> Bool {
        var end = start
        while end < line.count, line[end].isLetter, end - start < 12 { end += 1 }
        let word = line[start..<end]
        guard let found = Level(word: word) else { return false }
        let isUpper = word.allSatisfy(\.isUppercase)
        let isShort = [
            "err", "wrn", "inf", "dbg", "trc", "ftl", "pnc", "log", "note", "fail", "fine", "config", "success",
        ]
        .contains(String(decoding: word.map(\.lowercased), as: UTF8.self))
        let next = end < line.count ? line[end] : 32
        let blanks = line.afterBlanks(at: end) - end
        switch next {
        case UInt8(ascii: ":"):
            let hasBlank = end + 1 == line.count || line[end + 1].isBlank
            // `Error: …` is an exception of Node or an answer of click; `panic: …` a form of its own.
            if !isUpper, word.first?.isUppercase == true, found == .error, !word.elementsEqual("Fatal".utf8),
                !word.elementsEqual("Critical".utf8)
            {
                return false
            }
            if word.elementsEqual("panic".utf8) || (isShort && !isUpper && !word.elementsEqual("fail".utf8)) {
                return false
            }
            if !hasBlank {
                // `ERROR:root:message`.
                guard isUpper, let colon = loggerEnd(from: end + 1) else { return false }
                level = found
                return take(to: colon)
            }
            if !isUpper, Words(line[start...]).sayNothing(after: 0) { return false }
            level = found
            // uvicorn fills up to ten columns.
            let padded = Swift.max(end + 2, Swift.min(start + 10, line.afterBlanks(at: end + 1)))
            place = Swift.min(padded, line.count)
            isMarked = true
            return true
        case UInt8(ascii: "]"), UInt8(ascii: "|"):
            guard isMarked || isUpper else { return false }
        case 32, 9:
            let isColumn = isMarked && (blanks >= 2 || next == 9)
            guard isUpper && (!isShort || isMarked) || isColumn else { return false }
            if !isMarked, found == .error, word.count < 5 { return false }
        default: return false
        }
        level = found
        return take(to: afterSeparator(at: end))
    }

    /// The place after `root:` in `ERROR:root:message`, or after `app.py:12:`.
    private func loggerEnd(from start: Int) -> Int? {
        let end = line.afterToken(at: start)
        guard let colon = line[start..<end].firstIndex(of: UInt8(ascii: ":")), colon > start, colon + 1 < line.count,
            !line[colon + 1].isBlank || colon + 1 == line.count,
            line[start..<colon].allSatisfy({ $0.isNamePart || $0.isOne(of: ".-/") })
        else { return nil }
        return colon + 1
    }

    // MARK: Loggers and places in the source

    private mutating func scanLogger(at start: Int) -> Bool {
        let end = line.afterToken(at: start)
        let token = line[start..<end]
        guard token.count <= 100, end < line.count, let last = token.last else { return false }
        let isLast = line.afterBlanks(at: end) == line.count
        guard !isLast else { return false }
        // In an assertion the place is a part of the message, so it goes only after a time or a level.
        if last == UInt8(ascii: "]") || (last == UInt8(ascii: ":") && isMarked), SourcePlace.isPlace(token.dropLast()) {
            return take(to: end)
        }
        if SourcePlace.isPlace(token), SourcePlace.hasFunction(token) || isMarked {
            return take(to: afterSeparator(at: end))
        }
        guard isMarked else { return false }
        let next = line.afterBlanks(at: end)
        let isName = token.allSatisfy { $0.isNamePart || $0.isOne(of: ".:/-$@#<>[]") }
        // Ray: `controller 1669 -- `, `worker.py:2029 -- `.
        if let dashes = line[start..<Swift.min(line.count, start + 60)].firstPlace(of: " -- ", from: start),
            line[start..<dashes].split(separator: 32).count <= 3
        {
            return take(to: dashes + 3)
        }
        // A logger before its level: `uvicorn.error ERROR: `.
        if level == nil, hasTime, isName, next > end {
            var word = line[next..<line.afterToken(at: next)]
            if word.last == UInt8(ascii: ":") { word = word.dropLast() }
            if word.allSatisfy(\.isUppercase), word.count >= 4, Level(word: word) != nil { return take(to: end) }
        }
        // `mod.name - `, `mod:function:12 - `, `o.s.Boot : `, `name | `.
        if isName, line.has("- ", at: next) || line.has("| ", at: next) || line.has(": ", at: next),
            !token.elementsEqual("-".utf8)
        {
            return take(to: next + 1)
        }
        // The thread of log4j before its logger: `main org.app.Loader - `.
        let after = line.afterToken(at: next)
        if isName, level != nil, next < after, line[next..<after].contains(UInt8(ascii: ".")),
            line.has(" - ", at: after),
            line[next..<after].allSatisfy({ $0.isNamePart || $0.isOne(of: ".$") })
        {
            return take(to: after + 2)
        }
        if token.elementsEqual("---".utf8) || token.elementsEqual("-".utf8) || token.elementsEqual("|".utf8) {
            return take(to: end)
        }
        // `1#1:` of nginx, and the process of Spring: `ERROR 123 --- [main]`.
        if last == UInt8(ascii: ":"), token.contains(UInt8(ascii: "#")),
            token.dropLast().allSatisfy({ $0.isDigit || $0 == 35 })
        {
            return take(to: end)
        }
        if token.allSatisfy(\.isDigit), line.has("---", at: next) || (hasTime && level == nil && token.count > 3) {
            return take(to: end)
        }
        // `target::path: ` of Rust. With dots it may be a file or an exception.
        if last == UInt8(ascii: ":"), isName, token.has("::"), !token.has("rror"), !token.has("xception") {
            return take(to: end)
        }
        return false
    }
}

/// A place in a source file: `core.py:718`, `repo.cc:5`, `csrc/model.cc:Validate:57`.
enum SourcePlace {
    private static let endings: Set<String> = [
        "py", "cc", "cpp", "cxx", "c", "h", "hpp", "cu", "cuh", "rs", "go", "java", "kt", "js", "ts", "mjs", "swift",
        "scala", "rb", "mm", "m", "inl", "cs",
    ]

    static func isPlace(_ token: ArraySlice<UInt8>) -> Bool {
        guard let colon = token.firstIndex(of: UInt8(ascii: ":")), let last = token.last,
            last.isDigit || last == 41 || last.isNamePart,
            let dot = token[..<colon].lastIndex(of: UInt8(ascii: ".")), colon - dot <= 6
        else { return false }
        guard endings.contains(String(decoding: token[(dot + 1)..<colon], as: UTF8.self)) else { return false }
        // Something after the colon must be a line: all digits.
        return token[(colon + 1)...].split(separator: UInt8(ascii: ":")).contains { $0.allSatisfy(\.isDigit) }
    }

    static func hasFunction(_ token: ArraySlice<UInt8>) -> Bool {
        token.split(separator: UInt8(ascii: ":")).count == 3 && token.last?.isDigit == true
            && token.first == UInt8(ascii: "/")
    }
}
