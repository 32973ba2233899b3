package import GRDB

extension StoredNote {
    /// False in a journal of the first version, which a reader does not migrate.
    package static func areThere(_ db: Database) throws -> Bool {
        try Bool.fetchOne(
            db.cachedStatement(
                sql: "SELECT EXISTS (SELECT 1 FROM sqlite_schema WHERE type = 'table' AND name = 'run_note')")) ?? false
    }

    package static func all(_ db: Database, of run: Int64) throws -> [StoredNote] {
        guard try areThere(db) else { return [] }
        let statement = try RawStatement(db, "SELECT \(columns) FROM run_note WHERE run = ? ORDER BY ordinal")
        statement.bind(1, run)
        defer { statement.reset() }
        var notes: [StoredNote] = []
        while try statement.step() { notes.append(try StoredNote(statement: statement)) }
        return notes
    }
}
