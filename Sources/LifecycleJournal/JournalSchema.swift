import GRDB
import JournalMigrations

/// The schema's versions, from the numbered .sql files.
enum JournalSchema {
    static var version: Int { JournalMigrations.all.count }

    static var migrator: DatabaseMigrator {
        var migrator = DatabaseMigrator()
        for migration in JournalMigrations.all {
            migrator.registerMigration(migration.name) { db in try db.execute(sql: migration.sql) }
        }
        return migrator
    }
}
