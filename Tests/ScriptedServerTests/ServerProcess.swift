import Foundation
import Synchronization
import Testing

/// The program `scripted-server`, with its two outputs in one pipe.
final class ServerProcess {
    enum Ending: Equatable {
        case exited(Int32)
        case killed(by: Int32)
    }

    let pid: pid_t
    private let output: Int32
    private var unread: [UInt8] = []
    private var ending: Ending?

    init(_ arguments: [String], lifetime: String = "30s", environment: [String] = []) throws {
        (pid, output) = try Self.spawning.withLock { _ in
            var ends: [Int32] = [0, 0]
            guard pipe(&ends) == 0 else { throw POSIXError(.EMFILE) }
            for end in ends { _ = fcntl(end, F_SETFD, FD_CLOEXEC) }
            defer { close(ends[1]) }
            let pid = try Self.spawn(
                [Self.executable, "--lifetime", lifetime] + arguments, environment: environment, output: ends[1])
            return (pid, ends[0])
        }
    }

    deinit {
        if ending == nil {
            kill(pid, SIGKILL)
            _ = wait()
        }
        close(output)
    }

    /// The port, once it is bound.
    func port() throws -> UInt16 {
        while let line = line() {
            if line.hasPrefix("listening on ") { return try #require(UInt16(line.dropFirst(13))) }
        }
        throw POSIXError(.ECONNREFUSED)
    }

    func line() -> String? {
        while true {
            if let end = unread.firstIndex(of: UInt8(ascii: "\n")) {
                defer { unread.removeFirst(end + 1) }
                return String(decoding: unread[..<end], as: UTF8.self)
            }
            guard fill() else { return nil }
        }
    }

    /// All output until nobody holds the pipe any more.
    func rest() -> [UInt8] {
        while fill() {}
        return unread
    }

    /// Somebody holds the output still, and has nothing to say.
    var isOutputOpen: Bool {
        var waiting = pollfd(fd: output, events: Int16(POLLIN), revents: 0)
        return poll(&waiting, 1, 0) == 0
    }

    func terminate() { kill(pid, SIGTERM) }

    func wait() -> Ending {
        if let ending { return ending }
        var status: Int32 = 0
        while waitpid(pid, &status, 0) < 0, errno == EINTR {}
        let number = status & 0x7f
        let result: Ending = number == 0 ? .exited((status >> 8) & 0xff) : .killed(by: number)
        ending = result
        return result
    }

    private func fill() -> Bool {
        var buffer = [UInt8](repeating: 0, count: 65_536)
        let count = read(output, &buffer, buffer.count)
        guard count > 0 else { return false }
        unread += buffer[..<count]
        return true
    }

    private static func spawn(_ arguments: [String], environment: [String], output: Int32) throws -> pid_t {
        #if canImport(Darwin)
            var actions: posix_spawn_file_actions_t?
        #else
            var actions = posix_spawn_file_actions_t()
        #endif
        posix_spawn_file_actions_init(&actions)
        defer { posix_spawn_file_actions_destroy(&actions) }
        posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0)
        posix_spawn_file_actions_adddup2(&actions, output, 1)
        posix_spawn_file_actions_adddup2(&actions, output, 2)
        let inherited = ProcessInfo.processInfo.environment.map { "\($0.key)=\($0.value)" }
        var argv = arguments.map { strdup($0) } + [nil]
        var envp = (inherited + environment).map { strdup($0) } + [nil]
        defer { (argv + envp).forEach { free($0) } }
        var child: pid_t = 0
        let code = posix_spawn(&child, arguments[0], &actions, nil, &argv, &envp)
        guard code == 0 else { throw POSIXError(POSIXErrorCode(rawValue: code) ?? .EINVAL) }
        return child
    }

    /// One child at a time: a pipe that a child of another test inherits would never end.
    private static let spawning = Mutex(())

    /// It is built beside the tests.
    private static var executable: String {
        let arguments = CommandLine.arguments
        let bundle = arguments.firstIndex(of: "--test-bundle-path").map { arguments[$0 + 1] } ?? arguments[0]
        var directory = URL(fileURLWithPath: bundle).deletingLastPathComponent()
        // On macOS the tests are a bundle: …/x.xctest/Contents/MacOS/x
        while directory.path.contains(".xctest") { directory.deleteLastPathComponent() }
        return directory.appendingPathComponent("scripted-server").path
    }
}
