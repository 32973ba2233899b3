import Foundation
import TestSupport
import Testing

#if canImport(Glibc)
    import Glibc
#elseif canImport(Darwin)
    import Darwin
#endif

extension WithRealModel {
    /// `kill -9` at any moment: the next `run --resume` settles the past once and carries on.
    @Suite(.turn(of: "CommandLineTests")) struct Kill {
        /// How often each state is hit; `MODELJOURNAL_KILLS` asks for more.
        private static let rounds =
            ProcessInfo.processInfo.environment["MODELJOURNAL_KILLS"].flatMap { Int($0) }.map { max(1, $0) } ?? 3

        @Test(arguments: ["LOADING", "WARMING_UP", "READY"])
        func aKilledRunIsSettledOnceAndCarriedOn(state: String) async throws {
            try await withWorkspace { workspace in
                var (hits, misses) = (0, 0)
                while hits < Self.rounds {
                    let before = try await kill(in: state, workspace)
                    guard before.last?.toState == state else {
                        // Too late: the state was left already. What the kill left behind is settled all the same.
                        misses += 1
                        #expect(misses < 20 + 5 * Self.rounds)
                        _ = try await carryOn(after: before, workspace)
                        continue
                    }
                    hits += 1
                    try await expectResumed(before, in: state, workspace)
                }
                print("killed \(hits) times in \(state), \(misses) kills came too late")
            }
        }

        /// Starts a run and kills it at some moment of the state.
        /// - Returns: what the journal holds afterwards.
        private func kill(in state: String, _ workspace: Workspace) async throws -> [HistoryAnswer] {
            let past = workspace.lastSeq
            let run = try workspace.start(["run", "--warmup", "full"])
            try await workspace.waitUntil(is: state, orPast: "READY", after: past)
            // Not always the first instant of the state.
            try await Task.sleep(for: .milliseconds(Int.random(in: 0...150)))
            run.send(SIGKILL)
            #expect(try await run.finished().status == 128 + SIGKILL)
            return try await workspace.history()
        }

        private func carryOn(after before: [HistoryAnswer], _ workspace: Workspace) async throws -> [HistoryAnswer] {
            let resumed = try await workspace.run("run", "--once", "--resume")
            #expect(resumed.status == 0, "\(resumed)")
            let after = try await workspace.history()
            #expect(Array(after.prefix(before.count)) == before)
            expectLegalPath(after)
            return Array(after.dropFirst(before.count))
        }

        private func expectResumed(_ before: [HistoryAnswer], in state: String, _ workspace: Workspace) async throws {
            let exported = try await workspace.exportedLines()
            let killed = try #require(before.last)
            let new = try await carryOn(after: before, workspace)
            // Byte for byte what it was, and more.
            #expect(try await workspace.exportedLines().starts(with: exported))

            let recovered = try #require(new.first)
            #expect(new.count { $0.trigger == "recovered" } == 1)
            #expect(recovered.trigger == "recovered" && recovered.runId == killed.runId)
            #expect(recovered.fromState == state && recovered.toState == "ERROR")
            #expect(recovered.reason == "Interrupted" && recovered.elapsedMs == nil)
            #expect(recovered.message?.contains("(pid \(killed.pid) on ") == true, "\(recovered)")

            let next = Array(new.dropFirst())
            #expect(next.map(\.trigger) == ["resume", "loaded", "warmed", "unload", "unloaded"])
            #expect(Set(next.map(\.runId)).count == 1 && next.first?.runId != killed.runId)
            #expect(next.allSatisfy { $0.correlationId == killed.correlationId && $0.attempt == killed.attempt + 1 })
            let run = try #require(try await workspace.runs("--run", killed.runId).first)
            #expect(run.outcome == "interrupted" && run.failedPhase == state)
        }

        @Test func aKillWhileUnloadingLeavesNothingToCarryOn() async throws {
            try await withWorkspace { workspace in
                for _ in 0..<100 {
                    let past = workspace.lastSeq
                    let run = try workspace.start(["run", "--once"])
                    try await workspace.waitUntil(is: "UNLOADING", orPast: "UNINITIALIZED", after: past)
                    run.send(SIGKILL)
                    _ = try await run.finished()
                    let before = try await workspace.history()
                    guard before.last?.toState == "UNLOADING" else { continue }
                    let new = try await carryOn(after: before, workspace)
                    #expect(new.first?.trigger == "recovered" && new.first?.toState == "UNINITIALIZED")
                    #expect(new.map(\.trigger).dropFirst().first == "initialize")
                    #expect(new.last?.attempt == 1 && new.last?.correlationId != before.last?.correlationId)
                    return
                }
                Issue.record("no kill came while the model was being unloaded")
            }
        }
    }
}
