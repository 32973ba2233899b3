/// One line of output, taken apart into what the logger wrote around the message, and the message.
struct OutputLine: Sendable {
    /// Its place in the output, from 0.
    var index: Int
    /// What marks the process that wrote it where several share an output: `(EngineCore_0 pid=12)`.
    var origin: String
    /// nil if the line names none.
    var level: Level?
    /// Whether the line carries a level, a time or a logger: it then begins a message of its own.
    var isMarked: Bool
    /// What the logger wrote before the message.
    var prefix: ArraySlice<UInt8>
    /// Whether the line was wrapped in JSON.
    var isUnwrapped = false
    /// How many blanks are between prefix and message.
    var indent: Int
    /// The message, without blanks at both ends.
    var text: String
    /// The same as bytes.
    var bytes: [UInt8]

    var isEmpty: Bool { bytes.isEmpty }

    init(index: Int, visible line: [UInt8], isTimeCarried: Bool = false, isNumbered: Bool = false) {
        var scanner = PrefixScanner(line, isTimeCarried: isTimeCarried, isNumbered: isNumbered)
        scanner.scan()
        self.init(
            index: index, origin: scanner.origin, level: scanner.level, isMarked: scanner.isMarked,
            prefix: line[..<scanner.place], rest: line[scanner.place...])
    }

    init(
        index: Int, origin: String, level: Level?, isMarked: Bool, prefix: ArraySlice<UInt8> = [],
        rest: ArraySlice<UInt8>
    ) {
        self.prefix = prefix
        self.index = index
        self.origin = origin
        self.level = level
        self.isMarked = isMarked
        let start = rest.firstIndex { !$0.isBlank } ?? rest.endIndex
        let end = rest.lastIndex { !$0.isBlank }.map { $0 + 1 } ?? start
        indent = start - rest.startIndex
        bytes = Array(rest[start..<Swift.max(start, end)])
        text = String(decoding: bytes, as: UTF8.self)
    }

    static func lines(of output: String) -> [OutputLine] {
        let lines = VisibleLines.split(output)
        let written = lines.filter { !$0.isEmpty && !Noise.isNote($0) && $0[0].isDigit }
        let isEvery = written.count > 2 && written.count == lines.count(where: { !$0.isEmpty && !Noise.isNote($0) })
        // Times such as those of `docker logs -t` are the carrier's: a logger writes none before the lines of a
        // traceback.
        let isTimeCarried = isEvery && written.allSatisfy { Timestamp.end(in: $0, at: 0) != nil }
        let isNumbered =
            isEvery
            && written.allSatisfy { line in
                line.afterDigits(at: 0, most: 4).map {
                    line.has(":", at: $0) && ($0 + 1 == line.count || line[$0 + 1].isBlank)
                } == true
            }
        return lines.enumerated().map {
            OutputLine(index: $0.offset, visible: $0.element, isTimeCarried: isTimeCarried, isNumbered: isNumbered)
        }
    }
}
