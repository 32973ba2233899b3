import Foundation
import GRDB

#if canImport(Glibc)
    import Glibc
#elseif canImport(Darwin)
    import Darwin
#endif

/// A copy of a journal that engines may be writing meanwhile: by SQLite, verified, and in its place only when it is
/// on the disk.
package struct JournalBackup: Sendable {
    private let reader: JournalReader

    package init(_ reader: JournalReader) { self.reader = reader }

    /// - Parameter destination: where nothing lies yet, in a directory that exists.
    /// - Returns: what verifying the copy has found; where that is not whole, there is no copy.
    /// - Throws: `JournalError`; nothing is left behind then.
    @discardableResult
    package func write(to destination: String, _ progress: JournalVerifier.Progress = { _, _ in }) throws
        -> Verification
    {
        guard try JournalFile.kind(destination) == .missing else {
            throw JournalError(.cannotCreate, destination, "something lies there already; choose another name")
        }
        let partial = destination + ".partial-\(getpid())"
        try JournalFile.create(partial)
        var isDone = false
        defer { if !isDone { for suffix in ["-wal", "-shm", "-journal", ""] { unlink(partial + suffix) } } }
        try journalErrors(partial) {
            var configuration = Configuration()
            configuration.label = "modeljournal.backup"
            let copy = try DatabaseQueue(path: partial, configuration: configuration)
            try reader.queue.backup(to: copy)
            // One file that needs no log beside it; the next engine turns it on again.
            try copy.writeWithoutTransaction { db in
                guard try String.fetchOne(db, sql: "PRAGMA journal_mode = DELETE") == "delete" else {
                    throw JournalError(.inputOutput, partial, "the copy could not be made a single file")
                }
            }
            try copy.close()
        }
        let verification = try JournalVerifier(JournalReader(path: partial)).verify(progress)
        guard verification.isWhole else { return verification }
        try Self.sync(partial)
        // Not `rename`: what has come to lie there meanwhile is somebody's.
        guard link(partial, destination) == 0 else {
            let code = errno
            throw JournalError(
                .cannotCreate, destination,
                code == EEXIST ? "something lies there already" : String(cString: strerror(code)))
        }
        unlink(partial)
        isDone = true
        try Self.sync(NetworkFileSystem.directory(of: destination))
        return verification
    }

    private static func sync(_ path: String) throws {
        let descriptor = open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { throw JournalError(.inputOutput, path, String(cString: strerror(errno))) }
        defer { close(descriptor) }
        guard fsync(descriptor) == 0 else { throw JournalError(.inputOutput, path, String(cString: strerror(errno))) }
    }
}
