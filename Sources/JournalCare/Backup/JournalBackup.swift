import GRDB
package import JournalReports
package import LifecycleJournal

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
        let file = try UnpublishedFile(for: destination)
        let partial = file.path
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
        let verification = try JournalVerifier(JournalReader(path: partial, trustsViews: false)).verify(progress)
        guard verification.isWhole else { return verification }
        try file.publish()
        return verification
    }
}
