import Foundation
import TestSupport
import Testing

/// `--fallback`: another model serves where the wanted one cannot be had, and everybody can see that.
@Suite(.turn(of: "CommandLineTests")) struct FallbackTests {
    @Test func aModelOfThisJournalServesInPlaceOfAServerThatExits() async throws {
        try await withWorkspace { workspace in
            let spare = try ScriptedServer()
            let first = try await workspace.run(
                spare.arguments(["--once", "--model", "spare"] + spare.warmup, flags: []))
            #expect(first.status == 0, "\(first)")

            let broken = try ScriptedServer()
            let before = workspace.lastSeq
            let engine = try workspace.start(
                broken.arguments(
                    ["--model", "wanted", "--fallback", "spare", "--correlation-id", "deploy-42"],
                    flags: ["--exit", "3"]))
            try await workspace.waitUntil("spare", is: "READY", after: before)

            let status = try await workspace.run("status", "-o", "json")
            #expect(status.status == 1, "the wanted model is not READY: \(status)")
            let models = try status.objects()
            #expect(models.map { $0["model"] as? String } == ["spare", "wanted"])
            #expect(models[0]["state"] as? String == "READY")
            #expect(models[0]["wanted"] as? String == "wanted")
            #expect(models[0]["served_by"] is NSNull)
            #expect(models[1]["state"] as? String == "ERROR")
            #expect(models[1]["served_by"] as? String == "spare")
            let text = try await workspace.run("status").output
            #expect(text.contains("in place of wanted"), "\(text)")
            #expect(text.contains("spare serves in its place"), "\(text)")

            engine.send(SIGTERM)
            let ended = try await engine.finished()
            #expect(ended.status == 0, "\(ended)")
            #expect(ended.errors.contains("spare is READY in place of wanted"), "\(ended)")

            let runs = try await workspace.run("runs", "--correlation-id", "deploy-42", "-o", "json").objects()
            #expect(Set(runs.map { $0["model"] as? String }) == ["wanted", "spare"])
            let standIn = try #require(runs.first { $0["model"] as? String == "spare" })
            #expect(standIn["wanted"] as? String == "wanted")
            #expect(standIn["outcome"] as? String == "unloaded")
            // Warmed as it was recorded.
            #expect(standIn["warmup_ms"] is NSNumber)
            let rows = try await workspace.run("history", "--model", "spare", "-n", "5", "-o", "json").objects()
            #expect(rows.first?["trigger"] as? String == "fallback")
        }
    }

    @Test func anEngineThatDiesWithAFallbackIsCarriedOnWithIt() async throws {
        try await withWorkspace { workspace in
            let spare = try ScriptedServer()
            #expect(try await workspace.run(spare.arguments(["--once", "--model", "spare"], flags: [])).status == 0)
            let broken = try ScriptedServer()
            let arguments = broken.arguments(
                ["--model", "wanted", "--fallback", "spare", "--resume"], flags: ["--exit", "3"])
            let before = workspace.lastSeq
            let engine = try workspace.start(arguments)
            try await workspace.waitUntil("spare", is: "READY", after: before)
            engine.send(SIGKILL)
            _ = try await engine.finished()

            var again = arguments
            again.insert("--once", at: 1)
            let next = try await workspace.run(again)
            #expect(next.status == 0, "\(next)")
            let runs = try await workspace.run("runs", "--model", "spare", "-n", "2", "-o", "json").objects()
            #expect(Set(runs.map { $0["outcome"] as? String }) == ["interrupted", "unloaded"])
            #expect(Set(runs.map { $0["attempt"] as? Int }) == [1, 2])
            #expect(Set(runs.map { $0["correlation_id"] as? String }).count == 1)
            #expect(runs.allSatisfy { $0["wanted"] as? String == "wanted" })
            // The wanted model is not tried again by that: the one that served is carried on.
            #expect(try await workspace.runs("--model", "wanted").count == 1)
        }
    }

    @Test func whereNothingCanBeLoadedTheAnswerIsNo() async throws {
        try await withWorkspace { workspace in
            let spare = try ScriptedServer()
            _ = try await workspace.run(spare.arguments(["--once", "--model", "spare"], flags: ["--exit", "4"]))
            let broken = try ScriptedServer()
            let run = try await workspace.run(
                broken.arguments(["--model", "wanted", "--fallback", "spare"], flags: ["--exit", "3"]))
            #expect(run.status == 1, "\(run)")
            let runs = try await workspace.run("runs", "-o", "json").objects()
            #expect(runs.count == 3)
            #expect(runs.allSatisfy { $0["outcome"] as? String == "failed" })
        }
    }

    /// It may well have seen the model.
    @Test func aJournalThatCannotBeReadIsNoneThatHasNotSeenTheModel() async throws {
        try await withWorkspace { workspace in
            try Data(repeating: UInt8(ascii: "x"), count: 4096).write(to: URL(filePath: workspace.journal))
            let before = try DirectoryListing(workspace.directory)
            let run = try await workspace.run("run", "--model", "m", "--fallback", "spare", "--", "/bin/false")
            #expect(run.status == 65 && run.errorLines.count == 1, "\(run)")
            #expect(run.errors.contains("\(workspace.journal): not a journal"), "\(run)")
            #expect(try DirectoryListing(workspace.directory) == before)
        }
    }

    @Test(arguments: [
        (["--fallback", "nobody"], "no provider and no model"),
        (["--fallback", "server"], "no provider and no model"),
        (["--fallback", "m"], "this model is in the list already"),
        (["--fallback", "en-us", "--fallback", "pocketsphinx"], "this model is in the list already"),
    ])
    func aNameThatMeansNothingIsRefusedBeforeAnythingIsStarted(options: [String], words: String) async throws {
        try await withWorkspace { workspace in
            let before = try DirectoryListing(workspace.directory)
            let run = try await workspace.run(["run", "--model", "m"] + options + ["--", "/bin/false"])
            #expect(run.status == 64 && run.errorLines.count == 1 && run.errors.contains(words), "\(run)")
            #expect(try DirectoryListing(workspace.directory) == before)
        }
    }
}
