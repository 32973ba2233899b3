import Foundation
import GRDB
import Testing

@testable import JournalCare
@testable import JournalReports
@testable import LifecycleJournal

/// Values as SQLite has them.
@Suite struct RawStatementTests {
    @Test func whatIsBoundIsRead() throws {
        try DatabaseQueue().write { db in
            try db.execute(sql: "CREATE TABLE t (i INTEGER, s TEXT, b BLOB) STRICT")
            let rows: [(Int64?, String?, [UInt8])] = [
                (nil, nil, []), (0, "", [0]), (-7, "a\0b", [1, 2, 3]), (CheckedRow.largest, "é 日本 🙂", Array(0...255)),
            ]
            for row in rows {
                let insert = try RawStatement(db, "INSERT INTO t VALUES (?, ?, ?)")
                insert.bind(1, row.0)
                insert.bind(2, row.1)
                insert.bind(3, row.2)
                try insert.run()
            }
            let read = try RawStatement(db, "SELECT i, s, b FROM t ORDER BY rowid")
            for row in rows {
                #expect(try read.step())
                #expect(try read.integer(0) == row.0)
                #expect(try read.text(1) == row.1)
                #expect(try read.bytes(2) ?? [] == row.2)
                #expect(try read.blob(2) ?? Data() == Data(row.2))
            }
            #expect(try !read.step())
            // Bindings of an earlier use are gone.
            let again = try RawStatement(db, "INSERT INTO t VALUES (?, ?, ?)")
            try again.run()
            #expect(
                try Int.fetchOne(db, sql: "SELECT count(*) FROM t WHERE i IS NULL AND s IS NULL AND b IS NULL") == 1)
        }
    }

    @Test func anotherTypeIsDamageAndNoCrash() throws {
        try DatabaseQueue().write { db in
            let row = try RawStatement(db, "SELECT 'x', 1, x'00', NULL, 1.5, 9223372036854775807, -9223372036854775808")
            #expect(try row.step())
            func damaged(_ body: () throws -> Void) {
                #expect { try body() } throws: { ($0 as? DatabaseError)?.resultCode == .SQLITE_CORRUPT }
            }
            damaged { _ = try row.integer(0) }
            damaged { _ = try row.text(1) }
            damaged { _ = try row.text(2) }
            damaged { _ = try row.blob(0) }
            damaged { _ = try row.integer(4) }
            damaged { _ = try row.integer(5) }
            damaged { _ = try row.integer(6) }
            damaged { _ = try row.required(row.integer, 3) }
            #expect(try row.integer(3) == nil && row.text(3) == nil && row.bytes(3) == nil)
            row.reset()
        }
    }

    @Test func whatTheSchemaRefusesIsSaidInItsWords() throws {
        try DatabaseQueue().write { db in
            try db.execute(
                sql: """
                    CREATE TABLE t (i INTEGER);
                    CREATE TRIGGER no BEFORE INSERT ON t BEGIN SELECT RAISE(ABORT, 'modeljournal: no'); END
                    """)
            let insert = try RawStatement(db, "INSERT INTO t VALUES (1)")
            #expect { try insert.run() } throws: { error in
                let error = error as? DatabaseError
                return error?.resultCode == .SQLITE_CONSTRAINT && error?.message == "modeljournal: no"
            }
        }
    }
}
