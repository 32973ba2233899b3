import Foundation
import TestSupport
import Testing

@Suite("The scripted server's processes and output", .turn(of: "ScriptedServerTests"), .timeLimit(.minutes(1)))
struct ProcessTests {
    @Test func ignoresTerm() throws {
        let server = try ServerProcess(["--ignore-term"])
        let port = try server.port()
        server.terminate()
        #expect(try get(port, "/health").status == 200)
        _ = try get(port, "/__control/exit")
        #expect(server.wait() == .exited(1))
    }

    @Test(arguments: [["--double-fork"], ["--grandchildren", "3"]])
    func leavesProcessesThatHoldTheOutput(arguments: [String]) throws {
        let server = try ServerProcess(arguments, lifetime: "1s")
        _ = try server.port()
        server.terminate()
        #expect(server.wait() == .exited(0))
        #expect(server.isOutputOpen)
        // Ends with their lifetime.
        #expect(server.rest() == [])
    }

    @Test func goesToTheBackground() throws {
        let server = try ServerProcess(["--fork-and-exit"], lifetime: "20s")
        #expect(server.wait() == .exited(0))
        let port = try server.port()
        #expect(try get(port, "/health").status == 200)
        _ = try get(port, "/__control/exit")
        #expect(server.rest() == [])
    }

    @Test func floods() throws {
        let server = try ServerProcess([
            "--flood-stderr", "3000000", "--flood-stdout", "2000001", "--exit", "0",
        ])
        #expect(server.rest().count == 5_000_001)
        #expect(server.wait() == .exited(0))
    }

    @Test func writesWhatIsHardToPrint() throws {
        let server = try ServerProcess(["--binary-output", "--escape-output", "--exit", "0"])
        let bytes = server.rest()
        #expect(bytes.starts(with: 0...255))
        #expect(Set(bytes).count == 256)
        #expect(String(bytes: bytes.dropFirst(8192), encoding: .utf8) == nil)
        #expect(String(decoding: bytes, as: UTF8.self).contains("\u{202e}"))
    }

    @Test func reportsProgress() throws {
        let server = try ServerProcess(["--never-bind", "--progress-every", "1", "--progress-count", "3"])
        #expect((1...3).map { _ in server.line() } == ["progress 1", "progress 2", "progress 3"])
    }

    #if os(Linux)
        @Test func takesMemory() throws {
            let server = try ServerProcess(["--allocate", "64", "--allocate-when", "after-bind"])
            _ = try get(try server.port(), "/health")
            let status = try String(contentsOfFile: "/proc/\(server.pid)/status", encoding: .utf8)
            let line = try #require(status.split(separator: "\n").first { $0.hasPrefix("VmRSS:") })
            let kilobytes = try #require(line.split(separator: " ").dropLast().last.flatMap { Int($0) })
            #expect(kilobytes > 64 * 1024)
        }
    #endif
}
