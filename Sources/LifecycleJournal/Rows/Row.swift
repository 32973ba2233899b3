package import GRDB
import GRDBSQLite

/// A row of a result, read with the length of each text. Within this module it stands in the place of GRDB's own `Row`.
///
/// GRDB takes a text for a C string, which ends at its first NUL byte. The output of a server may well hold one, and all
/// that comes after it would be lost to every report. As this type has the name of the other one, no query of this module
/// can read a text in that way by oversight.
package struct Row {
    private var columns: Columns
    /// In the order of the columns.
    private(set) var databaseValues: [DatabaseValue]

    /// The names of a result's columns, once for all of its rows.
    private final class Columns {
        let places: [String: Int]

        init(_ names: [String]) {
            // Of two columns with one name, the first one counts.
            places = Dictionary(names.enumerated().map { ($1, $0) }, uniquingKeysWith: { first, _ in first })
        }
    }

    /// A row that was put together here, and read from no table.
    package init(_ values: [(name: String, value: DatabaseValue)]) {
        columns = Columns(values.map(\.name))
        databaseValues = values.map(\.value)
    }

    private init(columns: Columns, of statement: Statement) {
        self.columns = columns
        databaseValues = (0..<statement.columnCount).map { .stored(statement.sqliteStatement, $0) }
    }

    /// - Returns: nil if there is no such column.
    package subscript(name: String) -> DatabaseValue? { columns.places[name].map { databaseValues[$0] } }

    // MARK: - Queries

    /// Rows one after the other; valid within the database access in which it was made.
    package final class Cursor {
        private let rows: RowCursor
        private let statement: Statement
        private let columns: Columns

        fileprivate init(_ statement: Statement, _ arguments: StatementArguments) throws {
            self.statement = statement
            columns = Columns(statement.columnNames)
            rows = try GRDB.Row.fetchCursor(statement, arguments: arguments)
        }

        package func next() throws -> Row? { try rows.next() == nil ? nil : Row(columns: columns, of: statement) }
    }

    package static func fetchCursor(_ statement: Statement, arguments: StatementArguments = []) throws -> Cursor {
        try Cursor(statement, arguments)
    }

    package static func fetchCursor(_ db: Database, sql: String, arguments: StatementArguments = []) throws -> Cursor {
        try Cursor(db.makeStatement(sql: sql), arguments)
    }

    package static func fetchAll(_ statement: Statement, arguments: StatementArguments = []) throws -> [Row] {
        let cursor = try Cursor(statement, arguments)
        var rows: [Row] = []
        while let row = try cursor.next() { rows.append(row) }
        return rows
    }

    package static func fetchAll(_ db: Database, sql: String, arguments: StatementArguments = []) throws -> [Row] {
        try fetchAll(db.makeStatement(sql: sql), arguments: arguments)
    }

    package static func fetchOne(_ statement: Statement, arguments: StatementArguments = []) throws -> Row? {
        try Cursor(statement, arguments).next()
    }

    package static func fetchOne(_ db: Database, sql: String, arguments: StatementArguments = []) throws -> Row? {
        try fetchOne(db.makeStatement(sql: sql), arguments: arguments)
    }
}

/// The same for queries of one column. These are preferred to what GRDB gives to every type of values.
extension String {
    package static func fetchOne(_ db: Database, sql: String, arguments: StatementArguments = []) throws -> String? {
        try Row.fetchOne(db, sql: sql, arguments: arguments)?.databaseValues.first?.text
    }

    /// NULL is passed over.
    package static func fetchAll(_ db: Database, sql: String, arguments: StatementArguments = []) throws -> [String] {
        try Row.fetchAll(db, sql: sql, arguments: arguments).compactMap { $0.databaseValues.first?.text }
    }
}

extension DatabaseValue {
    /// A value of the row at which the statement is, whole.
    fileprivate static func stored(_ statement: SQLiteStatement, _ column: Int) -> DatabaseValue {
        let column = Int32(column)
        guard sqlite3_column_type(statement, column) == SQLITE_TEXT else {
            return DatabaseValue(sqliteStatement: statement, index: column)
        }
        let text = sqlite3_column_text(statement, column)
        let count = Int(sqlite3_column_bytes(statement, column))
        return String(decoding: UnsafeBufferPointer(start: text, count: count), as: UTF8.self).databaseValue
    }

    /// As SQLite converts it; nil for NULL.
    fileprivate var text: String? {
        switch storage {
        case .null: nil
        case .int64(let number): String(number)
        case .double(let number): "\(number)"
        case .string(let text): text
        case .blob(let bytes): String(decoding: bytes, as: UTF8.self)
        }
    }
}
