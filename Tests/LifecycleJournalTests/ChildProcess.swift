import Foundation
import TestSupport
import Testing

/// A child whose life and death the test decides. It is killed when nobody holds it any more.
final class ChildProcess {
    let pid: pid_t
    private var input: Int32
    let output: Int32
    private var unread: [UInt8] = []
    private var isReaped = false

    init(_ arguments: [String]) throws {
        let down = try Spawn.pipe()
        let up = try Spawn.pipe()
        defer {
            close(down.read)
            close(up.write)
        }
        pid = try Spawn.start(
            arguments, streams: Spawn.Streams(input: down.read, output: up.write, errors: up.write))
        (input, output) = (down.write, up.read)
    }

    deinit {
        kill()
        if input >= 0 { close(input) }
        close(output)
    }

    func send(_ line: String) {
        let bytes = Array((line + "\n").utf8)
        #expect(write(input, bytes, bytes.count) == bytes.count)
    }

    /// The next line of its output; nil after the last.
    func line() -> String? {
        while true {
            if let end = unread.firstIndex(of: UInt8(ascii: "\n")) {
                defer { unread.removeFirst(end + 1) }
                return String(decoding: unread[..<end], as: UTF8.self)
            }
            guard fill() else { return nil }
        }
    }

    /// All output until its end, and the exit status.
    func finish() -> (output: String, status: Int32) {
        while fill() {}
        return (String(decoding: unread, as: UTF8.self), wait())
    }

    /// Ends its input, and waits for its end: for a program that runs another one, which a kill would leave
    /// behind.
    func end() {
        close(input)
        input = -1
        _ = finish()
    }

    /// SIGKILL; returns when the process is gone, and with it its locks.
    func kill() {
        guard !isReaped else { return }
        signal(SIGKILL)
        _ = wait()
    }

    func signal(_ number: Int32) { _ = Foundation.kill(pid, number) }

    /// SIGSTOP; returns when the process has stopped.
    func stop() {
        signal(SIGSTOP)
        var status: Int32 = 0
        waitpid(pid, &status, WUNTRACED)
    }

    private func wait() -> Int32 {
        isReaped = true
        return Spawn.reap(pid).status
    }

    private func fill() -> Bool {
        var buffer = [UInt8](repeating: 0, count: 4096)
        let count = read(output, &buffer, buffer.count)
        guard count > 0 else { return false }
        unread += buffer[..<count]
        return true
    }
}

/// An engine in a process of its own: the program `journal-actor`.
final class EngineProcess {
    let process: ChildProcess

    /// - Parameter prefix: a program that runs it, e.g. `setpriv …`.
    init(prefix: [String] = []) throws {
        process = try ChildProcess(prefix + [Self.executable])
        guard let greeting = process.line(), greeting == "hello" else {
            throw Spawn.Failure(message: "journal-actor does not start")
        }
    }

    /// One command and its answer.
    func ask(_ command: String) -> String {
        process.send(command)
        return process.line() ?? "no answer"
    }

    /// A command that has to succeed.
    @discardableResult
    func order(_ command: String, sourceLocation: SourceLocation = #_sourceLocation) -> [String] {
        let words = ask(command).split(separator: " ").map(String.init)
        #expect(words.first == "ok", "\(command): \(words)", sourceLocation: sourceLocation)
        return Array(words.dropFirst())
    }

    /// Brings the claimed model into this state.
    func reach(_ state: String) {
        let ways = [
            "LOADING": ["initialize LOADING"],
            "WARMING_UP": ["initialize LOADING", "loaded WARMING_UP"],
            "READY": ["initialize LOADING", "loaded READY"],
            "UNLOADING": ["initialize LOADING", "loaded READY", "unload UNLOADING"],
            "ERROR": ["initialize LOADING", "load_failed ERROR"],
        ]
        for move in ways[state] ?? [] { order("move " + move) }
    }

    static let executable = Spawn.product("journal-actor")
}

/// The `sqlite3` program: what any other tool sees and may do.
func sqlite3(_ path: String, _ sql: String) throws -> (output: String, status: Int32) {
    try ChildProcess(["sqlite3", "-batch", path, sql]).finish()
}
