package import GRDB
package import LifecycleJournal
package import ModelLifecycle

/// One run in full.
package struct RunStory: Sendable {
    package var run: RunRow
    package var transitions: [TransitionRow]
    package var warmups: [WarmupRow]
    /// The recorded configuration without its secrets, canonical JSON.
    package var configuration: String
    /// The model's output, as far as it was kept: what came with the row that ended the run, else what the notes have.
    package var outputTail: String?
    /// What became known between the transitions.
    package var notes: [NoteRow] = []

    /// What the header of the model's file said when the run began; nil if it was not read, or is of no known format.
    package var modelFile: ModelFileHeader? { run.evidence?.modelFile ?? notes.modelFile }

    package var reachedReady: Bool { transitions.contains { $0.to == .ready } }
}

extension JournalReader {
    package func story(_ selector: RunSelector) throws -> RunStory {
        try readUnsettled { db, unsettled in
            let all = FilterSQL(ReportFilter(), columns: .runs)
            guard let id = try resolve(db, selector, among: all) else {
                throw JournalError(.invalidRequest, path, "the journal holds no run")
            }
            return try story(db, id, unsettled)
        }
    }

    func story(_ db: Database, _ id: Int64, _ unsettled: UnsettledRuns) throws -> RunStory {
        let transitions = try Row.fetchAll(
            db, sql: "SELECT * FROM transition_rows WHERE run = ? ORDER BY seq", arguments: [id])
        let notes = try notes(db, id)
        return RunStory(
            run: try runRow(db, id, unsettled).completed(by: notes),
            transitions: try transitions.map(TransitionRow.init(row:)),
            warmups: try warmups(db, id), configuration: RedactedConfiguration.json(try configuration(db, id)),
            outputTail: try String.fetchOne(
                db,
                sql: """
                    SELECT output_tail FROM transition
                    WHERE run = ? AND output_tail IS NOT NULL ORDER BY seq DESC LIMIT 1
                    """, arguments: [id]
            ).map(Redaction.redact) ?? notes.output(), notes: notes)
    }

    package func warmups(_ db: Database, _ id: Int64) throws -> [WarmupRow] {
        try Row.fetchAll(
            db.cachedStatement(
                sql: "SELECT ordinal, elapsed_us, error FROM warmup_request WHERE run = ? ORDER BY ordinal"),
            arguments: [id]
        ).map { row in
            let row = row.checked
            return try WarmupRow(ordinal: row["ordinal"], elapsed: row["elapsed_us"], error: row.shown("error"))
        }
    }

    /// As it was recorded, secrets and all: not for output.
    package func configuration(_ db: Database, _ id: Int64) throws -> String {
        try String.fetchOne(
            db, sql: "SELECT json FROM configuration WHERE id = (SELECT configuration_id FROM run WHERE id = ?)",
            arguments: [id]) ?? "{}"
    }
}

extension RunRow {
    /// The same with what the notes of the run know, for a run that has not told it with a transition: it goes on, or
    /// its engine was killed.
    func completed(by notes: [NoteRow]) -> RunRow {
        var run = self
        run.evidence = evidence ?? notes.evidence
        run.serverPID = serverPID ?? notes.processID
        run.version = version ?? notes.version
        run.identity = identity ?? notes.identity
        return run
    }
}
