import Foundation
import TestSupport
import Testing

/// `--digest`: what was loaded can be told from what was loaded before.
@Suite(.turn(of: "CommandLineTests")) struct DigestTests {
    @Test func theDigestStandsInShowAndAChangeInThePostmortem() async throws {
        try await withWorkspace { workspace in
            let model = workspace.path("model.bin")
            try Data("abc".utf8).write(to: URL(filePath: model))
            let good = try ScriptedServer()
            let options = ["--once", "--digest", "--model-path", model]
            #expect(try await workspace.run(good.arguments(options, flags: [])).status == 0)

            let shown = try await workspace.run("show", "-1", "-o", "json").object()
            let identity = try #require(shown["model_identity"] as? [String: Any])
            #expect(
                identity["digest"] as? String == "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad")
            let phases = try #require(shown["phases"] as? [String: Double])
            #expect(phases["digest_ms"].map { $0 > 0 } == true)
            let startup = try #require(shown["startup_ms"] as? Double)
            #expect(abs(phases.values.reduce(0, +) - startup) < 0.01, "\(phases), \(startup)")
            let text = try await workspace.run("show", "-1").output
            #expect(text.contains("SHA-256 ba7816bf8f01cfea") && text.contains("digest "), "\(text)")

            try Data("abd".utf8).write(to: URL(filePath: model))
            let bad = try ScriptedServer()
            #expect(try await workspace.run(bad.arguments(options, flags: ["--exit", "3"])).status == 1)
            let answer = try await workspace.run("postmortem", "-o", "json").object()
            let changes = try #require(answer["changed_since_last_good"] as? [[String: Any]])
            let change = try #require(changes.first { $0["what"] as? String == "model_digest" })
            #expect((change["before"] as? String)?.hasPrefix("ba7816bf") == true)
            #expect((change["after"] as? String)?.hasPrefix("a52d159f") == true)
        }
    }

    @Test func aFileOfAGigabyteIsReadBehindABar() async throws {
        try await withWorkspace { workspace in
            // Nothing of it is on the disk.
            let model = workspace.path("model.bin")
            #expect(FileManager.default.createFile(atPath: model, contents: nil))
            let handle = try #require(FileHandle(forWritingAtPath: model))
            try handle.truncate(atOffset: 1_100_000_000)
            try handle.close()
            let terminal = try PseudoTerminal(columns: 100)
            let server = try ScriptedServer()
            let run = try workspace.start(
                server.arguments(["--once", "--digest", "--model-path", model], flags: []), errors: terminal.end)
            terminal.closeEnd()
            #expect(try await run.finished().status == 0)
            try await eventually("the end of the terminal's output") { terminal.collected.isComplete }
            let text = terminal.collected.text
            #expect(text.contains("reading for the digest") && text.contains("% of 1.1 GB"), "\(text.debugDescription)")
        }
    }
}
