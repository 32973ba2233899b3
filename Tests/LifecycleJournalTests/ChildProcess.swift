import Foundation
import Synchronization
import Testing

/// A child whose life and death the test decides. It is killed when nobody holds it any more.
final class ChildProcess {
    let pid: pid_t
    private var input: Int32
    private let output: Int32
    private var unread: [UInt8] = []
    private var isReaped = false

    init(_ arguments: [String]) throws {
        (pid, input, output) = try Self.spawning.withLock { _ in
            let down = try Self.pipe()
            let up = try Self.pipe()
            defer {
                close(down.read)
                close(up.write)
            }
            return (try Self.spawn(arguments, input: down.read, output: up.write), down.write, up.read)
        }
    }

    private static func spawn(_ arguments: [String], input: Int32, output: Int32) throws -> pid_t {
        #if canImport(Darwin)
            var actions: posix_spawn_file_actions_t?
        #else
            var actions = posix_spawn_file_actions_t()
        #endif
        posix_spawn_file_actions_init(&actions)
        defer { posix_spawn_file_actions_destroy(&actions) }
        posix_spawn_file_actions_adddup2(&actions, input, 0)
        posix_spawn_file_actions_adddup2(&actions, output, 1)
        posix_spawn_file_actions_adddup2(&actions, output, 2)
        var argv = arguments.map { strdup($0) } + [nil]
        defer { argv.forEach { free($0) } }
        var child: pid_t = 0
        let code = posix_spawnp(&child, arguments[0], &actions, nil, &argv, environ)
        guard code == 0 else {
            throw ChildFailure(message: "cannot start \(arguments[0]): \(String(cString: strerror(code)))")
        }
        return child
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
        var status: Int32 = 0
        while waitpid(pid, &status, 0) < 0, errno == EINTR {}
        isReaped = true
        return status
    }

    private func fill() -> Bool {
        var buffer = [UInt8](repeating: 0, count: 4096)
        let count = read(output, &buffer, buffer.count)
        guard count > 0 else { return false }
        unread += buffer[..<count]
        return true
    }

    private static func pipe() throws -> (read: Int32, write: Int32) {
        var ends: [Int32] = [0, 0]
        guard Foundation.pipe(&ends) == 0 else { throw ChildFailure(message: "no pipe") }
        for end in ends { _ = fcntl(end, F_SETFD, FD_CLOEXEC) }
        return (ends[0], ends[1])
    }

    /// One child at a time: a pipe that a child of another test inherits would never end.
    private static let spawning = Mutex(())
}

struct ChildFailure: Error {
    var message: String
}

/// An engine in a process of its own: the program `journal-actor`.
final class EngineProcess {
    let process: ChildProcess

    /// - Parameter prefix: a program that runs it, e.g. `setpriv …`.
    init(prefix: [String] = []) throws {
        process = try ChildProcess(prefix + [Self.executable])
        guard let greeting = process.line(), greeting == "hello" else {
            throw ChildFailure(message: "journal-actor does not start")
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

    /// It is built beside the tests.
    static var executable: String {
        let arguments = CommandLine.arguments
        let bundle = arguments.firstIndex(of: "--test-bundle-path").map { arguments[$0 + 1] } ?? arguments[0]
        var directory = URL(fileURLWithPath: bundle).deletingLastPathComponent()
        // On macOS the tests are a bundle: …/x.xctest/Contents/MacOS/x
        while directory.path.contains(".xctest") { directory.deleteLastPathComponent() }
        return directory.appendingPathComponent("journal-actor").path
    }
}

/// The `sqlite3` program: what any other tool sees and may do.
func sqlite3(_ path: String, _ sql: String) throws -> (output: String, status: Int32) {
    try ChildProcess(["sqlite3", "-batch", path, sql]).finish()
}
