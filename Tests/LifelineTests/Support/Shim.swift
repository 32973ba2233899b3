import Foundation
import TestSupport
import Testing

/// `modeljournal-lifeline` with a server under it, and this test as the engine.
final class Shim {
    typealias Ending = Spawn.Ending

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
        let down = try Spawn.pipe()
        let up = try Spawn.pipe()
        defer {
            close(down.read)
            close(up.write)
        }
        let environment = ProcessInfo.processInfo.environment.map { "\($0.key)=\($0.value)" } + [marker]
        pid = try Spawn.start(
            prefix + [Self.executable] + command, environment: environment,
            streams: Spawn.Streams(input: down.read, output: up.write, errors: up.write))
        (lifeline, output) = (down.write, up.read)
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
        let result = Spawn.reap(pid)
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

    static let executable = Spawn.product("modeljournal-lifeline")
}
