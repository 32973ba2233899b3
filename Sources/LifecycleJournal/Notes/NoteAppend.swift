import Foundation
package import GRDB
package import ModelLifecycle

/// The one way of a note into the journal: behind the last one of its run, with a hash over both.
package enum NoteAppend {
    /// - Parameters:
    ///   - note: its place within the run is filled in here.
    ///   - afterOrdinal: of the run's last transition at that time; nil for the last one that the journal has.
    package static func perform(
        _ db: Database, _ note: StoredNote, run: Int64, runID: String, afterOrdinal: Int64? = nil
    ) throws {
        let head = try RawStatement(db, "SELECT count, hash FROM run_note_head WHERE run = ?")
        head.bind(1, run)
        var note = note
        var previous = Data()
        note.ordinal = 1
        if try head.step() {
            note.ordinal = try head.required(head.integer, 0) + 1
            previous = try head.required(head.blob, 1)
        }
        head.reset()
        note.afterOrdinal =
            try afterOrdinal
            ?? Int64.fetchOne(
                db.cachedStatement(sql: "SELECT ordinal FROM run_progress WHERE run = ?"), arguments: [run]) ?? 0
        let insert = try RawStatement(
            db,
            """
            INSERT INTO run_note (run, \(StoredNote.columns), hash)
            VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
            """)
        insert.bind(1, run)
        insert.bind(2, note.ordinal)
        insert.bind(3, note.afterOrdinal)
        insert.bind(4, note.at)
        insert.bind(5, note.kind)
        insert.bind(6, note.message)
        insert.bind(7, note.output)
        insert.bind(8, note.evidence)
        insert.bind(9, note.serverPID)
        insert.bind(10, note.version)
        insert.bind(11, note.modelBytes)
        insert.bind(12, note.modelModified)
        insert.bind(13, note.modelDigest)
        insert.bind(14, note.hash(after: previous, runID: runID))
        try insert.run()
    }

    /// Whether the run has this note already, wherever it stands among the others. An export has lost secrets that the
    /// note may still have here.
    package static func isStored(_ db: Database, _ note: StoredNote, run: Int64) throws -> Bool {
        let statement = try RawStatement(
            db,
            "SELECT \(StoredNote.columns) FROM run_note WHERE run = ? AND at_us = ? AND kind = ?")
        statement.bind(1, run)
        statement.bind(2, note.at)
        statement.bind(3, note.kind)
        defer { statement.reset() }
        while try statement.step() {
            if try StoredNote(statement: statement).says(note) { return true }
        }
        return false
    }
}

extension ModelRecorder {
    /// A note of a run that another engine drives by now is dropped, as its transitions would be refused.
    package func append(_ note: RunNote, at: WallTime, of run: RunID) async throws {
        let stored = try StoredNote(note, at: at)
        try await withCheckedThrowingContinuation { (continuation: CheckedContinuation<Void, any Error>) in
            journal.commits.append { [self] db in
                let statement = try RawStatement(
                    db,
                    """
                    SELECT r.id FROM run AS r
                    JOIN model_owner AS o ON o.model_id = r.model_id AND o.engine_id = ? AND o.epoch = ?
                    WHERE r.run_id = ? AND r.model_id = ?
                    """)
                statement.bind(1, journal.engineRow)
                statement.bind(2, epoch)
                statement.bind(3, run.rawValue)
                statement.bind(4, modelID)
                defer { statement.reset() }
                guard try statement.step() else { return }
                let row = try statement.required(statement.integer, 0)
                statement.reset()
                // An earlier try may have been stored although its commit reported an error.
                guard try !NoteAppend.isStored(db, stored, run: row) else { return }
                try NoteAppend.perform(db, stored, run: row, runID: run.rawValue)
            } completion: { [path = journal.path] result in
                continuation.resume(with: result.mapError { JournalError(whileServing: $0, path: path) as any Error })
            }
        }
    }
}
