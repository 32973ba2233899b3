import Foundation
import GRDB
import JournalReports
import LifecycleJournal

/// The rows of a journal that could be found in its pages, by table and number. A row never changes once it is written,
/// so it does not matter from which of a page's versions it is; where damage makes them differ, all are kept.
struct SalvagedTables {
    /// The tables from which a journal can be put together again. No two of them have rows of the same shape.
    enum Table: String, CaseIterable {
        case transition
        case run
        case engine
        case model
        case configuration
        case warmups = "warmup_request"
        case information = "journal_info"
        case head = "chain_head"
        case anchor = "prune_anchor"
        case note = "run_note"
    }

    private struct Column {
        var name: String
        var type: String
        var mayBeNull: Bool
    }

    private let columns: [Table: [Column]]
    /// On the disk, as there may be more of it than fits into the memory.
    private let found: DatabaseQueue

    init() throws {
        let model = try DatabaseQueue()
        try JournalSchema.migrator.migrate(model)
        columns = try model.read { db in
            try Dictionary(
                uniqueKeysWithValues: Table.allCases.map { table in
                    let columns = try Row.fetchAll(db, sql: "PRAGMA table_info(\(table.rawValue))").map { row in
                        let row = row.checked
                        let (isKey, isRequired): (Bool, Bool) = try (row["pk"], row["notnull"])
                        return try Column(
                            name: row["name"], type: row["type"], mayBeNull: !isRequired && !isKey)
                    }
                    return (table, columns)
                })
        }
        found = try DatabaseQueue(path: "")
        try found.write { db in
            try db.execute(
                sql: """
                    CREATE TABLE found (
                        place INTEGER PRIMARY KEY, kind TEXT NOT NULL, id INTEGER NOT NULL, record BLOB NOT NULL) STRICT;
                    CREATE INDEX found_by_id ON found (kind, id);
                    """)
        }
    }

    /// Reads every page there is.
    func fill(from pages: DatabasePages, _ progress: (Double) -> Void) throws {
        let cells = PageCells(pages: pages)
        try found.write { db in
            try pages.forEach { page, share in
                progress(share)
                for cell in cells.cells(page) { try keep(db, cell) }
            }
        }
    }

    private func keep(_ db: Database, _ cell: PageCells.Cell) throws {
        guard let values = SQLiteRecord.values(cell.payload) else { return }
        guard let table = Table.allCases.first(where: { matches(values, $0, isIndex: cell.rowID == nil) }) else {
            return
        }
        let id = cell.rowID ?? values.first.flatMap(Int64.fromDatabaseValue) ?? 0
        try db.cachedStatement(
            sql: """
                INSERT INTO found (kind, id, record) SELECT ?1, ?2, ?3
                WHERE NOT EXISTS (SELECT 1 FROM found WHERE kind = ?1 AND id = ?2 AND record = ?3)
                """
        ).execute(arguments: [table.rawValue, id, Data(cell.payload)])
    }

    private func matches(_ values: [DatabaseValue], _ table: Table, isIndex: Bool) -> Bool {
        guard let columns = columns[table], columns.count == values.count, isIndex == (table == .warmups) else {
            return false
        }
        return zip(columns, values).enumerated().allSatisfy { index, pair in
            let (column, value) = pair
            switch value.storage {
            // The number of a row stands beside it.
            case .null: return column.mayBeNull || index == 0 && !isIndex
            case .int64: return column.type == "INTEGER" && (index > 0 || isIndex)
            case .string: return column.type == "TEXT"
            case .blob: return column.type == "BLOB"
            case .double: return false
            }
        }
    }

    // MARK: - What was found

    /// Everything that claims to be this row; what was found last, last.
    func rows(_ table: Table, _ id: Int64) throws -> [CheckedRow] {
        try found.read { db in
            try Row.fetchAll(
                db.cachedStatement(sql: "SELECT id, record FROM found WHERE kind = ? AND id = ? ORDER BY place"),
                arguments: [table.rawValue, id]
            ).compactMap { try? row($0.checked, table) }
        }
    }

    func all(_ table: Table) throws -> [CheckedRow] {
        try ids(table, after: .min, limit: -1).flatMap { try rows(table, $0) }
    }

    /// The numbers of a table's rows, in their order.
    func ids(_ table: Table, after last: Int64, limit: Int) throws -> [Int64] {
        try found.read { db in
            try Int64.fetchAll(
                db, sql: "SELECT DISTINCT id FROM found WHERE kind = ? AND id > ? ORDER BY id LIMIT ?",
                arguments: [table.rawValue, last, limit])
        }
    }

    private func row(_ stored: CheckedRow, _ table: Table) throws -> CheckedRow? {
        let payload: Data = try stored["record"]
        guard let values = SQLiteRecord.values(Array(payload)), let columns = columns[table] else { return nil }
        var named = zip(columns, values).map { (name: $0.name, value: $1) }
        if table != .warmups, !named.isEmpty { named[0].value = (try stored["id"] as Int64).databaseValue }
        return Row(named).checked
    }
}
