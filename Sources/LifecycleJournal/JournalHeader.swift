import Foundation
import GRDB
import GRDBSQLite

/// What an SQLite file says about itself.
struct JournalHeader {
    var applicationID: Int32
    var version: Int
    /// True for a database without any table.
    var isBlank: Bool

    /// As every connection sees it, the write-ahead log included.
    init(_ db: Database) throws {
        applicationID = try Int32.fetchOne(db, sql: "PRAGMA application_id") ?? 0
        version = try Int.fetchOne(db, sql: "PRAGMA user_version") ?? 0
        isBlank = try applicationID == 0 && Int.fetchOne(db, sql: "SELECT count(*) FROM sqlite_schema") == 0
    }

    /// As it lies on the disk. `immutable` keeps SQLite from putting a log beside a file that may turn
    /// out to be somebody else's; what a log holds on top is not seen, so this can only refuse.
    init(onDisk path: String) throws {
        let escaped = path.addingPercentEncoding(withAllowedCharacters: .urlPathAllowed) ?? path
        let name = (path.hasPrefix("/") ? "file://" : "file:") + escaped + "?immutable=1"
        var connection: OpaquePointer?
        defer { sqlite3_close_v2(connection) }
        func check(_ code: Int32) throws {
            guard code == SQLITE_OK else {
                throw DatabaseError(
                    resultCode: ResultCode(rawValue: code),
                    message: connection.map { String(cString: sqlite3_errmsg($0)) })
            }
        }
        func number(_ sql: String) throws -> Int64 {
            var statement: OpaquePointer?
            defer { sqlite3_finalize(statement) }
            try check(sqlite3_prepare_v2(connection, sql, -1, &statement, nil))
            let code = sqlite3_step(statement)
            guard code == SQLITE_ROW else {
                try check(code)
                return 0
            }
            return sqlite3_column_int64(statement, 0)
        }
        try check(sqlite3_open_v2(name, &connection, SQLITE_OPEN_READONLY | SQLITE_OPEN_URI, nil))
        applicationID = Int32(truncatingIfNeeded: try number("PRAGMA application_id"))
        version = Int(try number("PRAGMA user_version"))
        // A journal of this id is not searched: its pages may be moving just now.
        isBlank = try applicationID == 0 && number("SELECT count(*) FROM sqlite_schema") == 0
    }

    /// Refuses other programs' files.
    func refuseForeign(_ path: String) throws {
        guard applicationID == JournalFile.applicationID || isBlank else {
            throw JournalError(.notAJournal, path, "not a journal: another program's SQLite file")
        }
    }

    /// Refuses to write what a newer version has written.
    func refuseNewer(_ path: String) throws {
        let known = JournalFile.schemaVersion
        guard version <= known else {
            throw JournalError(
                .newerVersion, path,
                "the journal has version \(version), this program writes up to \(known); update modeljournal")
        }
    }
}
