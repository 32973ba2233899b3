import Foundation
import LifecycleJournal
import TestSupport
import Testing

@testable import ModelLifecycle

/// Two models that start at the same time: each run's rows stand together.
@Suite(.turn(of: "CommandLineTests")) struct HistoryGroupingTests {
    /// Rows of `a` and `b` in turn: LOADING, WARMING_UP, READY, UNLOADING, UNINITIALIZED.
    private func withInterleavedModels(_ body: (Workspace) async throws -> Void) async throws {
        try await withWorkspace { workspace in
            let engine = try EngineJournal(path: workspace.journal, programVersion: "tests")
            let steps = SeededRun.unloaded().steps
            var claims: [(recorder: any TransitionRecorder, run: RunIdentity)] = []
            for model in ["a", "b"] {
                let claimed = try await engine.claim(RunConfiguration(model: model, provider: "pocketsphinx"))
                let run = RunIdentity(runID: RunID(at: .now), correlationID: CorrelationID(at: .now), attempt: 1)
                claims.append((claimed.recorder, run))
            }
            var state = ModelState.uninitialized
            for (index, step) in steps.enumerated() {
                for claim in claims {
                    try await claim.recorder.append(
                        Transition(
                            run: claim.run, ordinal: index + 1, from: state, to: step.to, trigger: step.trigger,
                            at: .now, elapsed: step.elapsed, failure: nil, warmups: [], version: nil))
                }
                state = step.to
            }
            try engine.close()
            try await body(workspace)
        }
    }

    /// The headings' models, each with the states below it.
    private func groups(_ answer: Finished) -> [String] {
        answer.lines.compactMap { line in
            if let heading = line.firstMatch(of: #/^(\w) +run /#) { return String(heading.1) }
            return line.firstMatch(of: /→ (\w+)/).map { String($0.1.prefix(5)) }
        }.joined(separator: " ").split(separator: "  ").map(String.init)
    }

    @Test(
        arguments: [
            ([], "a LOADI WARMI READY UNLOA UNINI b LOADI WARMI READY UNLOA UNINI"),
            // The newest row comes first, and with it its run.
            (["-r"], "b UNINI UNLOA READY WARMI LOADI a UNINI UNLOA READY WARMI LOADI"),
            (["-n", "3"], "b UNLOA UNINI a UNINI"), (["-n", "3", "-r"], "b UNINI UNLOA a UNINI"),
            (["--state", "READY"], "a READY b READY"), (["--run", "-1", "-n", "1"], "b UNINI"),
        ] as [([String], String)])
    func aRunsRowsStandTogether(arguments: [String], shown: String) async throws {
        try await withInterleavedModels { workspace in
            let answer = try await workspace.run(["history"] + arguments)
            #expect(groups(answer) == [shown], "\(answer)")
        }
    }

    @Test func programsGetTheOrderOfRecord() async throws {
        try await withInterleavedModels { workspace in
            let rows = try await workspace.history()
            #expect(rows.map(\.seq) == Array(1...10))
            #expect(rows.map(\.model).prefix(4) == ["a", "b", "a", "b"])
        }
    }

    @Test func followingKeepsTheOrderOfRecord() async throws {
        try await withInterleavedModels { workspace in
            let follow = try workspace.start(["history", "-f", "-n", "4"])
            try await eventually("four rows") { follow.standardOutput.text.matches(of: /→/).count == 4 }
            follow.send(SIGTERM)
            let finished = try await follow.finished()
            #expect(groups(finished) == ["a UNLOA b UNLOA a UNINI b UNINI"])
        }
    }
}
