import GRDB
import TestSupport
import Testing

@testable import JournalCare
@testable import JournalReports
@testable import LifecycleJournal
@testable import ModelLifecycle

/// What follows from the history, or was fixed by the migration, changes with that alone.
@Suite(.needsSQLiteProgram, .turn(of: "LifecycleJournalTests")) struct DerivedTableTests {
    static let attacks = [
        "DELETE FROM run_progress",
        "DELETE FROM run_progress WHERE run = 1",
        "UPDATE run_progress SET outcome = 'unloaded'",
        "UPDATE run_progress SET state = 'READY', outcome = 'ready'",
        "UPDATE run_progress SET load_us = 1",
        "UPDATE run_progress SET reason_seq = NULL",
        "UPDATE run_progress SET last_seq = last_seq",
        "UPDATE run_progress SET last_seq = last_seq + 1",
        "UPDATE run_progress SET last_seq = 99",
        "UPDATE run_progress SET run = 99 WHERE run = 1",
        "UPDATE OR REPLACE run_progress SET run = 2 WHERE run = 1",
        "INSERT OR REPLACE INTO run_progress SELECT * FROM run_progress",
        """
        INSERT INTO run_progress (run, model_id, state, outcome, last_seq, started_us)
        SELECT 99, model_id, 'ERROR', 'failed', last_seq, 0 FROM run_progress
        """,
        "DELETE FROM legal_move",
        "UPDATE legal_move SET to_state = 'READY'",
        "INSERT INTO legal_move (from_state, trigger, to_state) VALUES ('ERROR', 'loaded', 'READY')",
        "INSERT OR REPLACE INTO legal_move SELECT * FROM legal_move",
        "DELETE FROM journal_info",
        "UPDATE journal_info SET journal_id = 'another'",
        "INSERT OR REPLACE INTO journal_info (only_row, journal_id, created_us) VALUES (1, 'another', 0)",
        // One run is over, the other failed in its warm-up, which measured one request.
        "INSERT INTO warmup_request (run, ordinal, elapsed_us) VALUES (1, 2, 1)",
        "INSERT INTO warmup_request (run, ordinal, elapsed_us) VALUES (2, 2, 1)",
    ]

    @Test(arguments: attacks) func onlyTheJournalsOwnTriggersChangeThem(attack: String) async throws {
        let sandbox = try Sandbox()
        let engine = try await Self.filled(sandbox)
        let before = try Self.dump(sandbox)
        #expect(throws: DatabaseError.self) { try engine.sql(attack) }
        let program = try sqlite3(sandbox.journal, attack)
        #expect(program.status != 0 && program.output.contains("modeljournal: "), "\(program.output)")
        #expect(try Self.dump(sandbox) == before)
    }

    /// Nor while a run is under way.
    @Test func aRunInFlightIsNotMovedPastItsHistory() async throws {
        let sandbox = try Sandbox()
        let engine = try sandbox.engine()
        var driver = try await engine.claimDriver()
        try await driver.reach(.warmingUp)
        for attack in [
            "UPDATE run_progress SET state = 'READY', outcome = 'ready'",
            "UPDATE run_progress SET last_seq = last_seq + 1, state = 'READY'",
            "INSERT INTO warmup_request (run, ordinal, elapsed_us) VALUES (1, 1, 1)",
        ] {
            let program = try sqlite3(sandbox.journal, attack)
            #expect(program.status != 0 && program.output.contains("modeljournal: "), "\(attack)")
        }
        try await driver.move(.warmed, .ready, warmups: [WarmupMeasurement(elapsed: .milliseconds(3))])
        try await driver.finish()
        #expect(try sandbox.reader().runs(ReportFilter()).map(\.outcome) == ["unloaded"])
    }

    private static func filled(_ sandbox: Sandbox) async throws -> EngineJournal {
        let engine = try sandbox.engine()
        var driver = try await engine.claimDriver()
        let measured = [WarmupMeasurement(elapsed: .milliseconds(3))]
        try await driver.reach(.warmingUp)
        try await driver.move(.warmed, .ready, warmups: measured)
        try await driver.finish()
        try await driver.reach(.warmingUp)
        try await driver.move(.warmupFailed, .error, failure: Failure(.warmupFailed, "x"), warmups: measured)
        return engine
    }

    private static func dump(_ sandbox: Sandbox) throws -> [String] {
        try ["run_progress", "legal_move", "journal_info", "warmup_request"].map(sandbox.dump)
    }
}
