import Foundation
import TestSupport
import Testing

#if canImport(Glibc)
    import Glibc
#elseif canImport(Darwin)
    import Darwin
#endif

extension WithRealModel {
    /// SIGTERM, SIGINT and SIGHUP unload the model, wherever it is.
    @Suite(.turn(of: "CommandLineTests")) struct Stop {
        @Test(arguments: [SIGTERM, SIGINT, SIGHUP])
        func aReadyModelIsUnloaded(signal: Int32) async throws {
            try await withWorkspace { workspace in
                let run = try workspace.start(["run"])
                try await workspace.waitUntil(is: "READY")
                #expect(try await workspace.run("status").status == 0)
                run.send(signal)
                let finished = try await run.finished()
                #expect(finished.status == 0 && !finished.errors.contains("not READY"), "\(finished)")
                let ended = try #require(try await workspace.runs().first)
                #expect(ended.outcome == "unloaded" && ended.state == "UNINITIALIZED" && ended.reason == nil)
                #expect(try await workspace.run("status").status == 1)
            }
        }

        @Test(.enabled(if: FileManager.default.fileExists(atPath: "/proc/self/status"), "needs /proc"))
        func underNohupATerminalThatGoesAwayChangesNothing() async throws {
            try await withWorkspace { workspace in
                let run = try workspace.start("/usr/bin/nohup", [Program.path, "run"])
                try await workspace.waitUntil(is: "READY")
                let status = try String(contentsOfFile: "/proc/\(run.pid)/status", encoding: .utf8)
                let ignored = try #require(status.split(separator: "\n").first { $0.hasPrefix("SigIgn:") })
                let mask = try #require(UInt64(ignored.dropFirst("SigIgn:".count).drop { $0.isWhitespace }, radix: 16))
                #expect(mask & (1 << UInt64(SIGHUP - 1)) != 0)
                run.send(SIGHUP)
                run.send(SIGTERM)
                #expect(try await run.finished().status == 0)
            }
        }

        @Test(arguments: [(SIGTERM, "LOADING"), (SIGINT, "LOADING"), (SIGTERM, "WARMING_UP")])
        func aModelOnItsWayIsCancelled(signal: Int32, state: String) async throws {
            try await withWorkspace { workspace in
                // A state may be over before the signal comes; then there is nothing to see, and another try.
                for _ in 0..<20 {
                    let past = workspace.lastSeq
                    let run = try workspace.start(["run", "--warmup", "full"])
                    try await workspace.waitUntil(is: state, orPast: "READY", after: past)
                    run.send(signal)
                    let finished = try await run.finished()
                    #expect(finished.status == 0, "\(finished)")
                    let rows = try await workspace.history("--run", "-1")
                    expectLegalPath(try await workspace.history())
                    guard rows.suffix(2).first?.fromState == state else { continue }
                    #expect(rows.suffix(2).map(\.trigger) == ["unload", "unloaded"])
                    let ended = try #require(try await workspace.runs("--run", "-1").first)
                    #expect(ended.outcome == "cancelled" && ended.state == "UNINITIALIZED")
                    // A cancelled start is nobody's failure.
                    #expect(try await workspace.run("postmortem").status == 1)
                    #expect(!finished.errors.contains("error") && !finished.errors.contains("not READY"), "\(finished)")
                    return
                }
                Issue.record("no signal came while the model was in \(state)")
            }
        }

        @Test func aModelThatHasFailedForGoodStaysInError() async throws {
            try await withWorkspace { workspace in
                try await workspace.seed([.abandoned("loop"), .abandoned("loop"), .abandoned("loop"), .abandoned()])
                let run = try workspace.start(["run", "--resume"])
                try await workspace.waitUntil(is: "READY")
                run.send(SIGTERM)
                let finished = try await run.finished()
                // One of its models ended in ERROR; the crash loop is the last word about that one.
                #expect(finished.status == 1, "\(finished)")
                #expect(try await workspace.history("--model", "loop").last?.trigger == "recovered")
                #expect(try await workspace.history("--model", "en-us").last?.trigger == "unloaded")
            }
        }

        @Test func aSecondSignalDoesNotCutTheUnloadShort() async throws {
            try await withWorkspace { workspace in
                let run = try workspace.start(["run"])
                try await workspace.waitUntil(is: "READY")
                run.send(SIGINT)
                run.send(SIGINT)
                run.send(SIGTERM)
                #expect(try await run.finished().status == 0)
                #expect(try await workspace.runs().first?.outcome == "unloaded")
            }
        }
    }
}
