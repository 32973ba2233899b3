import Foundation
package import GRDB
package import LifecycleJournal
package import ModelLifecycle

extension JournalReader {
    /// The notes of a run, in order; none in a journal that was written before there were notes.
    package func notes(_ db: Database, _ run: Int64) throws -> [NoteRow] {
        try StoredNote.all(db, of: run).map(\.row)
    }

    /// The notes that an export has with a transition: those that came after the run's transition before it. So a line
    /// of an export never changes; what came after a run's last transition is in none yet.
    package func notes(_ db: Database, _ run: Int64, before ordinal: Int) throws -> [NoteRow] {
        let statement = try RawStatement(
            db, "SELECT \(StoredNote.columns) FROM run_note WHERE run = ? AND after_ordinal = ? ORDER BY ordinal")
        statement.bind(1, run)
        statement.bind(2, Int64(ordinal - 1))
        defer { statement.reset() }
        var notes: [NoteRow] = []
        while try statement.step() { notes.append(try StoredNote(statement: statement).row) }
        return notes
    }

    /// The notes of these runs that `history` tells between the transitions, by the run's ID.
    package func events(of runs: Set<String>) throws -> [String: [NoteRow]] {
        try read { db in
            guard try StoredNote.areThere(db) else { return [:] }
            var found: [String: [NoteRow]] = [:]
            for run in runs {
                let statement = try RawStatement(
                    db,
                    """
                    SELECT \(StoredNote.columns) FROM run_note
                    WHERE run = (SELECT id FROM run WHERE run_id = ?) AND kind NOT IN ('output', 'process')
                    ORDER BY ordinal
                    """)
                statement.bind(1, run)
                while try statement.step() {
                    let note = try StoredNote(statement: statement).row
                    if note.isEvent { found[run, default: []].append(note) }
                }
            }
            return found
        }
    }
}

extension [NoteRow] {
    /// What is told between these transitions: not what one of them says itself.
    package func events(beside transitions: [TransitionRow]) -> [NoteRow] {
        if isEmpty { return [] }
        let told = Set(transitions.compactMap(\.content.message))
        return filter { $0.isEvent && !told.contains($0.message ?? "") }
    }
}

extension [NoteRow] {
    /// What the model's process wrote, as far as the notes have it: the beginning and the end within `limit` bytes.
    package func output(limit: Int = 64 << 10) -> String? {
        let parts = compactMap(\.output)
        guard !parts.isEmpty else { return nil }
        // Before it is cut: a secret may begin in one part, and its name may be in what is left out.
        let whole = Redaction.redact(parts.joined())
        guard whole.utf8.count > limit else { return whole }
        // As the output of a failed run is kept: a quarter for the beginning, and whole lines.
        let head = whole.utf8.prefix(limit / 4)
        let tail = whole.utf8.suffix(limit - limit / 4)
        let newline = UInt8(ascii: "\n")
        let first = head.lastIndex(of: newline).map { head[...$0] } ?? head[...]
        let last = tail.firstIndex(of: newline).map { tail[tail.index(after: $0)...] } ?? tail[...]
        let dropped = whole.utf8.count - first.count - last.count
        return String(decoding: first, as: UTF8.self) + "[… \(dropped) bytes dropped …]\n"
            + String(decoding: last, as: UTF8.self)
    }

    /// What was known last, each part by the newest note that knew it.
    package var evidence: FailureEvidence? {
        last { $0.evidence != nil && $0.evidence?.isOfTheFileAlone == false }?.evidence
    }
    package var modelFile: ModelFileHeader? { last { $0.evidence?.modelFile != nil }?.evidence?.modelFile }
    package var processID: Int? { last { $0.processID != nil }?.processID }
    package var version: String? { last { $0.version != nil }?.version }
    package var identity: ModelIdentity? { last { $0.identity != nil }?.identity }
}

extension FailureEvidence {
    /// Whether it says nothing but what the model's file is.
    fileprivate var isOfTheFileAlone: Bool {
        guard modelFile != nil else { return false }
        var rest = self
        rest.modelFile = nil
        return rest == FailureEvidence()
    }
}
