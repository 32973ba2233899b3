import GRDB
import TestSupport
import Testing

@testable import JournalCare
@testable import JournalReports
@testable import LifecycleJournal
@testable import ModelLifecycle

/// The views that anybody's SQL depends on.
@Suite(.turn(of: "LifecycleJournalTests")) struct PublicViewTests {
    static let columns: [String: String] = [
        "transitions": """
        seq at model provider run_id attempt correlation_id from_state to_state trigger reason message elapsed_ms \
        exit_code signal engine_id pid host
        """,
        "runs": """
        run_id model provider version attempt correlation_id started_at ended_at state outcome startup_ms load_ms \
        warmup_ms ready_ms failed_phase reason message exit_code signal engine_id host wanted
        """,
        "load_timings": """
        run_id model provider version attempt correlation_id started_at outcome load_ms warmup_ms startup_ms
        """,
        "failed_warmups": """
        run_id model provider attempt correlation_id at trigger reason message elapsed_ms to_state exit_code signal \
        engine_id host
        """,
        "current_states": """
        model provider state since run_id attempt correlation_id reason message startup_ms engine_id pid host \
        next_retry_at wanted
        """,
        "run_notes": "run_id model ordinal at kind message output evidence server_pid version correlation_id",
        "startup_stats": """
        model provider runs reached_ready failed cancelled interrupted success_rate \
        load_ms_count load_ms_mean load_ms_min load_ms_p50 load_ms_p90 load_ms_p95 load_ms_p99 load_ms_max \
        warmup_ms_count warmup_ms_mean warmup_ms_min warmup_ms_p50 warmup_ms_p90 warmup_ms_p95 warmup_ms_p99 \
        warmup_ms_max \
        startup_ms_count startup_ms_mean startup_ms_min startup_ms_p50 startup_ms_p90 startup_ms_p95 startup_ms_p99 \
        startup_ms_max
        """,
    ]

    @Test func viewsHaveTheColumnsOfTheContract() throws {
        let views = try PublicView.all()
        #expect(Set(views.map(\.name)) == Set(Self.columns.keys))
        for view in views {
            #expect(view.columns.joined(separator: " ") == Self.columns[view.name], "\(view.name)")
            #expect(!view.summary.isEmpty)
        }
    }

    @Test(.needsSQLiteProgram) func anEmptyJournalHasEmptyViews() throws {
        let sandbox = try Sandbox()
        try sandbox.engine().close()
        for name in Self.columns.keys {
            let answer = try sqlite3(sandbox.journal, "SELECT count(*) FROM \(name)")
            #expect(answer.output == "0\n", "\(name)")
        }
    }

    @Test(.needsSQLiteProgram) func timesAreRFC3339AndDurationsMilliseconds() async throws {
        let sandbox = try Sandbox()
        let engine = try sandbox.engine()
        var driver = try await engine.claimDriver()
        driver.wall = WallTime(microseconds: 1_795_401_067_000_042)
        try await driver.start(runID: "run-1", correlationID: "c-1")
        try await driver.move(.loaded, .ready, elapsed: .microseconds(1_234_567))
        #expect(
            try sqlite3(sandbox.journal, "SELECT at, elapsed_ms FROM transitions").output == """
                2026-11-23T02:31:07.000042Z|
                2026-11-23T02:31:08.000042Z|1234.567

                """)
        #expect(
            try sqlite3(sandbox.journal, "SELECT started_at, ended_at IS NULL, load_ms, warmup_ms FROM runs").output
                == "2026-11-23T02:31:07.000042Z|1|1234.567|\n")
        #expect(try sqlite3(sandbox.journal, "SELECT model, load_ms FROM load_timings").output == "en-us|1234.567\n")
        #expect(
            try sqlite3(sandbox.journal, "SELECT model, state, since, run_id FROM current_states").output
                == "en-us|READY|2026-11-23T02:31:08.000042Z|run-1\n")
    }

    @Test(.needsSQLiteProgram) func viewsAgreeWithTheReports() async throws {
        let sandbox = try Sandbox()
        let engine = try await AppendOnlyTests.filled(sandbox)
        let reader = try sandbox.reader()
        let row = try #require(try reader.history(ReportFilter()).last)
        let run = try #require(try reader.runs(ReportFilter()).last)
        let columns = "seq, run_id, correlation_id, engine_id, pid, host, trigger"
        let last = try sqlite3(sandbox.journal, "SELECT \(columns) FROM transitions ORDER BY seq DESC LIMIT 1")
        let expected = [
            String(row.seq), row.runID, row.correlationID, row.engineID, String(row.pid), row.host, "unloaded\n",
        ]
        #expect(last.output == expected.joined(separator: "|"))
        #expect(
            try sqlite3(sandbox.journal, "SELECT run_id, outcome, state, attempt FROM runs").output
                == "\(run.runID)|unloaded|UNINITIALIZED|1\n")
        try engine.close()
    }

    @Test(.needsSQLiteProgram) func failedWarmupsAreThoseThatFailedOrWereCutShort() async throws {
        let sandbox = try Sandbox()
        let engine = try sandbox.engine()
        var driver = try await engine.claimDriver()
        try await driver.succeed()
        for (trigger, to, reason) in [
            (Trigger.warmupFailed, ModelState.ready, FailureReason.warmupFailed),
            (.warmupFailed, .error, .warmupFailed),
            (.deadline, .error, .startupTimeout), (.providerExited, .error, .processExited),
        ] {
            try await driver.reach(.warmingUp)
            try await driver.move(trigger, to, failure: Failure(reason, "x"))
            if to == .ready { try await driver.finish() }
        }
        try await driver.reach(.warmingUp)
        try await driver.move(.unload, .unloading, failure: Failure(.cancelled, "unload"))
        try await driver.move(.unloaded, .uninitialized)
        #expect(
            try sqlite3(sandbox.journal, "SELECT trigger, to_state, reason FROM failed_warmups ORDER BY at").output
                == """
                warmup_failed|READY|WarmupFailed
                warmup_failed|ERROR|WarmupFailed
                deadline|ERROR|StartupTimeout
                provider_exited|ERROR|ProcessExited

                """)
    }

    /// A reader knows them by their digest.
    @Test func theDigestOfTheViewsIsKnown() throws {
        let sandbox = try Sandbox()
        let engine = try sandbox.engine()
        #expect(try engine.writer.read(JournalSchema.digestOfViews) == JournalSchema.viewsDigest)
        try engine.close()
    }
}
