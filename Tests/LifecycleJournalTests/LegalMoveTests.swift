import GRDB
import TestSupport
import Testing

@testable import JournalCare
@testable import JournalReports
@testable import LifecycleJournal
@testable import ModelLifecycle

/// The state machine as the database enforces it, whoever writes.
@Suite(.turn(of: "LifecycleJournalTests")) struct LegalMoveTests {
    @Test func databaseKnowsTheSameMovesAsTheCode() throws {
        let sandbox = try Sandbox()
        let engine = try sandbox.engine()
        let stored = try engine.writer.read { db in
            try Row.fetchAll(db, sql: "SELECT from_state, trigger, to_state FROM legal_move").map { row -> [String] in
                [row["from_state"], row["trigger"], row["to_state"]]
            }
        }
        let expected = LifecycleTable.moves.map { [$0.from.rawValue, $0.trigger.rawValue, $0.to.rawValue] }
        #expect(stored.count == expected.count)
        #expect(Set(stored) == Set(expected))
    }

    /// Every combination of from, trigger and to, on a model that stands in `from`.
    @Test(arguments: ModelState.allCases)
    func onlyLegalMovesAreStored(from: ModelState) async throws {
        let sandbox = try Sandbox()
        let engine = try sandbox.engine()
        var driver = try await engine.claimDriver()
        try await driver.reach(from)
        let raw = try RawAppend(engine)
        try await engine.writer.write { db in
            for trigger in Trigger.allCases {
                for to in ModelState.allCases {
                    let isLegal = LifecycleTable.isLegal(from: from, trigger: trigger, to: to)
                    let error = raw.attempt(db, from: from, trigger: trigger, to: to)
                    #expect((error == nil) == isLegal, "\(from) \(trigger.rawValue) \(to): \(error ?? "stored")")
                    if let error { #expect(error == "modeljournal: illegal move") }
                }
            }
        }
    }

    @Test(arguments: ModelState.allCases)
    func aMoveStartsWhereTheLastOneEnded(from: ModelState) async throws {
        let sandbox = try Sandbox()
        let engine = try sandbox.engine()
        var driver = try await engine.claimDriver()
        try await driver.reach(from)
        let raw = try RawAppend(engine)
        try await engine.writer.write { db in
            for move in LifecycleTable.moves where move.from != from {
                let error = raw.attempt(db, from: move.from, trigger: move.trigger, to: move.to)
                #expect(error == "modeljournal: from_state is not the last to_state of the model")
            }
        }
    }

    @Test func aModelWithoutRowsStartsInUninitialized() async throws {
        let sandbox = try Sandbox()
        let engine = try sandbox.engine()
        var driver = try await engine.claimDriver()
        let error = await #expect(throws: RecorderFailure.self) { try await driver.start(.retry) }
        #expect(error == .fenced(detail: "illegal move"))
        try await driver.start()
    }

    @Test func aRunHasNoGap() async throws {
        let sandbox = try Sandbox()
        let engine = try sandbox.engine()
        var driver = try await engine.claimDriver()
        try await driver.reach(.loading)
        let raw = try RawAppend(engine)
        try await engine.writer.write { db in
            for ordinal in [1, 3, 4, 100] {
                let error = raw.attempt(db, from: .loading, trigger: .loaded, to: .ready, ordinal: ordinal)
                let expected = ordinal == 1 ? "history is append-only" : "a run starts in LOADING and has no gap"
                #expect(error == "modeljournal: \(expected)")
            }
            #expect(raw.attempt(db, from: .loading, trigger: .loaded, to: .ready, ordinal: 2) == nil)
        }
    }

    @Test func aRunStartsWithItsFirstRow() async throws {
        let sandbox = try Sandbox()
        let engine = try sandbox.engine()
        var driver = try await engine.claimDriver()
        try await driver.reach(.error)
        let raw = try RawAppend(engine)
        try await engine.writer.write { db in
            #expect(
                raw.attempt(db, from: .error, trigger: .initialize, to: .loading, ordinal: 2)
                    == "modeljournal: a run starts in LOADING and has no gap")
            // A run in which nothing has happened yet cannot end the one before.
            #expect(
                raw.attempt(db, from: .error, trigger: .unload, to: .unloading, ordinal: 1, run: raw.freshRun)
                    == "modeljournal: a run starts in LOADING and has no gap")
        }
    }

    @Test func aFinishedRunIsNotTakenUpAgain() async throws {
        let sandbox = try Sandbox()
        let engine = try sandbox.engine()
        var driver = try await engine.claimDriver()
        try await driver.reach(.error)
        let failed: Int64? = try engine.one("SELECT max(id) FROM run")
        try await driver.reach(.loading)
        let raw = try RawAppend(engine)
        try await engine.writer.write { db in
            let error = raw.attempt(db, from: .loading, trigger: .loaded, to: .ready, ordinal: 3, run: failed)
            #expect(error == "modeljournal: a later run of the model has begun")
        }
    }

    @Test func oneModelHasOneLiveRun() async throws {
        let sandbox = try Sandbox()
        let engine = try sandbox.engine()
        var driver = try await engine.claimDriver()
        try await driver.reach(.ready)
        await #expect(throws: RecorderFailure.self) { try await driver.start() }
        // The index stands behind the triggers: it would stop a second one even without them.
        try engine.sql("DROP TRIGGER run_progress_begins_with_its_run")
        #expect(throws: DatabaseError.self) {
            try engine.sql(
                """
                INSERT INTO run_progress (run, model_id, state, outcome, last_seq, started_us)
                SELECT run + 1, model_id, 'LOADING', 'in_progress', 99, 0 FROM run_progress
                """)
        }
        #expect(try engine.one("SELECT count(*) FROM transition") == 3)
        #expect(try engine.one("SELECT count(*) FROM run") == 1)
    }

    @Test func aRunBelongsToOneModel() async throws {
        let sandbox = try Sandbox()
        let engine = try sandbox.engine()
        var first = try await engine.claimDriver("first")
        try await first.reach(.loading)
        let stolen: Int64? = try engine.one("SELECT max(id) FROM run")
        var second = try await engine.claimDriver("second")
        try await second.reach(.loading)
        let raw = try RawAppend(engine, model: "second")
        try await engine.writer.write { db in
            let error = raw.attempt(db, from: .loading, trigger: .loaded, to: .ready, run: stolen)
            #expect(error == "modeljournal: the run belongs to another model")
        }
    }
}

