import Foundation
package import GRDB

#if canImport(Glibc)
    import Glibc
#elseif canImport(Darwin)
    import Darwin
#endif

/// Opens the database files: for an engine, which may create and migrate them, or for a reader.
package enum JournalConnection {
    /// Opens the journal for writing, creating it where nothing lies at the path yet. What could not be
    /// finished leaves nothing behind.
    /// - Parameter enrol: the caller's part of opening; no other process can be opening meanwhile. It gets the writer,
    ///   whose end is its own matter from then on, and whether the journal is a new one.
    package static func openWriter<Enrolled>(
        _ path: String, locks: OwnerLocks, enrol: (JournalWriter, Bool) throws -> Enrolled
    ) throws -> Enrolled {
        try NetworkFileSystem.refuse(path)
        // Somebody else's file is recognised before anything is put beside it.
        do {
            if try JournalFile.kind(path) == .file {
                do { try checkBeforeWriting(path) } catch  where (try? JournalFile.kind(path)) == .missing {
                    // Another opener could not finish its creation, and has just undone it.
                }
            }
        } catch let error as JournalError where error.code == .notFound {
            throw JournalError(.cannotCreate, path, "cannot create the journal: \(error.message)")
        }
        let (opening, madeDirectory) = try locks.openingLock()
        // Held until a failed creation is undone, so that nobody builds on a file that is about to go.
        defer { withExtendedLifetime(opening) {} }
        var madeFile = false
        do {
            if try JournalFile.kind(path) == .missing {
                try JournalFile.create(path)
                madeFile = true
            }
            return try journalErrors(path) { try enrol(JournalWriter(path: path, connectWriter(path)), madeFile) }
        } catch {
            if madeFile { for suffix in ["-wal", "-shm", ""] { unlink(path + suffix) } }
            if madeDirectory { locks.removeDirectory() }
            throw error
        }
    }

    private static func connectWriter(_ path: String) throws -> DatabaseQueue {
        let queue = try DatabaseQueue(path: path, configuration: ConnectionSettings.writer)
        try queue.writeWithoutTransaction { db in
            let header = try JournalHeader(db)
            try header.refuseForeign(path)
            try header.refuseNewer(path)
            try db.inTransaction(.deferred) {
                try OpeningCheck.check(db, header, path: path)
                return .commit
            }
            // First of all, so that a creation that was killed is known for ours and can be finished.
            if header.applicationID == 0 {
                try db.execute(sql: "PRAGMA page_size = \(JournalFile.pageSize)")
                try db.execute(sql: "PRAGMA application_id = \(JournalFile.applicationID)")
            }
            try useWriteAheadLog(db, path: path)
        }
        if try queue.read({ db in try JournalHeader(db).version }) < JournalSchema.version {
            try JournalSchema.migrator.migrate(queue)
        }
        return queue
    }

    /// Opens the journal of a running engine once more.
    package static func reopenWriter(_ path: String) throws -> DatabaseQueue {
        // SQLite would create it, and with it an empty past.
        guard try JournalFile.kind(path) == .file else {
            throw JournalError(.notFound, path, "the journal has been removed")
        }
        return try journalErrors(path) {
            let queue = try DatabaseQueue(path: path, configuration: ConnectionSettings.writer)
            let header = try queue.read { db in try JournalHeader(db) }
            try header.refuseForeign(path)
            try header.refuseNewer(path)
            return queue
        }
    }

    /// Opens an existing journal for reading; creates nothing.
    package static func openReader(_ address: ReadingAddress) throws -> DatabaseQueue {
        let path = address.path
        switch try JournalFile.kind(path) {
        case .missing: throw JournalError(.notFound, path, "no such journal; `modeljournal run` creates one")
        case .empty: throw emptyJournal(path)
        case .file: break
        }
        guard access(path, R_OK) == 0 else {
            throw JournalError(.permissionDenied, path, "no permission to read the journal")
        }
        try address.refuseUnreadableLog()
        return try journalErrors(path) {
            try JournalHeader(onDisk: path).refuseForeign(path)
            let queue = try DatabaseQueue(path: address.name, configuration: ConnectionSettings.reader)
            let header = try queue.read { db in try JournalHeader(db) }
            try header.refuseForeign(path)
            guard header.version > 0 else { throw emptyJournal(path) }
            return queue
        }
    }

    /// An empty journal that ends with its connection.
    package static func inMemory() throws -> DatabaseQueue {
        let queue = try DatabaseQueue(configuration: ConnectionSettings.writer)
        try JournalSchema.migrator.migrate(queue)
        try queue.write { db in try EngineJournal.insertJournalInfo(db, at: .now, follows: nil) }
        return queue
    }

    private static func checkBeforeWriting(_ path: String) throws {
        guard access(path, R_OK | W_OK) == 0 else {
            throw JournalError(.permissionDenied, path, "no permission to write the journal")
        }
        try journalErrors(path) {
            let header = try JournalHeader(onDisk: path)
            try header.refuseForeign(path)
            try header.refuseNewer(path)
        }
    }

    private static func emptyJournal(_ path: String) -> JournalError {
        JournalError(.notFound, path, "the journal is empty; `modeljournal run` fills it")
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
