import Foundation
import TestSupport
import Testing

extension WithRealModel {
    /// The job that everything else serves: a model is brought to READY and every step is on record.
    @Suite(.turn(of: "CommandLineTests")) struct MainJob {
        @Test func aRunLeavesExactlyItsFiveTransitions() async throws {
            try await withWorkspace { workspace in
                let run = try await workspace.run("run", "--once")
                #expect(run.status == 0, "\(run)")
                #expect(run.output.isEmpty)
                #expect(run.errors.contains("en-us is READY (load "))

                let rows = try await workspace.history()
                expectLegalPath(rows)
                #expect(
                    rows.map { "\($0.fromState) \($0.trigger) \($0.toState)" } == [
                        "UNINITIALIZED initialize LOADING", "LOADING loaded WARMING_UP", "WARMING_UP warmed READY",
                        "READY unload UNLOADING", "UNLOADING unloaded UNINITIALIZED",
                    ])
                #expect(Set(rows.map(\.runId)).count == 1 && Set(rows.map(\.correlationId)).count == 1)
                #expect(rows.allSatisfy { $0.attempt == 1 && $0.reason == nil && $0.message == nil })
                #expect(rows.map { $0.elapsedMs == nil } == [true, false, false, false, false])
            }
        }

        @Test func theRunsFiguresAreThoseOfItsTransitions() async throws {
            try await withWorkspace { workspace in
                #expect(try await workspace.run("run", "--once").status == 0)
                let rows = try await workspace.history()
                let run: RunAnswer = try await workspace.run("show", "-1", "-o", "json").decoded()
                #expect(run.outcome == "unloaded" && run.state == "UNINITIALIZED")
                #expect(run.loadMs == rows[1].elapsedMs)
                #expect(run.warmupMs == rows[2].elapsedMs)
                #expect(run.readyMs == rows[3].elapsedMs)
                let (load, warmup) = (try #require(run.loadMs), try #require(run.warmupMs))
                // Microseconds are added, so only the printing of thousandths may differ.
                let startup = try #require(run.startupMs)
                #expect(abs(startup - (load + warmup)) < 0.0005)

                let stats = try #require(try await workspace.run("stats", "-o", "json").objects().first)
                #expect(stats["reached_ready"] as? Int == 1)
                #expect((stats["load_ms"] as? [String: Any])?["p50"] as? Double == load)
            }
        }

        @Test func theCallersCorrelationIDIsInEveryRowAndLogLine() async throws {
            try await withWorkspace { workspace in
                let run = try await workspace.run("run", "--once", "--correlation-id", "deploy-42")
                #expect(run.status == 0, "\(run)")
                let rows = try await workspace.history()
                #expect(rows.count == 5 && rows.allSatisfy { $0.correlationId == "deploy-42" })
                let log = run.errorLines.filter { !$0.hasPrefix("en-us is READY") }
                #expect(!log.isEmpty && log.allSatisfy { $0.contains("correlation_id=deploy-42") }, "\(run)")
                #expect(try await workspace.history("--correlation-id", "deploy-42").count == 5)
                #expect(try await workspace.history("--correlation-id", "deploy-4").isEmpty)
            }
        }

        @Test(arguments: [("none", 0), ("single", 1), ("full", 5)])
        func eachWarmupLevelRunsItsInferences(level: String, inferences: Int) async throws {
            try await withWorkspace { workspace in
                #expect(try await workspace.run("run", "--once", "--warmup", level).status == 0)
                let run = try await workspace.run("show", "-1", "-o", "json").object()
                let warmups = try #require(run["warmup_requests"] as? [[String: Any]])
                #expect(warmups.map { $0["ordinal"] as? Int } == Array(1...5).prefix(inferences).map { $0 })
                let states = try await workspace.history().map(\.toState)
                #expect(states.contains("WARMING_UP") == (inferences > 0))
                if inferences > 0 {
                    let spent = warmups.compactMap { $0["elapsed_ms"] as? Double }.reduce(0, +)
                    let total = try #require(run["warmup_ms"] as? Double)
                    #expect(spent <= total)
                }
            }
        }

        @Test func theJournalIsForItsOwnerAlone() async throws {
            try await withWorkspace { workspace in
                // No --journal: the default's directory is made on the way.
                let run = try await workspace.run("run", "--once", environment: ["MODELJOURNAL_PATH": nil])
                #expect(run.status == 0, "\(run)")
                let folder = workspace.path(".local/state/modeljournal")
                #expect(try mode(folder) == 0o700)
                for name in try FileManager.default.contentsOfDirectory(atPath: folder) {
                    let expected = name.hasSuffix("-engines") ? 0o700 : 0o600
                    #expect(try mode("\(folder)/\(name)") == expected, "\(name)")
                }
                let history = try await workspace.run("history", environment: ["MODELJOURNAL_PATH": nil])
                #expect(history.status == 0 && history.output.contains("READY"))
            }
        }

        private func mode(_ path: String) throws -> Int {
            let attributes = try FileManager.default.attributesOfItem(atPath: path)
            return try #require(attributes[.posixPermissions] as? Int) & 0o777
        }

        @Test func anySQLiteProgramReadsTheViews() async throws {
            try await withWorkspace { workspace in
                #expect(try await workspace.run("run", "--once").status == 0)
                let sqlite = try await workspace.run(
                    tool: "/usr/bin/env",
                    ["sqlite3", workspace.journal, "SELECT model, load_ms FROM load_timings"])
                let run: RunAnswer = try await workspace.run("show", "-1", "-o", "json").decoded()
                let parts = sqlite.output.trimmingCharacters(in: .newlines).split(separator: "|")
                #expect(parts.first == "en-us" && parts.last.flatMap { Double($0) } == run.loadMs, "\(sqlite)")
            }
        }
    }
}
