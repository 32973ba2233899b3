import Foundation
import GRDB
import JournalReports
import LifecycleJournal
import ModelLifecycle

extension JournalVerifier {
    /// Each run's notes are a chain, whose end is kept; a page of runs in a transaction.
    func checkNotes(_ verification: inout Verification) throws {
        guard try reader.read(StoredNote.areThere) else { return }
        let endsAlone = try reader.read { db in
            try Bool.fetchOne(
                db,
                sql: """
                    SELECT EXISTS (
                        SELECT 1 FROM run_note_head AS h
                        WHERE (SELECT max(ordinal) FROM run_note WHERE run = h.run) IS NOT h.count)
                    """) ?? false
        }
        if endsAlone { verification.add(.chain, "notes of a run are missing") }
        var last: Int64 = 0
        while true {
            let (page, broken) = try reader.read { db in
                let statement = try RawStatement(
                    db, "SELECT DISTINCT run FROM run_note WHERE run > ? ORDER BY run LIMIT 500")
                statement.bind(1, last)
                defer { statement.reset() }
                var runs: [Int64] = []
                while try statement.step() { runs.append(try statement.required(statement.integer, 0)) }
                return (runs, try runs.filter { try !isReadableAndWhole(db, notesOf: $0) })
            }
            for run in broken { verification.add(.chain, "the notes of run number \(run) are not what was written") }
            guard let end = page.last else { return }
            guard end > last else { return verification.add(.structure, "notes are not in their order") }
            last = end
        }
    }

    /// A length that damage has made too large is an error of its own to SQLite.
    private func isReadableAndWhole(_ db: Database, notesOf run: Int64) throws -> Bool {
        do { return try isWhole(db, notesOf: run) } catch let error as DatabaseError
            where error.resultCode == .SQLITE_TOOBIG || error.resultCode == .SQLITE_CORRUPT
        { return false }
    }

    private func isWhole(_ db: Database, notesOf run: Int64) throws -> Bool {
        guard let runID = try String.fetchOne(db, sql: "SELECT run_id FROM run WHERE id = ?", arguments: [run]) else {
            return false
        }
        let statement = try RawStatement(
            db, "SELECT \(StoredNote.columns), hash FROM run_note WHERE run = ? ORDER BY ordinal")
        statement.bind(1, run)
        defer { statement.reset() }
        var previous = Data()
        var count: Int64 = 0
        while try statement.step() {
            count += 1
            let note = try StoredNote(statement: statement)
            let hash = try statement.required(statement.blob, 12)
            guard note.ordinal == count, note.hash(after: previous, runID: runID) == hash else { return false }
            previous = hash
        }
        let head = try Row.fetchOne(db, sql: "SELECT count, hash FROM run_note_head WHERE run = ?", arguments: [run])
        guard let head = head?.checked else { return false }
        return try head["count"] == count && head["hash"] == previous
    }
}
