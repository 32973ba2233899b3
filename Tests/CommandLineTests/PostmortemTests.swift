import Foundation
import ModelLifecycle
import TestSupport
import Testing

/// From a failed run to its cause in one command.
@Suite(.turn(of: "CommandLineTests")) struct PostmortemTests {
    private struct Answer: Decodable {
        struct Streak: Decodable {
            struct First: Decodable {
                var runId: String
                var reason: String?
                var message: String?
            }
            var count: Int
            var sameReason: Bool
            var firstFailure: First
        }
        struct Change: Decodable {
            var what: String
            var before: Double?
            var after: Double?
        }
        struct Comparison: Decodable {
            var phase: String
            var elapsedMs: Double?
            var count: Int
            var p50Ms: Double?
            var p99Ms: Double?
        }
        var run: RunAnswer
        var reason: String?
        var failedPhase: String?
        var message: String?
        var streak: Streak
        var lastGoodRun: RunAnswer?
        var comparedToHistory: Comparison?
    }

    private func postmortem(_ workspace: Workspace, _ arguments: String...) async throws -> Answer {
        try await workspace.run(["postmortem", "-o", "json"] + arguments).decoded()
    }

    @Test func aStreakKeepsItsFirstCause() async throws {
        try await withWorkspace { workspace in
            var last = SeededRun.failed("en-us", Failure(.startupTimeout, "not READY after 1 s"), after: .seconds(1))
            last.startupTimeout = .seconds(1)
            last.steps[1].trigger = .deadline
            try await workspace.seed([
                .unloaded(load: .milliseconds(100)), .unloaded(load: .milliseconds(300)),
                .failed("en-us", Failure(.modelLoadFailed, "the first cause")), .failed("other"),
                .failed("en-us", Failure(.modelLoadFailed, "another")), last,
            ])
            let ids = try await workspace.runs().map(\.runId)
            let answer = try await postmortem(workspace)
            #expect(answer.run.runId == ids[5] && answer.reason == "StartupTimeout" && answer.failedPhase == "LOADING")
            #expect(answer.streak.count == 3 && !answer.streak.sameReason)
            #expect(answer.streak.firstFailure.runId == ids[2])
            #expect(answer.streak.firstFailure.message == "the first cause")
            #expect(answer.lastGoodRun?.runId == ids[1])
            let comparison = try #require(answer.comparedToHistory)
            #expect(comparison.phase == "LOADING" && comparison.elapsedMs == 1000 && comparison.count == 2)
            #expect(comparison.p50Ms == 100 && comparison.p99Ms == 300)

            let json = try await workspace.run("postmortem", "-o", "json").object()
            let changes = try #require(json["changed_since_last_good"] as? [[String: Any]])
            #expect(changes.map { $0["what"] as? String } == ["startup_timeout_ms"])
            #expect(changes.first?["before"] as? Double == 300_000 && changes.first?["after"] as? Double == 1000)

            let text = try await workspace.run("postmortem").output
            for words in [
                "en-us failed in LOADING after 1.00 s, StartupTimeout: not READY after 1 s", "3 failures in a row",
                "the first cause", "p50 100 ms", "p99 300 ms", "startup_timeout_ms: 300000 → 1000",
                String(ids[1].prefix(13)),
            ] { #expect(text.contains(words), "\(words): \(text)") }
        }
    }

    @Test func aModelThatWasNeverReadyIsSaidSo() async throws {
        try await withWorkspace { workspace in
            try await workspace.seed(.failed())
            let answer = try await postmortem(workspace)
            #expect(answer.lastGoodRun == nil && answer.streak.count == 1 && answer.streak.sameReason)
            #expect(answer.comparedToHistory?.count == 0 && answer.comparedToHistory?.p50Ms == nil)
            let text = try await workspace.run("postmortem").output
            #expect(text.contains("never been READY") && text.contains("the first failure in a row"))
        }
    }

    @Test func theRunMayBeChosen() async throws {
        try await withWorkspace { workspace in
            try await workspace.seed([.failed("a"), .failed("b"), .unloaded("b")])
            let ids = try await workspace.runs().map(\.runId)
            #expect(try await postmortem(workspace).run.runId == ids[1])
            #expect(try await postmortem(workspace, "--model", "a").run.runId == ids[0])
            #expect(try await postmortem(workspace, ids[0]).run.runId == ids[0])
            #expect(try await postmortem(workspace, "-2").run.runId == ids[1])
            #expect(try await postmortem(workspace, ids[1].uppercased()).run.runId == ids[1])
        }
    }

    /// Nobody has opened the journal since, and reading writes nothing.
    @Test func aCrashThatNobodyHasSettledIsExplained() async throws {
        try await withWorkspace { workspace in
            var killed = SeededRun.unloaded()
            killed.steps.removeLast(2)
            try await workspace.seed(killed)
            let answer = try await postmortem(workspace)
            #expect(answer.run.outcome == "interrupted" && answer.reason == "Interrupted")
            #expect(answer.failedPhase == "READY" && answer.message?.contains("ended while READY") == true)
            #expect(answer.comparedToHistory == nil && answer.lastGoodRun == nil && answer.streak.count == 1)
            let text = try await workspace.run("postmortem").output
            for words in [
                "en-us was interrupted in READY", "this run itself reached READY after 400 ms", "none before this run",
                "its last row was written: READY", "record the interruption and carry on:\n  modeljournal run --resume",
            ] { #expect(text.contains(words), "\(words): \(text)") }
            #expect(!text.contains("never been READY") && !text.contains("compared"), "\(text)")
            #expect(try await workspace.runs().map(\.outcome) == ["interrupted"])
            #expect(try await workspace.runs("--outcome", "interrupted").count == 1)
            #expect(try await workspace.run("runs").output.contains("interrupted"))
            #expect(try await workspace.run("show", "-1").lines.first == "en-us  interrupted")
            #expect(try await workspace.history().count == 3)
        }
    }

    @Test func withoutAFailureTheAnswerIsNo() async throws {
        try await withWorkspace { workspace in
            try await workspace.seed(.unloaded())
            for arguments in [["postmortem"], ["postmortem", "-o", "json"], ["postmortem", "--model", "en-us"]] {
                let none = try await workspace.run(arguments)
                #expect(none.status == 1 && none.output.isEmpty && none.errorLines.count == 1, "\(none)")
                #expect(none.errors.contains("no run has failed"))
            }
        }
    }

    @Test func theLastOutputIsEvidence() async throws {
        try await withWorkspace { workspace in
            var failure = Failure(.processExited, "the server ended", exitCode: 3, signal: nil)
            failure.outputTail = "loading\nERROR: cannot init\ttensor 7"
            try await workspace.seed(.failed("en-us", failure))
            let json = try await workspace.run("postmortem", "-o", "json").object()
            let evidence = try #require(json["evidence"] as? [String: Any])
            #expect(evidence["exit_code"] as? Int == 3 && evidence["signal"] is NSNull)
            #expect(evidence["output_tail"] as? String == failure.outputTail)
            let text = try await workspace.run("postmortem").output
            #expect(text.contains("exit status  3") && text.contains("ERROR: cannot init    tensor 7"))
        }
    }

    @Test(arguments: ["one\ntwo", "one\ntwo\n", "one\r\ntwo\r\n\n"])
    func oneLineStandsBetweenTheOutputAndWhatIsNext(tail: String) async throws {
        try await withWorkspace { workspace in
            var failure = Failure(.processExited, "it is gone")
            failure.outputTail = tail
            try await workspace.seed(.failed("en-us", failure))
            let text = try await workspace.run("postmortem").output
            #expect(text.contains("\nLast output\n  one\n  two\n\nNext: "), "\(text)")
        }
    }
}
