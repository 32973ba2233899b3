import Foundation
import TestSupport
import Testing

#if canImport(Glibc)
    import Glibc
#elseif canImport(Darwin)
    import Darwin
#endif

/// The program executes itself to stand between engine and server, and its file may have any name, or none any more.
@Suite(.turn(of: "CommandLineTests")) struct ProgramFileTests {
    /// In a folder of its own, without the other programs of the build.
    private func installed(as name: String, _ workspace: Workspace) throws -> String {
        let path = workspace.path(name)
        do { try FileManager.default.linkItem(atPath: Program.path, toPath: path) } catch {
            // Another file system than the build's.
            try FileManager.default.copyItem(atPath: Program.path, toPath: path)
        }
        return path
    }

    @Test func itMayHaveAnotherName() async throws {
        try await withWorkspace { workspace in
            let program = try installed(as: "mj-0.2", workspace)
            let server = try ScriptedServer()
            let run = try await workspace.run(tool: program, server.arguments(["--once"], flags: []))
            #expect(run.status == 0, "\(run)")
        }
    }

    @Test(.enabled(if: FileManager.default.fileExists(atPath: "/proc/self/exe"), "needs /proc/self/exe"))
    func itMayBeReplacedWhileItRuns() async throws {
        try await withWorkspace { workspace in
            let program = try installed(as: "modeljournal", workspace)
            let server = try ScriptedServer()
            let run = try workspace.start(
                program, server.arguments(["--max-retries", "1", "--retry-backoff", "1ms"], flags: []),
                environment: server.environment)
            try await workspace.waitUntil("m", is: "READY")
            let before = workspace.lastSeq
            // An upgrade puts another file in its place.
            try FileManager.default.removeItem(atPath: program)
            try Data("#!/bin/sh\nexit 1\n".utf8).write(to: URL(filePath: program))
            for pid in server.servers { kill(pid, SIGKILL) }
            try await workspace.waitUntil("m", is: "READY", after: before)
            run.send(SIGTERM)
            #expect(try await run.finished().status == 0)
        }
    }
}
