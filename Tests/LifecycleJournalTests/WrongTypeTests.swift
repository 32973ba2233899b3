import GRDB
import TestSupport
import Testing

@testable import JournalCare
@testable import JournalReports
@testable import LifecycleJournal

/// A flipped bit can turn a value into one of another type, which the schema would never have taken.
@Suite(.needsSQLiteProgram, .turn(of: "LifecycleJournalTests")) struct WrongTypeTests {
    @Test(arguments: [
        ("engine", "pid", "NULL"), ("engine", "pid", "'many'"), ("run", "attempt", "x'00'"),
        ("transition", "at_us", "'then'"), ("transition", "from_state", "NULL"), ("run_progress", "started_us", "NULL"),
        ("transition", "ordinal", "NULL"),
    ])
    func itIsDamageAndNotACrash(table: String, column: String, value: String) async throws {
        let sandbox = try Sandbox()
        let engine = try sandbox.engine()
        var driver = try await engine.claimDriver()
        try await driver.succeed()
        try await driver.start()
        try await driver.fail()
        try engine.close()
        let answer = try sqlite3(
            sandbox.journal,
            """
            PRAGMA writable_schema = ON;
            UPDATE sqlite_schema SET sql = replace(replace(sql, ') STRICT', ')'), 'NOT NULL', '') WHERE name = '\(table)';
            DELETE FROM sqlite_schema WHERE type = 'trigger';
            PRAGMA writable_schema = RESET;
            UPDATE \(table) SET \(column) = \(value);
            """)
        try #require(answer.status == 0, "\(answer.output)")
        let reader = try sandbox.reader()
        var damaged = 0
        func expectNoCrash(_ body: () throws -> Void) {
            do { try body() } catch let error as JournalError { damaged += error.code == .damaged ? 1 : 0 } catch {
                Issue.record(error)
            }
        }
        expectNoCrash { _ = try reader.history(ReportFilter()) }
        expectNoCrash { _ = try reader.runs(ReportFilter()) }
        expectNoCrash { _ = try reader.status(models: []) }
        expectNoCrash { _ = try reader.postmortem(nil) }
        expectNoCrash { try reader.export(afterSeq: 0) { _ in } }
        #expect(damaged > 0)
        expectNoCrash { _ = try sandbox.engine() }
    }
}
