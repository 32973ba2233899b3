import Foundation
import ModelLifecycle
import TestSupport
import Testing

/// The filters that `history`, `runs` and `stats` share.
@Suite(.turn(of: "CommandLineTests")) struct FilterTests {
    private func withSeeds(_ body: (Workspace) async throws -> Void) async throws {
        try await withWorkspace { workspace in
            var other = SeededRun.failed("other", Failure(.providerNotAvailable, "no GPU found"))
            other.provider = "whisper"
            other.correlationID = "deploy-42"
            try await workspace.seed([.unloaded(), other, .failed(), .unloaded()])
            try await body(workspace)
        }
    }

    @Test(
        arguments: [
            ([], 4), (["--model", "en-us"], 3), (["--model", "en-us", "--model", "other"], 4),
            (["--provider", "whisper"], 1), (["--correlation-id", "deploy-42"], 1),
            (["--correlation-id", "deploy"], 0),
            (["--outcome", "failed"], 2), (["--outcome", "failed", "--outcome", "unloaded"], 4),
            (["--reason", "providernotavailable"], 1), (["--state", "ERROR"], 2), (["--state", "uninitialized"], 2),
            (["-g", "gpu"], 1), (["-g", "GPU"], 1), (["-g", "Gpu"], 0), (["-g", "^no .PU"], 1), (["-n", "2"], 2),
            (["-n", "0"], 0), (["-S", "-1h"], 4), (["-U", "-1h"], 0), (["-S", "tomorrow"], 0),
            (["-S", "2000-01-01"], 4),
            (["--since", "now"], 0), (["--engine", "0"], 4), (["--engine", "zzz"], 0),
            (["--model", "en-us", "--outcome", "failed"], 1), (["--run", "-1"], 1), (["--run", "-4"], 1),
        ] as [([String], Int)])
    func runsAreFiltered(arguments: [String], count: Int) async throws {
        try await withSeeds { workspace in
            let finished = try await workspace.run(["runs", "-o", "json"] + arguments)
            #expect(finished.status == 0, "\(finished)")
            #expect(try finished.objects().count == count, "\(finished)")
        }
    }

    private func numbers(_ workspace: Workspace, _ arguments: String...) async throws -> [Int] {
        let rows: [HistoryAnswer] = try await workspace.run(["history", "-o", "json"] + arguments).decoded()
        return rows.map { $0.seq }
    }

    @Test func theNewestRowsStandInOrderAndMayBeReversed() async throws {
        try await withSeeds { workspace in
            #expect(try await numbers(workspace, "-n", "3") == [12, 13, 14])
            #expect(try await numbers(workspace, "-n", "3", "-r") == [14, 13, 12])
            #expect(try await numbers(workspace, "-r") == (1...14).reversed())
            let newest = try await workspace.runs("-r", "-n", "1")
            #expect(newest.map(\.outcome) == ["unloaded"])
        }
    }

    @Test func aRunIsNamedByItsBeginning() async throws {
        try await withSeeds { workspace in
            let ids = try await workspace.runs().map(\.runId)
            for (id, place) in zip(ids, [4, 3, 2, 1]) {
                // Runs of the same millisecond differ further to the right.
                for name in [id, String(id.prefix(30)), id.uppercased(), "-\(place)"] {
                    let shown: RunAnswer = try await workspace.run("show", name, "-o", "json").decoded()
                    #expect(shown.runId == id)
                    #expect(Set(try await workspace.history("--run", name).map(\.runId)) == [id])
                }
            }
        }
    }

    /// The last run may be another model's.
    @Test func aPlaceCountsAmongTheRunsThatOtherFiltersLeave() async throws {
        try await withSeeds { workspace in
            let ids = try await workspace.runs().map(\.runId)
            for (arguments, expected) in [
                (["--model", "other", "--run", "-1"], ids[1]), (["--model", "en-us", "--run", "-2"], ids[2]),
                (["--provider", "whisper", "--run", "-1"], ids[1]),
                (["--correlation-id", "deploy-42", "--run", "-1"], ids[1]),
                (["--outcome", "failed", "--run", "-1"], ids[2]), (["--run", "-2", "--outcome", "failed"], ids[1]),
                (["--reason", "ModelLoadFailed", "--run", "-1"], ids[2]),
            ] {
                for command in ["history", "runs"] {
                    let rows = try await workspace.run([command, "-o", "json"] + arguments).objects()
                    #expect(Set(rows.map { $0["run_id"] as? String }) == [expected], "\(command) \(arguments)")
                }
            }
            // A row's own state and reason count for transitions.
            let ended = try await workspace.history("--state", "UNINITIALIZED", "--run", "-2")
            #expect(ended.map(\.runId) == [ids[0]])
            let beyond = try await workspace.run("runs", "--outcome", "failed", "--run", "-3")
            #expect(beyond.status == 64 && beyond.errors.contains("no run -3: the other filters leave 2 run(s)"))
            let postmortem = try await workspace.run("postmortem", "-1", "--model", "other", "-o", "json").object()
            #expect((postmortem["run"] as? [String: Any])?["run_id"] as? String == ids[1])
        }
    }

    @Test func anEmptyAnswerIsSaidSo() async throws {
        try await withSeeds { workspace in
            for (command, what) in [("runs", "run"), ("history", "transition"), ("stats", "run")] {
                for filter in [["--correlation-id", "nope"], ["--correlation-id", "nope", "--run", "-1"]] {
                    for (format, output) in [("text", ""), ("json", "[]\n"), ("ndjson", "")] {
                        let empty = try await workspace.run([command, "-o", format] + filter)
                        #expect(empty.status == 0 && empty.output == output, "\(empty)")
                        #expect(empty.errors == "modeljournal: no \(what) matches the filters\n", "\(empty)")
                    }
                }
            }
            let asked = try await workspace.run("runs", "-n", "0")
            #expect(asked.status == 0 && asked.output.isEmpty && asked.errors.isEmpty)
            let some = try await workspace.run("runs", "--outcome", "failed")
            #expect(some.errors.isEmpty)
        }
    }

    @Test func statsCountOnlyWhatTheFilterLeaves() async throws {
        try await withSeeds { workspace in
            let all = try await workspace.run("stats", "-o", "json").objects()
            #expect(all.map { $0["runs"] as? Int } == [3, 1])
            let one = try await workspace.run("stats", "-o", "json", "--outcome", "unloaded").objects()
            #expect(one.count == 1 && one[0]["runs"] as? Int == 2 && one[0]["success_rate"] as? Double == 1)
        }
    }

    @Test func localTimesAreTheUsersZone() async throws {
        try await withSeeds { workspace in
            for (zone, expected) in [("UTC", 4), ("Pacific/Kiritimati", 4)] {
                let today = try await workspace.run(
                    ["runs", "-o", "json", "-S", "today"], environment: ["TZ": zone])
                #expect(try today.objects().count == expected, "\(zone)")
            }
            let utc = try await workspace.run(["history", "-n", "1"], environment: ["TZ": "UTC"]).output
            let flagged = try await workspace.run(["history", "-n", "1", "--utc"], environment: ["TZ": "Asia/Tokyo"])
            #expect(flagged.output == utc)
            let local = try await workspace.run(["history", "-n", "1"], environment: ["TZ": "Asia/Tokyo"]).output
            #expect(local != utc)
        }
    }
}
