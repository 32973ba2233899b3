import GRDB
import TestSupport
import Testing

@testable import JournalCare
@testable import JournalReports
@testable import LifecycleJournal
@testable import ModelLifecycle

/// What was written stays, also for programs that know nothing of this one.
@Suite(.needsSQLiteProgram, .turn(of: "LifecycleJournalTests")) struct AppendOnlyTests {
    static let history = ["engine", "model", "configuration", "run", "transition", "warmup_request"]

    /// Statements that would change or remove a row of the table.
    static func attacks(on table: String) -> [String] {
        let column =
            ["engine": "host", "model": "name", "configuration": "json", "run": "provider"][table] ?? "ordinal"
        return [
            "UPDATE \(table) SET \(column) = \(column)",
            "UPDATE OR REPLACE \(table) SET \(column) = \(column)",
            "DELETE FROM \(table)",
            "INSERT OR REPLACE INTO \(table) SELECT * FROM \(table)",
            "REPLACE INTO \(table) SELECT * FROM \(table)",
            "INSERT INTO \(table) SELECT * FROM \(table)",
        ]
    }

    @Test(arguments: history)
    func theWriterCannotChangeHistory(table: String) async throws {
        let sandbox = try Sandbox()
        let engine = try await Self.filled(sandbox)
        let before = try sandbox.dump(table)
        for attack in Self.attacks(on: table) {
            let error = #expect(throws: DatabaseError.self, "\(attack)") { try engine.sql(attack) }
            #expect(error?.message == "modeljournal: history is append-only")
        }
        #expect(try sandbox.dump(table) == before)
    }

    /// The `sqlite3` program does not fire DELETE triggers for REPLACE.
    @Test(arguments: history)
    func anotherProgramCannotChangeHistory(table: String) async throws {
        let sandbox = try Sandbox()
        let engine = try await Self.filled(sandbox)
        try engine.close()
        let before = try sandbox.dump(table)
        #expect(try sqlite3(sandbox.journal, "PRAGMA recursive_triggers").output == "0\n")
        for attack in Self.attacks(on: table) {
            let answer = try sqlite3(sandbox.journal, attack)
            #expect(answer.output.contains("history is append-only"), "\(attack)")
            #expect(answer.status != 0)
        }
        #expect(try sandbox.dump(table) == before)
    }

    /// One column that names an old row is enough for REPLACE to remove that row.
    @Test(arguments: [
        """
        INSERT OR REPLACE INTO engine (engine_id, host, pid, program_version, started_us)
        SELECT engine_id, 'elsewhere', 1, 'x', 0 FROM engine
        """,
        "INSERT OR REPLACE INTO model (name) SELECT name FROM model",
        "INSERT OR REPLACE INTO model (id, name) SELECT id, 'other' FROM model",
        "INSERT OR REPLACE INTO configuration (digest, json) SELECT digest, '{}' FROM configuration",
        """
        INSERT OR REPLACE INTO run (run_id, model_id, engine_id, configuration_id, provider, attempt, correlation_id)
        SELECT run_id, model_id, engine_id, configuration_id, 'other', attempt, correlation_id FROM run
        """,
        """
        INSERT OR REPLACE INTO transition
            (run, ordinal, model_id, engine_id, epoch, at_us, from_state, to_state, trigger)
        SELECT run, ordinal, model_id, engine_id, epoch, 0, from_state, to_state, trigger FROM transition
        """,
        """
        INSERT OR REPLACE INTO warmup_request (run, ordinal, elapsed_us) SELECT run, ordinal, 0 FROM warmup_request
        """,
    ])
    func aReplacementByAnyKeyIsRefused(attack: String) async throws {
        let sandbox = try Sandbox()
        try await Self.filled(sandbox).close()
        let before = try Self.history.map(sandbox.dump)
        let answer = try sqlite3(sandbox.journal, attack)
        #expect(answer.output.contains("history is append-only") || answer.output.contains("fenced"))
        #expect(answer.status != 0)
        #expect(try Self.history.map(sandbox.dump) == before)
    }

    @Test func anOldNumberIsNotUsedAgain() async throws {
        let sandbox = try Sandbox()
        let engine = try sandbox.engine()
        var driver = try await engine.claimDriver()
        try await driver.reach(.loading)
        try await driver.move(.loaded, .ready)
        let raw = try RawAppend(engine)
        try await engine.writer.write { db in
            // -1 is what a trigger sees where SQLite chooses the number.
            for seq: Int64 in [1, 2, 0, -1, -2, .min] {
                let error = raw.attempt(db, from: .ready, trigger: .unload, to: .unloading, seq: seq)
                #expect(error == "modeljournal: history is append-only")
            }
            // Nor is one left out.
            let error = raw.attempt(db, from: .ready, trigger: .unload, to: .unloading, seq: 4)
            #expect(error == "modeljournal: the number does not follow on the last one")
            #expect(raw.attempt(db, from: .ready, trigger: .unload, to: .unloading, seq: nil) == nil)
        }
    }

    @Test func numbersAreNotReusedAfterARollback() async throws {
        let sandbox = try Sandbox()
        let engine = try sandbox.engine()
        var driver = try await engine.claimDriver()
        try await driver.succeed()
        let numbers = try sandbox.reader().history(ReportFilter()).map(\.seq)
        #expect(numbers == Array(1...Int64(numbers.count)))
    }

    @Test func valuesHaveTheirTypes() async throws {
        let sandbox = try Sandbox()
        let engine = try await Self.filled(sandbox)
        let insert = "INSERT INTO engine (engine_id, host, pid, program_version, started_us) VALUES "
        for values in ["('a', 'h', 'not a number', 'v', 0)", "('a', 'h', 1, 'v', -1)", "('a', NULL, 1, 'v', 0)"] {
            #expect(throws: DatabaseError.self) { try engine.sql(insert + values) }
        }
        #expect(throws: DatabaseError.self) { try engine.sql("INSERT INTO model (name) VALUES ('')") }
        #expect(throws: DatabaseError.self) {
            try engine.sql("INSERT INTO configuration (digest, json) VALUES (hex(zeroblob(32)), 'broken')")
        }
    }

    /// A journal with a row in every table.
    static func filled(_ sandbox: Sandbox) async throws -> EngineJournal {
        let engine = try sandbox.engine()
        var driver = try await engine.claimDriver()
        try await driver.reach(.warmingUp)
        try await driver.move(.warmed, .ready, warmups: [WarmupMeasurement(elapsed: .milliseconds(3))])
        try await driver.finish()
        return engine
    }
}

extension Sandbox {
    /// A table's contents as the `sqlite3` program shows them.
    func dump(_ table: String) throws -> String {
        let dump = try sqlite3(journal, "SELECT * FROM \(table)")
        #expect(dump.status == 0 && !dump.output.isEmpty)
        return dump.output
    }
}
