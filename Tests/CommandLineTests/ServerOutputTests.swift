import Foundation
import TestSupport
import Testing

/// A server that never stops talking costs neither itself nor the engine anything.
@Suite(.turn(of: "CommandLineTests")) struct ServerOutputTests {
    private static let bytes = 1 << 30

    @Test(.enabled(if: FileManager.default.fileExists(atPath: "/proc/self/status"), "needs /proc"))
    func aFloodIsDrainedAndOnlyItsEndsAreKept() async throws {
        try await withWorkspace { workspace in
            let server = try ScriptedServer()
            // The flood begins once the engine's memory has been looked at.
            let script = try workspace.script(
                "server.sh",
                """
                #!/bin/sh
                echo first words >&2
                until [ -e '\(workspace.path("go"))' ]; do sleep 0.02; done
                exec '\(ScriptedServer.path)' "$@"
                """)
            let run = try workspace.start(
                server.arguments(flags: ["--flood-stderr", "\(Self.bytes)"], executable: script),
                environment: server.environment)
            // The engine, the lifeline and the script.
            try await eventually("the server waits") { server.processes.count >= 3 }
            try await workspace.waitUntil("m", is: "LOADING")
            let before = try peakMemory(run.pid)
            try Data().write(to: URL(filePath: workspace.path("go")))
            // Nothing but the end of the flood brings it to READY: it was never blocked for good.
            try await workspace.waitUntil("m", is: "READY")
            let growth = try peakMemory(run.pid) - before
            print("\(Self.bytes) bytes on stderr: the engine's peak memory grew by \(growth / 1024) KiB")
            #expect(growth <= 16 << 20)

            _ = try await server.ask("/__control/exit")
            _ = try await run.finished()
            let answer = try await workspace.postmortem()
            let tail = try #require(answer.evidence?.outputTail)
            #expect((1 << 15...1 << 16).contains(tail.utf8.count), "\(tail.utf8.count)")
            #expect(tail.hasPrefix("first words\nflood ") && tail.contains("bytes dropped"))
            let dropped = try #require(answer.evidence?.droppedOutputBytes)
            #expect(dropped >= Self.bytes - 1 << 16 && dropped < Self.bytes)
        }
    }

    /// The most that a process has had in memory, in bytes.
    private func peakMemory(_ pid: Int32) throws -> Int {
        let status = try String(contentsOfFile: "/proc/\(pid)/status", encoding: .utf8)
        let line = try #require(status.split(separator: "\n").first { $0.hasPrefix("VmHWM:") })
        return try #require(line.split(whereSeparator: \.isWhitespace).dropFirst().first.flatMap { Int($0) }) * 1024
    }
}
