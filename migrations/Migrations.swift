/// The numbered .sql files beside this one, in the order in which they are applied. A new file is
/// added here and in Package.swift.
package enum JournalMigrations {
    package static let all: [(name: String, sql: String)] = [
        ("0001_journal", String(decoding: PackageResources._001_journal_sql, as: UTF8.self)),
        ("0002_notes", String(decoding: PackageResources._002_notes_sql, as: UTF8.self)),
    ]
}

/// What makes the store of a fleet in ClickHouse, from the folder `fleet`.
package enum FleetMigrations {
    package struct Migration: Sendable {
        package var name: String
        package var tables: String
        package var views: String
    }

    /// In the order in which they are applied; the first one makes version 1.
    package static let all = [
        Migration(
            name: "0001", tables: String(decoding: PackageResources._001_tables_sql, as: UTF8.self),
            views: String(decoding: PackageResources._001_views_sql, as: UTF8.self))
    ]
}
