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
