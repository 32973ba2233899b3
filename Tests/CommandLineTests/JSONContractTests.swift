import Foundation
import TestSupport
import Testing

/// The names of the contract: scripts and dashboards depend on every one of them.
@Suite(.turn(of: "CommandLineTests")) struct JSONContractTests {
    private static let transition: Set = [
        "seq", "at", "model", "provider", "run_id", "attempt", "correlation_id", "from_state", "to_state", "trigger",
        "reason", "message", "elapsed_ms", "exit_code", "signal", "engine_id", "pid", "host",
    ]
    private static let run: Set = [
        "run_id", "model", "provider", "version", "attempt", "correlation_id", "started_at", "ended_at", "state",
        "outcome", "startup_ms", "load_ms", "warmup_ms", "ready_ms", "failed_phase", "reason", "message", "exit_code",
        "signal", "engine_id", "host", "wanted",
    ]
    private static let figures: Set = ["count", "mean", "min", "p50", "p90", "p95", "p99", "max"]

    private func withSeeds(_ body: (Workspace) async throws -> Void) async throws {
        try await withWorkspace { workspace in
            try await workspace.seed([.unloaded(), .failed(), .abandoned("other")])
            try await body(workspace)
        }
    }

    @Test func historyIsAnArrayOfTransitions() async throws {
        try await withSeeds { workspace in
            let rows = try await workspace.run("history", "-o", "json").objects()
            #expect(rows.count == 8)
            for row in rows { #expect(Set(row.keys) == Self.transition) }
            #expect(rows.map { $0["seq"] as? Int } == Array(1...8))
            #expect(rows[1]["elapsed_ms"] as? Double == 352.417)
            #expect(rows[0]["elapsed_ms"] is NSNull && rows[0]["reason"] is NSNull)
        }
    }

    @Test func runsAndShowDescribeARun() async throws {
        try await withSeeds { workspace in
            let runs = try await workspace.run("runs", "-o", "json").objects()
            #expect(runs.map { $0["outcome"] as? String } == ["unloaded", "failed", "interrupted"])
            for run in runs { #expect(Set(run.keys) == Self.run) }
            #expect(runs[0]["startup_ms"] as? Double == 400.437 && runs[0]["warmup_ms"] as? Double == 48.02)
            #expect(runs[0]["ready_ms"] as? Double == 95_000)
            #expect(runs[2]["ended_at"] is NSNull && runs[2]["load_ms"] is NSNull)

            let id = try #require(runs[0]["run_id"] as? String)
            let shown = try await workspace.run("show", id, "-o", "json").object()
            let more: Set = [
                "transitions", "warmup_requests", "configuration", "output_tail", "phases", "server_pid",
                "model_identity", "model_file", "notes", "warnings",
            ]
            #expect(Set(shown.keys) == Self.run.union(more))
            for row in try #require(shown["transitions"] as? [[String: Any]]) {
                #expect(Set(row.keys) == Self.transition)
            }
            let warmups = try #require(shown["warmup_requests"] as? [[String: Any]])
            #expect(warmups.map { Set($0.keys) } == [["ordinal", "elapsed_ms", "error"]])
            #expect((shown["configuration"] as? [String: Any])?["provider"] as? String == "pocketsphinx")
        }
    }

    @Test func statsIsOneObjectAGroup() async throws {
        try await withSeeds { workspace in
            let groups = try await workspace.run("stats", "-o", "json").objects()
            #expect(groups.map { $0["model"] as? String } == ["en-us", "other"])
            for group in groups {
                #expect(
                    Set(group.keys) == [
                        "model", "provider", "version", "host", "day", "runs", "reached_ready", "failed", "cancelled",
                        "interrupted", "success_rate", "load_ms", "queue_ms", "digest_ms", "spawn_ms", "warmup_ms",
                        "startup_ms", "speed",
                        "failures",
                    ])
                for phase in ["load_ms", "warmup_ms", "startup_ms"] {
                    #expect(Set(try #require(group[phase] as? [String: Any]).keys) == Self.figures)
                }
            }
            #expect(groups[0]["runs"] as? Int == 2 && groups[0]["success_rate"] as? Double == 0.5)
            #expect((groups[1]["load_ms"] as? [String: Any])?["p50"] is NSNull)
            let failures = try #require(groups[0]["failures"] as? [[String: Any]])
            #expect(failures.map { Set($0.keys) } == [["reason", "count", "last_at", "last_message"]])
        }
    }

    @Test func postmortemTellsCauseEvidenceAndContext() async throws {
        try await withSeeds { workspace in
            let answer = try await workspace.run("postmortem", "--model", "en-us", "-o", "json").object()
            #expect(
                Set(answer.keys) == [
                    "run", "failed_phase", "reason", "message", "cause", "root_cause", "evidence", "streak",
                    "last_good_run",
                    "changed_since_last_good", "compared_to_history", "timeline", "next_step", "usual_warmup_request",
                ])
            #expect(Set(try #require(answer["run"] as? [String: Any]).keys) == Self.run)
            #expect(Set(try #require(answer["last_good_run"] as? [String: Any]).keys) == Self.run)
            let evidence = try #require(answer["evidence"] as? [String: Any])
            #expect(
                Set(evidence.keys) == [
                    "exit_code", "signal", "oom_kill", "rss_peak_bytes", "memory_available_bytes", "last_probe",
                    "dropped_output_bytes", "output_tail", "warmup_requests", "memory_kills", "killed_pids",
                    "tree_peak_bytes", "memory_limit_bytes", "memory_group_peak_bytes", "probe_target",
                    "probe_status", "probe_repeats", "probe_location", "answer", "listening", "port_holder_pid",
                    "port_holder_program", "output_lines_since_ready", "killed_after_stop_timeout", "model_file",
                ])
            let streak = try #require(answer["streak"] as? [String: Any])
            #expect(Set(streak.keys) == ["count", "first_failure", "same_reason"])
            let timeline = try #require(answer["timeline"] as? [[String: Any]])
            #expect(timeline.map { Set($0.keys) } == [Self.transition, Self.transition])
        }
    }

    @Test func statusSaysWhereEachModelIs() async throws {
        try await withSeeds { workspace in
            let finished = try await workspace.run("status", "-o", "json")
            #expect(finished.status == 1)
            let models = try finished.objects()
            #expect(models.map { $0["state"] as? String } == ["ERROR", "LOADING"])
            for model in models {
                #expect(
                    Set(model.keys).isSuperset(of: [
                        "model", "provider", "state", "ready", "since", "run_id", "attempt", "correlation_id",
                        "outcome", "reason", "message", "startup_ms", "in_state_ms", "expected_ms", "owner",
                        "interruptions_in_a_row", "crash_loop", "next_retry_at",
                    ]))
            }
            let owner = try #require(models[1]["owner"] as? [String: Any])
            #expect(Set(owner.keys) == ["engine_id", "pid", "host", "liveness"])
            #expect(owner["liveness"] as? String == "dead")
        }
    }

    @Test(arguments: ["history", "runs", "stats", "status", "export"])
    func everyTimeIsRFC3339InUTCWithMicroseconds(command: String) async throws {
        try await withSeeds { workspace in
            let json = command == "export" ? [command] : [command, "-o", "json"]
            let output = try await workspace.run(json, environment: ["TZ": "Asia/Kolkata"]).output
            let times = output.matches(of: /"(at|started_at|ended_at|since|last_at)": ?"([^"]*)"/)
            #expect(!times.isEmpty)
            for time in times {
                #expect(
                    time.output.2.wholeMatch(of: /\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z/) != nil, "\(time.output.0)")
            }
        }
    }
}
