import Foundation
import TestSupport
import Testing

@testable import JournalCare
@testable import JournalReports
@testable import LifecycleJournal
@testable import ModelLifecycle

/// Somebody's own SQL: it may read, and nothing else.
@Suite(.turn(of: "LifecycleJournalTests")) struct ReadOnlySQLTests {
    private let sandbox: Sandbox
    private let engine: EngineJournal

    init() async throws {
        sandbox = try Sandbox()
        engine = try await AppendOnlyTests.filled(sandbox)
    }

    private func run(
        _ sql: String, deadline: Duration = .seconds(60)
    ) throws -> (columns: [String], rows: [[SQLValue]]) {
        var names: [String] = []
        var rows: [[SQLValue]] = []
        try ReadOnlySQL(path: sandbox.journal, sql: sql).run(
            deadline: deadline, columns: { names = $0 }, row: { rows.append($0) })
        return (names, rows)
    }

    @Test func viewsCanBeRead() throws {
        let answer = try run("SELECT model, load_ms FROM load_timings")
        #expect(answer.columns == ["model", "load_ms"])
        #expect(answer.rows == [[.text("en-us"), .real(10)]])
    }

    @Test(arguments: PublicViewTests.columns.keys.sorted())
    func everyViewIsReadable(view: String) throws {
        #expect(try run("SELECT * FROM \(view)").columns.joined(separator: " ") == PublicViewTests.columns[view])
    }

    @Test func valuesKeepTheirTypes() throws {
        let answer = try run("SELECT NULL, 1, -9223372036854775808, 1.5, 'é', '', x'00FF', x'' AS \"empty\"")
        #expect(
            answer.rows == [
                [.null, .integer(1), .integer(.min), .real(1.5), .text("é"), .text(""), .blob([0, 255]), .blob([])]
            ])
        #expect(answer.columns.last == "empty")
    }

    @Test func anEmptyAnswerHasColumns() throws {
        let answer = try run("SELECT run_id FROM runs WHERE 0")
        #expect(answer.columns == ["run_id"])
        #expect(answer.rows.isEmpty)
    }

    @Test(arguments: [
        "SELECT 1;", "SELECT 1 ; -- that was all", "  \n SELECT 1 /* x */ ; /* y */\n",
        "WITH RECURSIVE n (i) AS (VALUES (1) UNION ALL SELECT i + 1 FROM n WHERE i < 3) SELECT 1 FROM n LIMIT 1",
        "VALUES (1)",
    ])
    func oneStatementIsRun(sql: String) throws {
        #expect(try run(sql).rows == [[.integer(1)]])
    }

    @Test(arguments: [
        "INSERT INTO model (name) VALUES ('x')", "UPDATE run_progress SET state = 'READY'", "DELETE FROM run_progress",
        "CREATE TABLE t (x)", "CREATE TEMP TABLE t (x)", "DROP TABLE transition", "ALTER TABLE run ADD COLUMN x",
        "ATTACH 'DIRECTORY/new.sqlite' AS other", "ATTACH 'file:DIRECTORY/new.sqlite?mode=rwc' AS other",
        "ATTACH ':memory:' AS other", "DETACH main", "VACUUM", "VACUUM INTO 'DIRECTORY/new.sqlite'", "REINDEX",
        "ANALYZE",
        "PRAGMA user_version = 9", "PRAGMA user_version", "PRAGMA query_only = OFF", "PRAGMA writable_schema = ON",
        "PRAGMA journal_mode = DELETE", "PRAGMA wal_checkpoint(TRUNCATE)", "SELECT * FROM pragma_table_info('run')",
        "BEGIN IMMEDIATE", "BEGIN", "SAVEPOINT x", "SELECT load_extension('DIRECTORY/x.so')",
        "SELECT writefile('DIRECTORY/new.txt', 'x')", "SELECT LOAD_EXTENSION('x')", "SELECT zeroblob(10)",
        // Functions of SQLite that are not pure, of its extensions and of its shell.
        "SELECT changes()", "SELECT last_insert_rowid()", "SELECT sqlite_compileoption_get(1)",
        "SELECT sqlite_log(1, 'x')", "SELECT fts3_tokenizer('simple')", "SELECT matchinfo('x')", "SELECT bm25('x')",
        "SELECT rtreecheck('x')", "SELECT randomblob(10)", "SELECT readfile('/etc/passwd')", "SELECT usleep(1)",
        // Values, statements and patterns beyond all use.
        "SELECT hex(printf('%4000000d', 1))", "SELECT printf('%4000000d', 1) || printf('%4000000d', 1)",
        "SELECT ?", "SELECT 1 WHERE 'a' LIKE printf('%2000d', 1)",
        "EXPLAIN DELETE FROM run_progress",
    ])
    func anythingButReadingIsRefused(sql: String) throws {
        let sql = sql.replacing("DIRECTORY", with: sandbox.directory)
        let before = try sandbox.names()
        let rows: Int? = try engine.one("SELECT count(*) FROM run_progress")
        let error = #expect(throws: JournalError.self) { try run(sql) }
        #expect(error?.code == .invalidRequest, "\(sql): \(error?.message ?? "")")
        #expect(try sandbox.names() == before)
        #expect(try engine.one("SELECT count(*) FROM run_progress") == rows)
        #expect(try engine.one("PRAGMA user_version") == JournalSchema.version)
    }

    @Test(arguments: [
        "SELECT 1; SELECT 2", "SELECT 1; DELETE FROM run_progress", "SELECT 1;;; SELECT 2", "SELECT 1; nonsense",
    ])
    func onlyOneStatementIsAllowed(sql: String) {
        let error = #expect(throws: JournalError.self) { try run(sql) }
        #expect(error?.code == .invalidRequest)
        #expect(error?.message.contains("one SQL statement") == true)
    }

    @Test(arguments: ["", "   ", "-- nothing", ";"])
    func noStatementIsAnError(sql: String) {
        let error = #expect(throws: JournalError.self) { try run(sql) }
        #expect(error?.message == "no SQL statement given")
    }

    @Test(arguments: [("SELEC 1", "SELEC"), ("SELECT nope FROM runs", "nope"), ("SELECT * FROM nowhere", "nowhere")])
    func sqliteSaysWhatIsWrong(sql: String, hint: String) {
        let error = #expect(throws: JournalError.self) { try run(sql) }
        #expect(error?.code == .invalidRequest)
        #expect(error?.message.contains(hint) == true)
    }

    @Test func anEndlessQueryIsStoppedByItsDeadline() {
        let endless = "WITH RECURSIVE n (i) AS (VALUES (1) UNION ALL SELECT i + 1 FROM n) SELECT count(*) FROM n"
        let error = #expect(throws: JournalError.self) { try run(endless, deadline: .milliseconds(20)) }
        #expect(error?.code == .busy)
        #expect(error?.message.contains("deadline") == true)
    }

    /// The functions are those of SQLite's own documentation; what this SQLite lacks does not count.
    @Test(arguments: [
        "SELECT max(1, 2), iif(1, 2, 3), printf('%d', 1), substr('abc', 2), typeof(1), ifnull(NULL, 1)",
        "SELECT count(*), sum(seq), total(seq), avg(seq), group_concat(seq) FROM transitions",
        "SELECT seq, row_number() OVER w, lag(seq) OVER w, ntile(4) OVER w FROM transitions WINDOW w AS (ORDER BY seq)",
        "SELECT datetime('now'), strftime('%Y', at), julianday(at), unixepoch(at) FROM transitions",
        "SELECT current_timestamp, date('now'), time('now')",
        "SELECT round(pow(2, 3)), sqrt(2), ln(2), floor(1.5), pi()",
        "SELECT json_extract('{\"a\":1}', '$.a'), '{\"a\":1}' -> 'a', '{\"a\":1}' ->> 'a', json_group_array(1)",
        "SELECT value FROM json_each('[1, 2]')", "SELECT seq FROM transitions ORDER BY random()",
        "SELECT 'a' LIKE 'A', 'a' GLOB 'a*', upper('a') FROM transitions",
    ])
    func pureFunctionsMayBeCalled(sql: String) throws {
        #expect(try !run(sql).rows.isEmpty)
    }

    /// SQLite's own limit is a gigabyte. What printf cannot build is NULL, or an error in later versions.
    @Test(.takesLong) func aHugeTextIsNotBuilt() throws {
        let answer = try? run("SELECT length(printf('%.*c', 900000000, 'x'))")
        #expect(answer == nil || answer?.rows == [[.null]])
    }

    /// Rows may come faster than SQLite asks whether to go on.
    @Test func theDeadlineHoldsWhileRowsAreTaken() {
        var rows = 0
        let endless = "WITH RECURSIVE n (i) AS (VALUES (1) UNION ALL SELECT i + 1 FROM n) SELECT i FROM n"
        let error = #expect(throws: JournalError.self) {
            try ReadOnlySQL(path: sandbox.journal, sql: endless).run(
                deadline: .zero, columns: { _ in }, row: { _ in rows += 1 })
        }
        #expect(error?.code == .busy)
        #expect(rows == 1)
    }

    @Test func anErrorOfTheReceiverEndsTheQuery() {
        struct Enough: Error {}
        var count = 0
        #expect(throws: Enough.self) {
            try ReadOnlySQL(path: sandbox.journal, sql: "SELECT seq FROM transitions").run(
                deadline: .seconds(60), columns: { _ in },
                row: { _ in
                    count += 1
                    throw Enough()
                })
        }
        #expect(count == 1)
    }

    @Test func aMissingJournalIsNotCreated() throws {
        let path = sandbox.directory + "/missing.sqlite"
        let error = #expect(throws: JournalError.self) {
            try ReadOnlySQL(path: path, sql: "SELECT 1").run(deadline: .seconds(5), columns: { _ in }, row: { _ in })
        }
        #expect(error?.code == .notFound)
        #expect(!FileManager.default.fileExists(atPath: path))
    }
}
