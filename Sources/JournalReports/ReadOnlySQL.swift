import CSQLiteSettings
import GRDBSQLite
import LifecycleJournal

/// One value of an SQL answer.
package enum SQLValue: Sendable, Hashable {
    case null
    case integer(Int64)
    case real(Double)
    case text(String)
    case blob([UInt8])
}

/// Somebody's own SQL over a journal. It runs on a connection of its own, outside of GRDB, because
/// it needs an authorizer: a read-only handle alone still lets ATTACH and VACUUM INTO write.
package struct ReadOnlySQL {
    private let path: String
    private let sql: String

    package init(path: String, sql: String) {
        self.path = JournalFile.resolved(path)
        self.sql = sql
    }

    /// Hands over the column names, then each row.
    /// - Parameter deadline: how long the whole statement may take.
    /// - Throws: `JournalError` with code `invalidRequest` for SQL that is wrong or does more than read.
    package func run(
        deadline: Duration, columns: ([String]) throws -> Void, row: ([SQLValue]) throws -> Void
    ) throws {
        // Says what is wrong with the file in the same words as every other command.
        let address = ReadingAddress(path)
        _ = try JournalConnection.openReader(address)
        var connection: OpaquePointer?
        defer { sqlite3_close_v2(connection) }
        try check(
            sqlite3_open_v2(
                address.name, &connection, SQLITE_OPEN_READONLY | SQLITE_OPEN_EXRESCODE | SQLITE_OPEN_URI, nil),
            connection)
        try check(modeljournal_sqlite_harden(connection), connection)
        sqlite3_busy_timeout(connection, 2000)
        try check(
            sqlite3_exec(connection, "PRAGMA query_only = ON; PRAGMA cell_size_check = ON", nil, nil, nil), connection)
        for (category, limit) in Self.limits { sqlite3_limit(connection, category, limit) }
        // The first use of these declares a table to SQLite itself, which the authorizer would refuse.
        sqlite3_exec(connection, "SELECT 1 FROM json_each('[]'), json_tree('[]')", nil, nil, nil)
        let limit = Deadline(ContinuousClock.now + deadline)
        try withExtendedLifetime(limit) {
            sqlite3_progress_handler(
                connection, 10_000,
                { context in
                    guard let context else { return 0 }
                    return Unmanaged<Deadline>.fromOpaque(context).takeUnretainedValue().hasPassed ? 1 : 0
                }, Unmanaged.passUnretained(limit).toOpaque())
            sqlite3_set_authorizer(connection, authorize, nil)
            try step(connection, limit, columns, row)
        }
        try address.checkStillImmutable()
    }

    /// The longest text or BLOB, also in between: a function can build one of a gigabyte from nothing.
    package static let longestValue: Int32 = 4 << 20

    private static let limits: [(Int32, Int32)] = [
        (SQLITE_LIMIT_LENGTH, longestValue),
        (SQLITE_LIMIT_SQL_LENGTH, 100_000),
        (SQLITE_LIMIT_EXPR_DEPTH, 200),
        (SQLITE_LIMIT_COMPOUND_SELECT, 100),
        (SQLITE_LIMIT_VDBE_OP, 100_000),
        (SQLITE_LIMIT_LIKE_PATTERN_LENGTH, 1000),
        (SQLITE_LIMIT_ATTACHED, 0),
        (SQLITE_LIMIT_VARIABLE_NUMBER, 0),
        (SQLITE_LIMIT_TRIGGER_DEPTH, 0),
        (SQLITE_LIMIT_WORKER_THREADS, 0),
    ]

    private func step(
        _ connection: OpaquePointer?, _ limit: Deadline, _ columns: ([String]) throws -> Void,
        _ row: ([SQLValue]) throws -> Void
    ) throws {
        var statement: OpaquePointer?
        defer { sqlite3_finalize(statement) }
        try prepareOne(connection, &statement)
        let count = sqlite3_column_count(statement)
        var isAnswering = false
        while true {
            let code = sqlite3_step(statement)
            // Not before: a statement may be refused, or run out of time, in its first step.
            if !isAnswering, code == SQLITE_ROW || code == SQLITE_DONE {
                try columns((0..<count).map { String(cString: sqlite3_column_name(statement, $0)) })
                isAnswering = true
            }
            switch code {
            case SQLITE_ROW:
                try row((0..<count).map { value(statement, $0) })
                // The receiver may take its time too.
                if limit.hasPassed { throw tookTooLong }
            case SQLITE_DONE: return
            case SQLITE_INTERRUPT: throw tookTooLong
            default: try check(code, connection)
            }
        }
    }

    private var tookTooLong: JournalError {
        JournalError(.busy, path, "the query took longer than its deadline; narrow it, or use --timeout")
    }

    /// Exactly one statement.
    private func prepareOne(_ connection: OpaquePointer?, _ statement: inout OpaquePointer?) throws {
        let bytes = Array(sql.utf8CString)
        let rest: Int = try bytes.withUnsafeBufferPointer { buffer in
            var tail: UnsafePointer<CChar>?
            try check(sqlite3_prepare_v2(connection, buffer.baseAddress, -1, &statement, &tail), connection)
            return tail.flatMap { tail in buffer.baseAddress.map { tail - $0 } } ?? 0
        }
        guard statement != nil else { throw JournalError(.invalidRequest, path, "no SQL statement given") }
        var second: OpaquePointer?
        defer { sqlite3_finalize(second) }
        // What follows may be white space and comments, which compile to nothing.
        let isOver =
            bytes[rest...].withUnsafeBufferPointer {
                sqlite3_prepare_v2(connection, $0.baseAddress, -1, &second, nil)
            } == SQLITE_OK && second == nil
        guard isOver else { throw JournalError(.invalidRequest, path, "only one SQL statement at a time") }
    }

    private func value(_ statement: OpaquePointer?, _ column: Int32) -> SQLValue {
        switch sqlite3_column_type(statement, column) {
        case SQLITE_INTEGER: .integer(sqlite3_column_int64(statement, column))
        case SQLITE_FLOAT: .real(sqlite3_column_double(statement, column))
        case SQLITE_TEXT: .text(String(decoding: bytes(statement, column), as: UTF8.self))
        case SQLITE_BLOB: .blob(bytes(statement, column))
        default: .null
        }
    }

    private func bytes(_ statement: OpaquePointer?, _ column: Int32) -> [UInt8] {
        guard let start = sqlite3_column_blob(statement, column) else { return [] }
        return Array(UnsafeRawBufferPointer(start: start, count: Int(sqlite3_column_bytes(statement, column))))
    }

    private func check(_ code: Int32, _ connection: OpaquePointer?) throws {
        guard code != SQLITE_OK else { return }
        let message = connection.map { String(cString: sqlite3_errmsg($0)) } ?? "out of memory"
        switch code & 0xFF {
        case SQLITE_AUTH: throw JournalError(.invalidRequest, path, "only reading is allowed: \(message)")
        case SQLITE_BUSY: throw JournalError(.busy, path, "another process holds the journal; try again")
        case SQLITE_CORRUPT: throw JournalError(.damaged, path, "the journal is damaged (\(message))")
        case SQLITE_IOERR: throw JournalError(.inputOutput, path, message)
        default: throw JournalError(.invalidRequest, path, message)
        }
    }
}

private final class Deadline {
    private let instant: ContinuousClock.Instant
    init(_ instant: ContinuousClock.Instant) { self.instant = instant }
    var hasPassed: Bool { ContinuousClock.now > instant }
}

/// Lets a statement read tables and call functions, and nothing else.
private func authorize(
    _: UnsafeMutableRawPointer?, action: Int32, _: UnsafePointer<CChar>?, second: UnsafePointer<CChar>?,
    _: UnsafePointer<CChar>?, _: UnsafePointer<CChar>?
) -> Int32 {
    switch action {
    case SQLITE_SELECT, SQLITE_READ, SQLITE_RECURSIVE: SQLITE_OK
    case SQLITE_FUNCTION:
        second.map { SQLFunctions.isAllowed(String(cString: $0)) } == true ? SQLITE_OK : SQLITE_DENY
    default: SQLITE_DENY
    }
}
