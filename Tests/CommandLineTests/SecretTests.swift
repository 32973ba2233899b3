import Foundation
import TestSupport
import Testing

/// A secret that somebody typed is not shown again, on whatever way a run ends.
@Suite(.turn(of: "CommandLineTests")) struct SecretTests {
    private static let answers = [
        ["show", "-1"], ["show", "-1", "-o", "json"], ["postmortem"], ["postmortem", "-o", "json"], ["export"],
        ["history"], ["history", "-o", "json"], ["runs", "-o", "csv"], ["status", "-o", "json"],
        ["stats", "-o", "json"],
    ]

    @Test(arguments: [
        ("https://bob:hunter2@host/model", "hunter2"), ("/models/hf_hunter2hunter2hunter2", "hf_hunter2"),
        ("https://host/m?api_key=hunter2", "hunter2"),
    ]) func aModelPathsSecretIsNotPrinted(path: String, secret: String) async throws {
        try await withWorkspace { workspace in
            // With PocketSphinx the path is what is wrong, and stands in the message.
            let run = try await workspace.run("run", "--once", "--model-path", path, "--log-level", "trace")
            #expect(run.status != 0 && !"\(run)".contains(secret), "\(run)")
            let again = try await workspace.run("run", "--once", "--model-path", path + "/other")
            #expect(!"\(again)".contains(secret), "\(again)")
            for arguments in Self.answers {
                let answer = try await workspace.run(arguments)
                #expect(!answer.output.isEmpty && !"\(answer)".contains(secret), "\(arguments): \(answer)")
            }
            let shown = try await workspace.run("show", "-1", "-o", "json").object()
            let configuration = try #require(shown["configuration"] as? [String: Any])
            #expect((configuration["model_path"] as? String)?.contains("[redacted]") == true)
        }
    }

    @Test func whatChangedIsShownWithoutItsSecret() async throws {
        try await withWorkspace { workspace in
            var (good, bad) = (SeededRun.unloaded(), SeededRun.failed())
            good.modelPath = "https://bob:hunter1@host/model"
            bad.modelPath = "https://bob:hunter2@host/model"
            try await workspace.seed([good, bad])
            for format in ["text", "json"] {
                let answer = try await workspace.run("postmortem", "-o", format)
                #expect(answer.output.contains("model_path") && !answer.output.contains("hunter"), "\(answer)")
            }
        }
    }

    @Test func anErrorsWordsAreRedactedToo() async throws {
        try await withWorkspace { workspace in
            let run = try await workspace.run("run", "--journal", "/nowhere/hf_hunter2hunter2hunter2/j.sqlite")
            #expect(run.status == 73 && run.errorLines.count == 1 && !run.errors.contains("hunter2"), "\(run)")
        }
    }
}
