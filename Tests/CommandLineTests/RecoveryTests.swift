import Foundation
import LifecycleJournal
import TestSupport
import Testing

@testable import ModelLifecycle

/// What dead engines left behind, where no model is needed to see it settled.
@Suite(.turn(of: "CommandLineTests")) struct RecoveryTests {
    private static let withoutLibrary = ["MODELJOURNAL_POCKETSPHINX_LIBRARY": "/nowhere/libpocketsphinx.so.3"]

    @Test func aDeadOwnersModelIsNotReportedAsAlive() async throws {
        try await withWorkspace { workspace in
            var ready = SeededRun.unloaded()
            ready.steps.removeLast(2)
            try await workspace.seed(ready)
            let status = try await workspace.run("status")
            #expect(status.status == 1 && status.output.contains("its engine ended"), "\(status)")
            #expect(status.output.contains("`modeljournal run --resume` carries on"))
            // Reading settles nothing.
            #expect(try await workspace.history().count == 3)
        }
    }

    @Test func anyRunSettlesThePastOfAllModels() async throws {
        try await withWorkspace { workspace in
            // The engine that records the second run settles the first one already.
            try await workspace.seed([.abandoned("a"), .abandoned("b")])
            #expect(try await workspace.history().map(\.trigger) == ["initialize", "recovered", "initialize"])
            let run = try await workspace.run(
                ["run", "--once", "--model", "c", "--model-path", "/nowhere"], environment: Self.withoutLibrary)
            #expect(run.status == 1)
            #expect(run.errorLines.first?.contains("Settled: b was interrupted in LOADING") == true, "\(run)")
            let rows = try await workspace.history()
            expectLegalPath(rows)
            #expect(rows.filter { $0.trigger == "recovered" }.map(\.model) == ["a", "b"])
            // Only --resume carries on.
            #expect(!rows.contains { $0.trigger == "resume" })
        }
    }

    @Test func aSlowPhaseIsCalledSlowerThanItsP99() async throws {
        try await withWorkspace { workspace in
            try await workspace.seed([
                .unloaded("a", load: .microseconds(1)), .unloaded("b", load: .seconds(86_400)),
            ])
            let engine = try EngineJournal(path: workspace.journal, programVersion: "tests")
            for model in ["a", "b"] {
                let claimed = try await engine.claim(RunConfiguration(model: model, provider: "pocketsphinx"))
                let run = RunIdentity(runID: RunID(at: .now), correlationID: CorrelationID(at: .now), attempt: 1)
                try await claimed.recorder.append(
                    Transition(
                        run: run, ordinal: 1, from: .uninitialized, to: .loading, trigger: .initialize, at: .now,
                        elapsed: nil, failure: nil, warmups: [], version: nil))
            }
            let lines = try await workspace.run("status").lines
            #expect(lines.count == 3 && lines[1].hasSuffix("slower than p99: p50 1 µs, p99 1 µs"), "\(lines)")
            #expect(lines.last?.hasSuffix("usual: p50 1 d, p99 1 d") == true, "\(lines)")
            try engine.close()
        }
    }

    @Test func aCrashLoopEndsAndIsSaidSo() async throws {
        try await withWorkspace { workspace in
            try await workspace.seed([.unloaded(), .abandoned(), .abandoned(), .abandoned()])
            let run = try await workspace.run("run", "--once", "--resume")
            #expect(run.status == 1, "\(run)")
            #expect(run.errors.contains("interrupted 3 times in a row before READY"), "\(run)")
            #expect(try await !workspace.history().contains { $0.trigger == "resume" })
            let status = try await workspace.run("status", "-o", "json")
            #expect(status.status == 1)
            let model = try #require(try status.objects().first)
            #expect(model["crash_loop"] as? Bool == true && model["interruptions_in_a_row"] as? Int == 3)
            #expect(try await workspace.run("status").output.contains("crash loop: interrupted 3 times in a row"))
            let streak = try await workspace.run("postmortem", "-o", "json").object()["streak"] as? [String: Any]
            #expect(streak?["count"] as? Int == 3)
        }
    }

    @Test func twoInterruptionsAreNoCrashLoopYet() async throws {
        try await withWorkspace { workspace in
            try await workspace.seed([.abandoned(), .abandoned()])
            let run = try await workspace.run(["run", "--once", "--resume"], environment: Self.withoutLibrary)
            #expect(run.status == 1)
            let rows = try await workspace.history()
            #expect(rows.count { $0.trigger == "recovered" } == 2)
            #expect(rows.filter { $0.trigger == "resume" }.map(\.attempt) == [2])
        }
    }
}
