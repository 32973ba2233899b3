import Foundation
import TestSupport
import Testing

#if canImport(Glibc)
    import Glibc
#elseif canImport(Darwin)
    import Darwin
#endif

/// What was known of a start is in the journal although its engine was killed, and for a run that goes on or ended well.
@Suite(.turn(of: "CommandLineTests")) struct EarlyEvidenceTests {
    private struct Kept: Decodable {
        struct Note: Decodable {
            var kind: String
            var message: String?
            var output: String?
            var serverPid: Int32?
        }

        var outputTail: String?
        var outcome: String
        var serverPid: Int32?
        var notes: [Note]
    }

    private func kept(_ workspace: Workspace) async throws -> Kept {
        try await workspace.run("show", "-1", "-o", "json").decoded()
    }

    /// A server that says something and then loads without end.
    private func loading(_ workspace: Workspace) throws -> (arguments: [String], script: String) {
        let script = workspace.path("server.sh")
        try """
        echo 'loading layer 1'
        echo 'ERROR: layer 2 has the wrong size'
        exec sleep 600
        """.write(toFile: script, atomically: true, encoding: .utf8)
        return (
            ["run", "--model", "m", "--probe", "tcp://127.0.0.1:1", "--probe-interval", "20ms", "--", "sh", script],
            script
        )
    }

    @Test func anEngineThatIsKilledLeavesOutputProcessAndProbe() async throws {
        try await withWorkspace { workspace in
            let engine = try workspace.start(try loading(workspace).arguments)
            try await workspace.waitUntil("m", is: "LOADING")
            try await eventually("a note of the output") {
                (try? await kept(workspace).notes.contains { $0.output?.contains("layer 2") == true }) == true
            }
            engine.send(SIGKILL)
            _ = try await engine.finished()

            let story = try await kept(workspace)
            #expect(story.outcome == "interrupted")
            #expect(story.outputTail?.contains("loading layer 1\n") == true)
            #expect(story.serverPid != nil)
            let postmortem = try await workspace.postmortem()
            #expect(postmortem.reason == "Interrupted")
            #expect(postmortem.cause.contains("layer 2 has the wrong size"), "\(postmortem)")
            #expect(postmortem.evidence?.lastProbe?.contains("Connection refused") == true, "\(postmortem)")
            #expect(try await workspace.run("verify").status == 0)
        }
    }

    @Test func theOutputOfARunThatWentWellIsKept() async throws {
        try await withWorkspace { workspace in
            let server = try ScriptedServer()
            let run = try await workspace.run(
                server.arguments(
                    ["--once"], flags: [], executable: try wrapper(workspace, "WARN: no tensors in the file")),
                environment: server.environment)
            #expect(run.status == 0, "\(run)")
            #expect(run.errors.contains("m reached READY with a warning: no tensors in the file"), "\(run)")
            let output = try await workspace.run("show", "-1", "--output")
            #expect(output.status == 0 && output.output.contains("WARN: no tensors in the file"), "\(output)")
            let shown = try await workspace.run("show", "-1")
            #expect(shown.output.contains("no tensors in the file"), "\(shown)")
        }
    }

    /// A server that says something first.
    private func wrapper(_ workspace: Workspace, _ words: String) throws -> String {
        let path = workspace.path("wrapper.sh")
        try "#!/bin/sh\necho '\(words)'\nexec '\(ScriptedServer.path)' \"$@\"\n".write(
            toFile: path, atomically: true, encoding: .utf8)
        chmod(path, 0o755)
        return path
    }
}
