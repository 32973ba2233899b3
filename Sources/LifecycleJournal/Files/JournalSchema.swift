import Foundation
package import GRDB
import JournalMigrations
import ModelLifecycle

/// The schema's versions, from the numbered .sql files.
package enum JournalSchema {
    package static var version: Int { JournalMigrations.all.count }

    package static var migrator: DatabaseMigrator { migrator(JournalMigrations.all) }

    private static func migrator(_ migrations: [(name: String, sql: String)]) -> DatabaseMigrator {
        var migrator = DatabaseMigrator()
        for migration in migrations {
            migrator.registerMigration(migration.name) { db in try db.execute(sql: migration.sql) }
        }
        return migrator
    }

    // MARK: - What a journal should hold

    /// The name of each table, index, view and trigger, and how it was made.
    package typealias Objects = [String: String]

    /// How this program's migrations make them, up to a version.
    package static func expected(
        version: Int, migrations: [(name: String, sql: String)] = JournalMigrations.all
    ) throws -> Objects {
        let model = try DatabaseQueue()
        try migrator(migrations).migrate(model, upTo: migrations[version - 1].name)
        return try model.read(objects)
    }

    private static let newest = Result { try expected(version: version) }

    private static func objects(_ db: Database) throws -> Objects {
        // How GRDB keeps its list of migrations is its own matter.
        let rows = try Row.fetchAll(
            db,
            sql: """
                SELECT iif(typeof(type) || typeof(name) || typeof(tbl_name) = 'texttexttext' AND typeof(sql) <> 'blob',
                    type || ' ' || name, 'what has no name') AS name, coalesce(sql, '') AS sql
                FROM sqlite_schema WHERE tbl_name <> 'grdb_migrations'
                """)
        return Dictionary(
            rows.map { row in
                let name = row["name"].flatMap(String.fromDatabaseValue)
                let sql = row["sql"].flatMap(String.fromDatabaseValue)
                return (name ?? "?", sql ?? "")
            }, uniquingKeysWith: { first, _ in first })
    }

    /// What in a journal is not as this program makes it, a few words each. What somebody has added
    /// changes nothing of ours, but for triggers on our tables.
    package static func deviations(_ db: Database, from expected: Objects? = nil) throws -> [String] {
        let isNewest = expected == nil
        let expected = try expected ?? newest.get()
        let found = try objects(db)
        var deviations: [String] = []
        for name in expected.keys.sorted() where expected[name] != found[name] {
            deviations.append("\(name) \(found[name] == nil ? "is missing" : "is another one")")
        }
        let triggers = try Row.fetchAll(
            db, sql: "SELECT 'trigger ' || name AS name, tbl_name FROM sqlite_schema WHERE type = 'trigger'")
        for trigger in triggers.map(\.checked) {
            let (name, table): (String, String) = try (trigger["name"], trigger["tbl_name"])
            if expected[name] == nil, expected["table \(table)"] != nil || expected["view \(table)"] != nil {
                deviations.append("\(name) is not ours")
            }
        }
        guard deviations.isEmpty, isNewest else { return deviations }
        let known = Set(LifecycleTable.moves.map { "\($0.from.rawValue) \($0.trigger.rawValue) \($0.to.rawValue)" })
        let moves = try String?.fetchAll(
            db, sql: "SELECT from_state || ' ' || trigger || ' ' || to_state FROM legal_move")
        return Set(moves.compactMap { $0 }) == known ? [] : ["legal_move is not the state machine"]
    }

    /// Whether GRDB's list of what was applied is another one than here. No reader or writer minds what it looks like, but
    /// nobody writes it anew either.
    /// - Parameter version: of the journal, which a reader does not migrate.
    package static func hasForeignListOfMigrations(_ db: Database, version: Int) throws -> Bool {
        func list(_ db: Database) throws -> [String] {
            try String?.fetchAll(
                db,
                sql: """
                    SELECT quote(type) || quote(name) || quote(tbl_name) || quote(sql) FROM sqlite_schema
                    WHERE tbl_name = 'grdb_migrations' OR name LIKE '%grdb_migrations%'
                    UNION ALL SELECT quote(identifier) FROM grdb_migrations ORDER BY 1
                    """
            ).map { $0 ?? "?" }
        }
        let model = try DatabaseQueue()
        try migrator.migrate(model, upTo: JournalMigrations.all[version - 1].name)
        return try list(db) != model.read(list)
    }

    /// SHA-256 of the views that the migrations make. Each reader would otherwise have to make them, to know them; a test
    /// says the new one when they have changed.
    static let viewsDigest = "f82ee314806090148f46946dbc49fe4f093e73e0e3412bb7259131a4c686e9a5"

    static func digestOfViews(_ db: Database) throws -> String {
        var hash = ChainHash("views")
        for sql in try String.fetchAll(
            db, sql: "SELECT coalesce(sql, '') FROM sqlite_schema WHERE type = 'view' ORDER BY name")
        { hash.add(sql) }
        return hash.finished().hexadecimal
    }

    /// The first of the views, through which reports read, that is missing or another one; nil where all are ours.
    package static func deviatingView(_ db: Database) throws -> String? {
        // Somebody's own views beside ours make it another one.
        if try digestOfViews(db) == viewsDigest { return nil }
        let found = try objects(db)
        return try newest.get().filter { $0.key.hasPrefix("view ") && found[$0.key] != $0.value }.keys.min()
    }
}
