import Foundation
import GRDB

#if canImport(Glibc)
    import Glibc
#elseif canImport(Darwin)
    import Darwin
#endif

/// Opens the database files: for an engine, which may create and migrate them, or for a reader.
enum JournalConnection {
    /// Opens the journal for writing, creating it where nothing lies at the path yet. What could not be
    /// finished leaves nothing behind.
    static func openWriter(_ path: String, locks: OwnerLocks) throws -> DatabaseQueue {
        // Somebody else's file is recognised before anything is put beside it.
        if try JournalFile.kind(path) == .file { try checkBeforeWriting(path) }
        let madeDirectory = try locks.createDirectory()
        var madeFile = false
        do {
            let opening = try locks.openingLock()
            defer { withExtendedLifetime(opening) {} }
            if try JournalFile.kind(path) == .missing {
                try JournalFile.create(path)
                madeFile = true
            }
            return try journalErrors(path) {
                let queue = try DatabaseQueue(path: path, configuration: ConnectionSettings.writer)
                try queue.writeWithoutTransaction { db in
                    try JournalFile.check(db, path: path, writing: true)
                    try useWriteAheadLog(db, path: path)
                }
                try JournalSchema.migrator.migrate(queue)
                return queue
            }
        } catch {
            if madeFile { for suffix in ["-wal", "-shm", ""] { unlink(path + suffix) } }
            if madeDirectory { locks.removeDirectory() }
            throw error
        }
    }

    /// Opens an existing journal for reading; creates nothing.
    static func openReader(_ path: String) throws -> DatabaseQueue {
        switch try JournalFile.kind(path) {
        case .missing: throw JournalError(.notFound, path, "no such journal; `modeljournal run` creates one")
        case .empty: throw JournalError(.notFound, path, "the journal is empty; `modeljournal run` fills it")
        case .file: break
        }
        guard access(path, R_OK) == 0 else {
            throw JournalError(.permissionDenied, path, "no permission to read the journal")
        }
        return try journalErrors(path) {
            let queue = try DatabaseQueue(path: path, configuration: ConnectionSettings.reader)
            try queue.read { db in try JournalFile.check(db, path: path, writing: false) }
            return queue
        }
    }

    private static func checkBeforeWriting(_ path: String) throws {
        guard access(path, R_OK | W_OK) == 0 else {
            throw JournalError(.permissionDenied, path, "no permission to write the journal")
        }
        try journalErrors(path) {
            let queue = try DatabaseQueue(path: path, configuration: ConnectionSettings.reader)
            try queue.read { db in try JournalFile.check(db, path: path, writing: true) }
        }
    }

    /// Asks before it sets: changing the mode ignores the busy timeout, so an opener that need not
    /// change it must not try.
    private static func useWriteAheadLog(_ db: Database, path: String) throws {
        if try String.fetchOne(db, sql: "PRAGMA journal_mode") == "wal" { return }
        guard try String.fetchOne(db, sql: "PRAGMA journal_mode = WAL") == "wal" else {
            throw JournalError(.inputOutput, path, "the file system does not support SQLite's write-ahead log")
        }
    }
}
