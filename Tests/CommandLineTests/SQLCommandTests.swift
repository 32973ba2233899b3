import Foundation
import TestSupport
import Testing

/// `sql` reads and does nothing else.
@Suite(.turn(of: "CommandLineTests")) struct SQLCommandTests {
    private static let refused = [
        "INSERT INTO model (name) VALUES ('x')", "UPDATE run_progress SET state = 'READY'", "DELETE FROM engine",
        "DELETE FROM runs", "DROP TABLE run", "CREATE TABLE t (a)", "CREATE TEMP TABLE t (a)", "ALTER TABLE run ADD x",
        "REINDEX", "ANALYZE", "VACUUM", "VACUUM INTO 'copy.sqlite'", "ATTACH 'other.sqlite' AS other",
        "ATTACH 'file:other.sqlite?mode=rwc' AS other", "DETACH main", "BEGIN IMMEDIATE", "SAVEPOINT s",
        "PRAGMA user_version = 9", "PRAGMA journal_mode = DELETE", "PRAGMA writable_schema = 1",
        "SELECT load_extension('x.so')", "SELECT writefile('x', 'y')", "SELECT 1; SELECT 2", "SELECT 1; DROP TABLE run",
        "SELECT", "SELECT * FROM nothing", "SELECT nothing FROM runs", " ", "-- nothing", "SELECT 1 /*", "\u{0}",
    ]

    @Test(arguments: refused) func whatIsNotOneReadingStatementIsRefused(sql: String) async throws {
        try await withWorkspace { workspace in
            try await workspace.seed([.unloaded(), .failed()])
            let before = try DirectoryListing(workspace.directory, sideFiles: false)
            for format in ["text", "csv"] {
                let finished = try await workspace.run("sql", "-o", format, "--", sql)
                #expect(finished.status == 64, "\(finished)")
                #expect(finished.errorLines.count == 1 && finished.output.isEmpty, "\(finished)")
            }
            #expect(try DirectoryListing(workspace.directory, sideFiles: false) == before)
        }
    }

    @Test func anAnswerComesInEveryForm() async throws {
        try await withWorkspace { workspace in
            try await workspace.seed(.unloaded())
            let sql = "SELECT model, load_ms, NULL AS n, x'00ff' AS b FROM load_timings -- comment"
            #expect(try await workspace.run("sql", sql).lines.last == "en-us  352.417     00ff")
            #expect(
                try await workspace.run("sql", "-o", "csv", sql).output
                    == "model,load_ms,n,b\r\nen-us,352.417,,00ff\r\n")
            let line = "{\"model\":\"en-us\",\"load_ms\":352.417,\"n\":null,\"b\":\"00ff\"}"
            #expect(try await workspace.run("sql", "-o", "ndjson", sql + "\n;").lines == [line])
            #expect(try await workspace.run("sql", "-o", "json", sql).objects().count == 1)
        }
    }

    @Test func aQueryWithoutEndMeetsItsDeadline() async throws {
        try await withWorkspace { workspace in
            try await workspace.seed(.failed())
            let endless = "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT count(*) FROM n"
            let finished = try await workspace.run("sql", "--timeout", "50ms", endless)
            #expect(finished.status == 75 && finished.errorLines.count == 1, "\(finished)")
            #expect(finished.errors.contains("longer than its deadline"), "\(finished)")
        }
    }

    @Test func anAnswerThatMemoryDoesNotHoldIsStreamedOrRefused() async throws {
        try await withWorkspace { workspace in
            try await workspace.seed(.failed())
            let large = """
                WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 300)
                SELECT printf('%100000d', i) AS text FROM n
                """
            for format in ["text", "json"] {
                let finished = try await workspace.run("sql", "--timeout", "60s", "-o", format, large)
                #expect(finished.status == 64 && finished.output.isEmpty && finished.errorLines.count == 1)
                #expect(finished.errors.contains("larger than 16 MB; use -o ndjson or -o csv"), "\(finished.errors)")
            }
            for format in ["ndjson", "csv"] {
                let finished = try await workspace.run("sql", "--timeout", "60s", "-o", format, large)
                #expect(finished.status == 0 && finished.output.utf8.count > 30_000_000)
            }
        }
    }

    @Test func theSchemaNamesEveryViewAndItsColumns() async throws {
        try await withWorkspace { workspace in
            try await workspace.seed([.unloaded(), .failed()])
            let views = try await workspace.run("schema", "-o", "json").objects()
            #expect(
                views.compactMap { $0["view"] as? String } == [
                    "transitions", "runs", "load_timings", "failed_warmups", "current_states", "run_notes",
                    "startup_stats",
                ])
            let text = try await workspace.run("schema").output
            for view in views {
                let name = try #require(view["view"] as? String)
                let columns = try #require(view["columns"] as? [String])
                #expect(text.contains(name) && columns.allSatisfy(text.contains))
                let asked = try await workspace.run("sql", "-o", "csv", "SELECT * FROM \(name)")
                #expect(asked.output.prefix { $0 != "\r\n" } == columns.joined(separator: ","), "\(asked)")
                let sqlite = try await workspace.run(
                    tool: "/usr/bin/env",
                    ["sqlite3", workspace.journal, "SELECT \(columns.joined(separator: ", ")) FROM \(name)"])
                #expect(sqlite.status == 0, "\(sqlite)")
            }
        }
    }

    @Test func theViewsSayWhatTheJSONSays() async throws {
        try await withWorkspace { workspace in
            try await workspace.seed([.unloaded(), .failed(), .unloaded("other")])
            for (view, command) in [("transitions", "history"), ("runs", "runs")] {
                let sql = try await workspace.run("sql", "-o", "json", "SELECT * FROM \(view)").json()
                let json = try await workspace.run(command, "-o", "json").json()
                #expect(try #require(sql as? NSArray) == #require(json as? NSArray))
            }
        }
    }
}
