import Foundation
import Synchronization
import Testing

/// `modeljournal-lifeline` with a server under it, and this test as the engine.
final class Shim {
    enum Ending: Equatable {
        case exited(Int32)
        case killed(by: Int32)
    }

    let pid: pid_t
    /// In the environment of every process that comes from this one.
    let marker: String
    private var lifeline: Int32
    private let output: Int32
    private var unread: [UInt8] = []
    private var ending: Ending?

    /// - Parameter prefix: a program that runs the shim, e.g. one that ignores signals.
    init(_ command: [String], prefix: [String] = []) throws {
        let marker = "LIFELINE_TEST=\(UUID().uuidString)"
        self.marker = marker
        (pid, lifeline, output) = try Self.spawning.withLock { _ in
            let down = try Self.pipe()
            let up = try Self.pipe()
            defer {
                close(down.read)
                close(up.write)
            }
            let arguments = prefix + [Self.executable] + command
            return (
                try Self.spawn(arguments, marker: marker, input: down.read, output: up.write), down.write, up.read
            )
        }
    }

    /// A server that is a shell script.
    convenience init(script: String) throws { try self.init(["sh", "-c", script]) }

    deinit {
        cut()
        if ending == nil {
            killEverything()
            _ = wait()
        }
        close(output)
    }

    func send(_ orders: String) {
        let bytes = Array(orders.utf8)
        _ = write(lifeline, bytes, bytes.count)
    }

    /// What the end of the engine does, whatever ended it.
    func cut() {
        guard lifeline >= 0 else { return }
        close(lifeline)
        lifeline = -1
    }

    /// The next line of the server's output; nil after the last.
    func line() -> String? {
        while true {
            if let end = unread.firstIndex(of: UInt8(ascii: "\n")) {
                defer { unread.removeFirst(end + 1) }
                return String(decoding: unread[..<end], as: UTF8.self)
            }
            guard fill() else { return nil }
        }
    }

    /// All output until nobody holds the pipe any more, as lines.
    func rest() -> [String] {
        while fill() {}
        return String(decoding: unread, as: UTF8.self).split(separator: "\n").map(String.init)
    }

    /// How the shim ended. Until then its output is read, which ends with the last of its processes.
    func wait() -> Ending {
        if let ending { return ending }
        while fill() {}
        var status: Int32 = 0
        while waitpid(pid, &status, 0) < 0, errno == EINTR {}
        let number = status & 0x7f
        let result: Ending = number == 0 ? .exited((status >> 8) & 0xff) : .killed(by: number)
        ending = result
        return result
    }

    private func fill() -> Bool {
        // Only a failure comes to this end. Without it, the failure would be a test that hangs.
        var waiting = pollfd(fd: output, events: Int16(POLLIN), revents: 0)
        if poll(&waiting, 1, 60_000) == 0 {
            Issue.record("no end of the output; left: \(leftovers())")
            killEverything()
        }
        var buffer = [UInt8](repeating: 0, count: 4096)
        let count = read(output, &buffer, buffer.count)
        guard count > 0 else { return false }
        unread += buffer[..<count]
        return true
    }

    private static func spawn(_ arguments: [String], marker: String, input: Int32, output: Int32) throws -> pid_t {
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
        let environment = ProcessInfo.processInfo.environment.map { "\($0.key)=\($0.value)" } + [marker]
        var argv = arguments.map { strdup($0) } + [nil]
        var envp = environment.map { strdup($0) } + [nil]
        defer { (argv + envp).forEach { free($0) } }
        var child: pid_t = 0
        let code = posix_spawnp(&child, arguments[0], &actions, nil, &argv, &envp)
        guard code == 0 else { throw POSIXError(POSIXErrorCode(rawValue: code) ?? .EINVAL) }
        return child
    }

    private static func pipe() throws -> (read: Int32, write: Int32) {
        var ends: [Int32] = [0, 0]
        guard Foundation.pipe(&ends) == 0 else { throw POSIXError(.EMFILE) }
        for end in ends { _ = fcntl(end, F_SETFD, FD_CLOEXEC) }
        return (ends[0], ends[1])
    }

    /// One child at a time: a pipe that a child of another test inherits would never end.
    private static let spawning = Mutex(())

    /// It is built beside the tests.
    static var executable: String {
        let arguments = CommandLine.arguments
        let bundle = arguments.firstIndex(of: "--test-bundle-path").map { arguments[$0 + 1] } ?? arguments[0]
        var directory = URL(fileURLWithPath: bundle).deletingLastPathComponent()
        // On macOS the tests are a bundle: …/x.xctest/Contents/MacOS/x
        while directory.path.contains(".xctest") { directory.deleteLastPathComponent() }
        return directory.appendingPathComponent("modeljournal-lifeline").path
    }
}
