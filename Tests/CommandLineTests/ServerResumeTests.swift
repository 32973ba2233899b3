import Foundation
import TestSupport
import Testing

#if canImport(Glibc)
    import Glibc
#elseif canImport(Darwin)
    import Darwin
#endif

/// `run --resume` starts a server again as it was started, wherever the new engine is started.
@Suite(.turn(of: "CommandLineTests")) struct ServerResumeTests {
    @Test(arguments: [
        [], ["-l", "de"], ["-ctk", "q8_0"], ["--alias", "qwen"], ["-hf", "some/repository"], ["--tokens=tokens.txt"],
        ["--uri", "tcp://127.0.0.1:10300", "--model-control-mode=explicit", "/not/there"],
    ]) func aServerWithOrdinaryFlagsIsResumedFromAnotherDirectory(flags: [String]) async throws {
        try await withWorkspace { workspace in
            let server = try ScriptedServer()
            _ = try workspace.script(
                "server.sh",
                """
                #!/bin/sh
                test -e ./server.sh || exit 66
                exec '\(ScriptedServer.path)' --port "$2"
                """)
            let killed = try workspace.start(
                server.arguments(flags: flags, executable: "./server.sh"), environment: server.environment)
            try await workspace.waitUntil("m", is: "READY")
            killed.send(SIGKILL)
            _ = try await killed.finished()
            try await eventually("the server's end") { server.processes.isEmpty }
            let resumed = try await workspace.start(
                "/bin/sh", ["-c", "cd / && exec \"$0\" run --once --resume", Program.path],
                environment: server.environment
            ).finished()
            #expect(resumed.status == 0, "\(resumed)")
            let shown = try await workspace.run("show", "-1", "-o", "json").object()
            let configuration = try #require(shown["configuration"] as? [String: Any])
            let options = try #require(configuration["options"] as? [String: String])
            #expect(options["working_directory"] == workspace.directory.path)
        }
    }

    @Test func aDirectoryThatIsGoneIsNamed() async throws {
        try await withWorkspace { workspace in
            let server = try ScriptedServer()
            let home = workspace.path("home")
            try FileManager.default.createDirectory(atPath: home, withIntermediateDirectories: false)
            let killed = try workspace.start(
                "/bin/sh", ["-c", "cd home && exec \"$0\" \"$@\"", Program.path] + server.arguments(flags: []),
                environment: server.environment)
            try await workspace.waitUntil("m", is: "READY")
            killed.send(SIGKILL)
            _ = try await killed.finished()
            try await eventually("the server's end") { server.processes.isEmpty }
            try FileManager.default.removeItem(atPath: home)
            let resumed = try await workspace.run("run", "--once", "--resume")
            #expect(resumed.status != 0 && resumed.errors.contains("working directory"), "\(resumed)")
            #expect(resumed.errors.contains(home), "\(resumed)")
        }
    }
}
