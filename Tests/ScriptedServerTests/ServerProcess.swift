import Foundation
import TestSupport
import Testing

/// The program `scripted-server`, with its two outputs in one pipe.
final class ServerProcess {
    typealias Ending = Spawn.Ending

    let pid: pid_t
    private let output: Int32
    private var unread: [UInt8] = []
    private var ending: Ending?

    init(_ arguments: [String], lifetime: String = "30s", environment: [String] = []) throws {
        let pipe = try Spawn.pipe()
        defer { close(pipe.write) }
        let inherited = ProcessInfo.processInfo.environment.map { "\($0.key)=\($0.value)" }
        pid = try Spawn.start(
            [Self.executable, "--lifetime", lifetime] + arguments, environment: inherited + environment,
            streams: Spawn.Streams(output: pipe.write, errors: pipe.write))
        output = pipe.read
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
        let result = Spawn.reap(pid)
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

    private static let executable = Spawn.product("scripted-server")
}
