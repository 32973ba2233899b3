import Foundation
import GRDB
import GRDBSQLite

/// What an SQLite file says about itself.
struct JournalHeader {
    var applicationID: Int32
    package var version: Int
    /// True for a database without any table.
    var isBlank: Bool

    /// As every connection sees it, the write-ahead log included.
    init(_ db: Database) throws {
        applicationID = try Int32.fetchOne(db, sql: "PRAGMA application_id") ?? 0
        version = try Int.fetchOne(db, sql: "PRAGMA user_version") ?? 0
        isBlank = try applicationID == 0 && Int.fetchOne(db, sql: "SELECT count(*) FROM sqlite_schema") == 0
    }

    /// As its first page lies on the disk. `immutable` keeps SQLite from putting a log beside a file that
    /// may turn out to be somebody else's. What a log holds on top is not seen, so this can only refuse,
    /// and only by what no log of ours can change: the ID is written before the log is begun.
    init(onDisk path: String) throws {
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
        try check(
            sqlite3_open_v2(JournalFile.immutable(path), &connection, SQLITE_OPEN_READONLY | SQLITE_OPEN_URI, nil))
        // While a checkpoint is under way, and for as long as one was cut short, the first page counts
        // pages that are still in the log alone. SQLite calls such a file corrupt, but not in this mode,
        // which here, on a read-only connection, changes nothing else.
        try check(sqlite3_exec(connection, "PRAGMA writable_schema = ON", nil, nil, nil))
        applicationID = Int32(truncatingIfNeeded: try number("PRAGMA application_id"))
        version = Int(try number("PRAGMA user_version"))
        // A journal of this ID is not searched: its pages may be moving just now. Without the ID a log is
        // somebody else's, whose tables it may hold.
        isBlank =
            try applicationID == 0 && !JournalFile.hasLog(path)
            && number("SELECT count(*) FROM sqlite_schema") == 0
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
