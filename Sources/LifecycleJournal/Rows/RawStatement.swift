package import Foundation
package import GRDB
import GRDBSQLite

/// A statement of GRDB's cache whose values are bound and read as SQLite has them. For what happens for every row: of
/// the time that a row of many columns takes, more than half would go into boxing its values.
@usableFromInline
package struct RawStatement {
    private let statement: Statement
    private var pointer: OpaquePointer { statement.sqliteStatement }

    /// Without bindings, and not begun.
    package init(_ db: Database, _ sql: String) throws {
        statement = try db.cachedStatement(sql: sql)
        sqlite3_reset(pointer)
        sqlite3_clear_bindings(pointer)
    }

    // MARK: - Bindings, from 1 on

    package func bind(_ index: Int, _ value: Int64?) {
        if let value { sqlite3_bind_int64(pointer, Int32(index), value) }
    }

    package func bind(_ index: Int, _ value: String?) {
        guard var value else { return }
        // What has no address SQLite would take for NULL.
        guard !value.isEmpty else { return _ = sqlite3_bind_text(pointer, Int32(index), "", 0, Self.transient) }
        value.withUTF8 { text in
            _ = text.withMemoryRebound(to: CChar.self) {
                sqlite3_bind_text(pointer, Int32(index), $0.baseAddress, Int32($0.count), Self.transient)
            }
        }
    }

    package func bind(_ index: Int, _ value: Data) {
        value.withUnsafeBytes {
            _ = sqlite3_bind_blob(pointer, Int32(index), $0.baseAddress, Int32($0.count), Self.transient)
        }
    }

    package func bind(_ index: Int, _ value: [UInt8]) {
        value.withUnsafeBytes {
            _ = sqlite3_bind_blob(pointer, Int32(index), $0.baseAddress, Int32($0.count), Self.transient)
        }
    }

    package func bind(_ index: Int, _ value: DatabaseValue) {
        switch value.storage {
        case .null: break
        case .int64(let number): bind(index, number)
        case .double(let number): sqlite3_bind_double(pointer, Int32(index), number)
        case .string(let text): bind(index, text)
        case .blob(let bytes): bind(index, bytes)
        }
    }

    /// SQLite copies the value.
    private static let transient = unsafeBitCast(-1, to: sqlite3_destructor_type.self)

    // MARK: - Rows

    /// - Returns: false where there is no row any more.
    package func step() throws -> Bool {
        let code = sqlite3_step(pointer)
        switch code {
        case SQLITE_ROW: return true
        case SQLITE_DONE:
            sqlite3_reset(pointer)
            return false
        default:
            let error = DatabaseError(
                resultCode: ResultCode(rawValue: code),
                message: sqlite3_db_handle(pointer).map { String(cString: sqlite3_errmsg($0)) })
            sqlite3_reset(pointer)
            throw error
        }
    }

    /// To the end, for what gives no rows.
    package func run() throws { while try step() {} }

    /// A whole statement. Texts are bound with their length: with GRDB's own bindings a text ends at its first NUL, and what
    /// is stored would not be what was hashed.
    package static func run(_ db: Database, _ sql: String, _ values: [DatabaseValue]) throws {
        let statement = try RawStatement(db, sql)
        for (index, value) in values.enumerated() { statement.bind(index + 1, value) }
        try statement.run()
    }

    /// Lets go of what a row that is not the last one holds.
    package func reset() { sqlite3_reset(pointer) }

    // MARK: - Values, from 0 on

    // Of a file that may be damaged: a value that has not the type which the schema promises is an error, as for
    // `CheckedRow`.

    package func integer(_ column: Int) throws -> Int64? {
        switch sqlite3_column_type(pointer, Int32(column)) {
        case SQLITE_NULL: return nil
        case SQLITE_INTEGER:
            let number = sqlite3_column_int64(pointer, Int32(column))
            guard number.magnitude <= CheckedRow.largest else { throw wrong(column) }
            return number
        default: throw wrong(column)
        }
    }

    package func text(_ column: Int) throws -> String? {
        switch sqlite3_column_type(pointer, Int32(column)) {
        case SQLITE_NULL: return nil
        case SQLITE_TEXT:
            let count = Int(sqlite3_column_bytes(pointer, Int32(column)))
            return String(
                decoding: UnsafeBufferPointer(start: sqlite3_column_text(pointer, Int32(column)), count: count),
                as: UTF8.self)
        default: throw wrong(column)
        }
    }

    package func blob(_ column: Int) throws -> Data? { try buffer(column).map { Data($0) } }

    package func bytes(_ column: Int) throws -> [UInt8]? { try buffer(column).map { [UInt8]($0) } }

    private func buffer(_ column: Int) throws -> UnsafeRawBufferPointer? {
        switch sqlite3_column_type(pointer, Int32(column)) {
        case SQLITE_NULL: return nil
        case SQLITE_BLOB:
            let bytes = sqlite3_column_blob(pointer, Int32(column))
            return UnsafeRawBufferPointer(start: bytes, count: Int(sqlite3_column_bytes(pointer, Int32(column))))
        default: throw wrong(column)
        }
    }

    package func isNull(_ column: Int) -> Bool { sqlite3_column_type(pointer, Int32(column)) == SQLITE_NULL }

    /// A number or a text, as it is.
    package func add(_ column: Int, to hash: inout ChainHash) throws {
        switch sqlite3_column_type(pointer, Int32(column)) {
        case SQLITE_NULL: hash.addNull()
        case SQLITE_INTEGER: hash.add(sqlite3_column_int64(pointer, Int32(column)))
        case SQLITE_TEXT:
            let text = sqlite3_column_text(pointer, Int32(column))
            hash.add(
                text: UnsafeRawBufferPointer(
                    start: text, count: Int(sqlite3_column_bytes(pointer, Int32(column)))))
        default: throw wrong(column)
        }
    }

    /// Whether a value is these bytes.
    func equals(_ column: Int, _ bytes: UnsafeRawBufferPointer) -> Bool {
        guard let value = try? buffer(column), value.count == bytes.count else { return false }
        return value.elementsEqual(bytes)
    }

    /// A value that cannot be missing.
    @inlinable
    package func required<Value>(_ read: (Int) throws -> Value?, _ column: Int) throws -> Value {
        guard let value = try read(column) else { throw wrong(column) }
        return value
    }

    @usableFromInline
    func wrong(_ column: Int) -> any Error {
        let name = sqlite3_column_name(pointer, Int32(column)).map { String(cString: $0) } ?? "a column"
        return DatabaseError(resultCode: .SQLITE_CORRUPT, message: "\(name) holds no such value")
    }
}
