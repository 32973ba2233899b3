/// Finds out where the message begins in a line, and reads level and origin out of what is before it.
///
/// Loggers put the same few parts together in any order: a time, a level, a logger, a place in the source, a
/// process. One part after the other is taken off as long as it is one for certain; what is left is the message.
struct PrefixScanner {
    let line: [UInt8]
    /// Where the message begins, as far as is known.
    var place = 0
    var level: Level?
    var isMarked = false
    var origin = ""
    var hasTime = false
    /// Whether a time is the carrier's, which puts one before every line, also before each of a traceback.
    let isTimeCarried: Bool
    /// Whether every line begins with the number of the task that wrote it, as srun labels them.
    let isNumbered: Bool

    init(_ line: [UInt8], isTimeCarried: Bool = false, isNumbered: Bool = false) {
        self.line = line
        self.isTimeCarried = isTimeCarried
        self.isNumbered = isNumbered
    }

    /// Whether a part was found after which a logger or a level may follow.
    var hasBegun: Bool { isMarked || hasTime }

    mutating func scan() {
        for _ in 0..<16 {
            let start = line.afterBlanks(at: place)
            guard start < line.count else { return }
            // An indented line is a part of something: a frame, a source line. Only a level or a time that
            // follows no more than one blank begins a message.
            if !isMarked && start - place > 1 { return }
            if isMarked && start - place > 9 { return }
            guard
                scanCarrier(at: start) || scanTime(at: start) || scanGlog(at: start) || scanBracket(at: start)
                    || scanLevel(at: start) || scanLogger(at: start)
            else { return }
        }
    }

    /// The rest is a line of another process, as it wrote it.
    mutating func restart(at end: Int) -> Bool {
        place = end < line.count && line[end].isBlank ? end + 1 : end
        isMarked = false
        hasTime = false
        level = nil
        return true
    }

    mutating func take(to end: Int, marks: Bool = true) -> Bool {
        place = end < line.count && line[end].isBlank ? end + 1 : end
        isMarked = isMarked || marks
        return true
    }

    // MARK: Times

    mutating func scanTime(at start: Int) -> Bool {
        guard line[start].isDigit || line[start].isUppercase, let end = Timestamp.end(in: line, at: start) else {
            return false
        }
        hasTime = true
        // `10:00:00,100:ERROR:app:main:12:message`, with colons alone.
        let isTight = end + 1 < line.count && line[end] == UInt8(ascii: ":") && line[end + 1].isUppercase
        _ = take(to: isTight ? end + 1 : afterSeparator(at: end), marks: !isTimeCarried)
        // TensorFlow: `2026-11-30 10:00:00.123456: E path/file.cc:12] message`.
        scanLetter()
        return true
    }

    /// A level of one letter that follows a time.
    mutating func scanLetter() {
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
    mutating func scanGlog(at start: Int) -> Bool {
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
    func afterSeparator(at end: Int) -> Int {
        let next = line.afterBlanks(at: end)
        guard next < line.count, line[next].isOne(of: "-|:,") else { return end }
        // A row of a table keeps its first bar.
        if line[next] == UInt8(ascii: "|"), line.last == line[next], next + 1 < line.count { return end }
        return next + 1 == line.count || line[next + 1].isBlank ? next + 1 : end
    }

    func close(from start: Int, with mark: StaticString) -> Int? {
        line[start..<Swift.min(line.count, start + 120)].firstIndex { $0.isOne(of: mark) }
    }
}
