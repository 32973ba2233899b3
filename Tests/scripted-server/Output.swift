#if canImport(Darwin)
    import Darwin
#elseif canImport(Musl)
    import Musl
#else
    import Glibc
#endif

/// What it writes before it serves.
enum Output {
    static func write(_ options: Options) {
        if options.writesBinary { writeToBoth((0..<4096).map { UInt8($0 % 256) }) }
        if options.writesEscapes { writeToBoth(escapes) }
        for line in options.lines { scripted_server.write(line.text + "\n", to: line.descriptor) }
        if let pause = options.progressEvery {
            startThread {
                for number in 1...max(1, options.progressCount) where number <= options.progressCount {
                    scripted_server.write("progress \(number)\n", to: STDERR_FILENO)
                    sleep(milliseconds: pause)
                }
            }
        }
        flood(options)
    }

    /// Both at once: a reader that takes only one of them must not stop the other.
    private static func flood(_ options: Options) {
        let gate = Gate(count: 2)
        for (descriptor, count) in [(STDOUT_FILENO, options.floodOut), (STDERR_FILENO, options.floodError)] {
            startThread {
                flood(descriptor, count)
                gate.leave()
            }
        }
        gate.wait()
    }

    private static func flood(_ descriptor: Int32, _ count: Int) {
        let line = "flood " + String(repeating: "x", count: 57) + "\n"
        let block = Array(String(repeating: line, count: 1024).utf8)
        var left = count
        while left > 0, scripted_server.write(block.prefix(left), to: descriptor) { left -= block.count }
    }

    private static func writeToBoth(_ bytes: [UInt8]) {
        scripted_server.write(bytes, to: STDOUT_FILENO)
        scripted_server.write(bytes, to: STDERR_FILENO)
    }

    /// What a terminal, a log viewer or a browser could fall for. The last line is invalid UTF-8.
    private static var escapes: [UInt8] {
        let lines = [
            "\u{1b}[2J\u{1b}[H\u{1b}[31mred\u{1b}[0m", "\u{1b}]0;a title\u{7}",
            "\u{1b}]8;;http://example.test\u{1b}\\link",
            "\u{1b}P+q544e\u{1b}\\", "\u{9b}31m", "\u{202e}desrever\u{202c}", "\u{2066}isolated\u{2069}",
            "a\u{0}b\u{0}c",
            "over\rwritten", "back\u{8}space", "<script>alert(1)</script>", "=HYPERLINK(\"http://example.test\")",
        ]
        return Array(lines.joined(separator: "\n").utf8) + [0x0A, 0xC3, 0x28, 0xF0, 0x9F, 0xFF, 0xFE, 0x0A]
    }
}

/// Opens when so many threads have left.
private final class Gate: Sendable {
    private let pipe: (read: Int32, write: Int32)
    private let count: Int

    init(count: Int) {
        var ends: [Int32] = [0, 0]
        guard scripted_server.makePipe(&ends) else { fail("no pipe: \(errorText())", status: 71) }
        pipe = (ends[0], ends[1])
        self.count = count
    }

    func leave() { scripted_server.write([0], to: pipe.write) }

    func wait() {
        var byte: UInt8 = 0
        for _ in 0..<count { _ = read(pipe.read, &byte, 1) }
    }
}

private func makePipe(_ ends: inout [Int32]) -> Bool {
    guard pipe(&ends) == 0 else { return false }
    for end in ends { _ = fcntl(end, F_SETFD, FD_CLOEXEC) }
    return true
}