/// Rows put in past the recorder, with its rights; undone at once.
struct RawAppend {
    let model: Int64
    let engine: Int64
    let epoch: Int64
    let lastRun: Int64
    /// A run without rows.
    let freshRun: Int64

    init(_ journal: EngineJournal, model name: String = "en-us") throws {
        engine = journal.engineRow
        let owner: (Int64, Int64, Int64, Int64) = try journal.writer.write { db in
            let row = try #require(
                try Row.fetchOne(
                    db, sql: "SELECT * FROM model_owner WHERE model_id = (SELECT id FROM model WHERE name = ?)",
                    arguments: [name]))
            let last = try #require(
                try Int64.fetchOne(db, sql: "SELECT max(id) FROM run WHERE model_id = ?", arguments: [row["model_id"]]))
            try db.execute(
                sql: """
                    INSERT INTO run (run_id, model_id, engine_id, configuration_id, provider, attempt, correlation_id)
                    SELECT run_id || '-fresh', model_id, engine_id, configuration_id, provider, attempt, correlation_id
                    FROM run WHERE id = ?
                    """, arguments: [last])
            return (row["model_id"], row["epoch"], last, db.lastInsertedRowID)
        }
        (model, epoch, lastRun, freshRun) = owner
    }

    /// - Returns: why it was refused; nil if it was stored.
    func attempt(
        _ db: Database, from: ModelState, trigger: Trigger, to: ModelState, ordinal: Int? = nil, run: Int64? = nil,
        seq: Int64? = nil, epoch: Int64? = nil
    ) -> String? {
        do {
            try db.inSavepoint {
                let run = run ?? (to == .loading ? freshRun : lastRun)
                let last = try Int.fetchOne(
                    db, sql: "SELECT max(ordinal) FROM transition WHERE run = ?", arguments: [run])
                try db.execute(
                    sql: """
                        INSERT INTO transition
                            (seq, run, ordinal, model_id, engine_id, epoch, at_us, from_state, to_state, trigger, hash)
                        VALUES (?, ?, ?, ?, ?, ?, 1, ?, ?, ?, zeroblob(32))
                        """,
                    arguments: [
                        seq ?? (try Int64.fetchOne(db, sql: "SELECT seq + 1 FROM chain_head")), run,
                        ordinal ?? (last ?? 0) + 1, model, engine, epoch ?? self.epoch, from.rawValue,
                        to.rawValue, trigger.rawValue,
                    ])
                return .rollback
            }
            return nil
        } catch let error as DatabaseError { return error.message } catch { return String(describing: error) }
    }
}
