/// The numbered .sql files beside this one, in the order in which they are applied. A new file is
/// added here and in Package.swift.
package enum JournalMigrations {
    package static let all: [(name: String, sql: String)] = [
        ("0001_journal", String(decoding: PackageResources._001_journal_sql, as: UTF8.self))
    ]
}
