package import GRDB
import ModelLifecycle

/// A row of a file that may be damaged. Where a value has not the type that the schema promises, reading it
/// is an error, and not the end of the process.
package struct CheckedRow {
    /// No number of a journal is larger, be it a time in microseconds, a size or a row's number; what is read can be added up
    /// without an overflow.
    package static let largest: Int64 = 1 << 60

    package let row: Row

    @_disfavoredOverload
    package subscript<Value: DatabaseValueConvertible>(column: String) -> Value {
        get throws {
            guard let value: Value = try self[column] else { throw wrong(column) }
            return value
        }
    }

    package subscript<Value: DatabaseValueConvertible>(column: String) -> Value? {
        get throws {
            guard let stored = row[column], !stored.isNull else { return nil }
            if case .int64(let number) = stored.storage, number.magnitude > Self.largest { throw wrong(column) }
            guard let value = Value.fromDatabaseValue(stored) else { throw wrong(column) }
            return value
        }
    }

    // The same without generics, which no other module specialises: for lists of many rows.
    package func text(_ column: String) throws -> String { try self[column] }
    package func integer(_ column: String) throws -> Int { try self[column] }

    /// A text that a server, a file or a caller has chosen, as it is reported: without secrets. The journal of an older or of
    /// another program may hold some.
    @_disfavoredOverload
    package func shown(_ column: String) throws -> String {
        guard let text: String = try shown(column) else { throw wrong(column) }
        return text
    }

    package func shown(_ column: String) throws -> String? { try (self[column] as String?).map(Redaction.redact) }

    private func wrong(_ column: String) -> DatabaseError {
        DatabaseError(resultCode: .SQLITE_CORRUPT, message: "\(column) holds no such value")
    }
}

extension Row {
    package var checked: CheckedRow { CheckedRow(row: self) }
}
