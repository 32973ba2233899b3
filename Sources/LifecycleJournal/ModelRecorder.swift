import GRDB
import ModelLifecycle
import Synchronization

/// Appends one model's transitions, for as long as this engine owns the model.
struct ModelRecorder: TransitionRecorder {
    /// The longest message that is stored, in bytes.
    static let messageLimit = 4096
    /// The longest output tail that is stored, in bytes.
    static let outputLimit = 64 << 10

    private let journal: EngineJournal
    private let modelID: Int64
    private let epoch: Int64
    private let provider: String
    private let configuration: (json: String, digest: String)

    init(journal: EngineJournal, modelID: Int64, epoch: Int64, configuration: RunConfiguration) throws {
        self.journal = journal
        self.modelID = modelID
        self.epoch = epoch
        provider = configuration.provider
        self.configuration = try ConfigurationJSON(configuration).encoded()
    }

    /// An error other than a refusal has closed the connection: the next append of the same row looks it
    /// up, by its key, on a new one.
    func append(_ transition: Transition) async throws {
        do {
            try await journal.writer.write { db in try write(db, transition) }
        } catch let error as DatabaseError where error.message?.hasPrefix("modeljournal: ") == true {
            throw RecorderFailure.fenced(
                detail: error.message.map { String($0.dropFirst("modeljournal: ".count)) } ?? "")
        } catch let error as DatabaseError where error.resultCode == .SQLITE_CONSTRAINT {
            // Tried again it would be refused again, and everything behind it would wait for ever.
            throw RecorderFailure.fenced(detail: "the journal refuses the row: \(error.message ?? "a constraint")")
        } catch { throw JournalError(error, path: journal.path) }
        // The row is durable; a checkpoint that has to wait for a reader only leaves a longer log.
        try? journal.writer.checkpointIfNeeded()
    }

    private func write(_ db: Database, _ transition: Transition) throws {
        // An earlier append of this very row may have been stored although its COMMIT reported an error.
        let run: Int64? = try Int64.fetchOne(
            db.cachedStatement(sql: "SELECT id FROM run WHERE run_id = ?"),
            arguments: [transition.run.runID.rawValue])
        if let run, try isStored(db, run, transition) { return }
        let row = try run ?? insertRun(db, transition)
        let failure = transition.failure
        try db.cachedStatement(
            sql: """
                INSERT INTO transition
                    (run, ordinal, model_id, engine_id, epoch, at_us, from_state, to_state, trigger, reason, message,
                    elapsed_us, exit_code, signal, version, output_tail, retry_at_us, warmups, evidence,
                    queue_us, digest_us, spawn_us, server_pid, model_bytes, model_modified_us, model_digest)
                VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
                """
        ).execute(arguments: [
            row, transition.ordinal, modelID, journal.engineRow, epoch, transition.at.microseconds,
            transition.from.rawValue, transition.to.rawValue, transition.trigger.rawValue, failure?.reason.rawValue,
            failure.map { Self.storable($0.message) }, transition.elapsed?.wholeMicroseconds,
            failure?.exitCode, failure?.signal, transition.version,
            (failure?.outputTail).map { Redaction.boundedTail(Redaction.redact($0), maximumBytes: Self.outputLimit) },
            transition.retryAt?.microseconds, transition.warmups.count,
            try failure?.evidence.map { try EvidenceJSON($0).text() }, transition.load.queue?.wholeMicroseconds,
            transition.load.digest?.wholeMicroseconds, transition.load.spawn?.wholeMicroseconds,
            transition.load.processID,
            transition.load.identity?.bytes, transition.load.identity?.modifiedAt.microseconds,
            transition.load.identity?.digest,
        ])
        for (index, warmup) in transition.warmups.enumerated() {
            try db.cachedStatement(
                sql: "INSERT INTO warmup_request (run, ordinal, elapsed_us, error) VALUES (?, ?, ?, ?)"
            ).execute(arguments: [
                row, index + 1, warmup.elapsed.wholeMicroseconds, warmup.error.map(Self.storable),
            ])
        }
    }

    func note(processID: Int32, of run: RunID) async throws {
        let identity = ProcessIdentity.of(processID)
        do {
            try await journal.writer.write { db in
                try db.execute(
                    sql: """
                        INSERT INTO server_process (run, pid, process_start, boot_id, host)
                        SELECT id, ?, ?, ?, ? FROM run WHERE run_id = ?
                        """,
                    arguments: [processID, identity.start, identity.bootID, identity.host, run.rawValue])
            }
        } catch { throw JournalError(error, path: journal.path) }
    }

    private func isStored(_ db: Database, _ run: Int64, _ transition: Transition) throws -> Bool {
        let stored = try Row.fetchOne(
            db.cachedStatement(
                sql: """
                    SELECT to_state, at_us, engine_id, epoch FROM transition WHERE run = ? AND ordinal = ?
                    """), arguments: [run, transition.ordinal])
        guard let stored else { return false }
        return stored["to_state"] == transition.to.rawValue && stored["at_us"] == transition.at.microseconds
            && stored["engine_id"] == journal.engineRow && stored["epoch"] == epoch
    }

    private func insertRun(_ db: Database, _ transition: Transition) throws -> Int64 {
        let known = try Int64.fetchOne(
            db.cachedStatement(sql: "SELECT id FROM configuration WHERE digest = ?"), arguments: [configuration.digest])
        if known == nil {
            try db.execute(
                sql: "INSERT INTO configuration (digest, json) VALUES (?, ?)",
                arguments: [configuration.digest, configuration.json])
        }
        let configurationID = known ?? db.lastInsertedRowID
        try db.cachedStatement(
            sql: """
                INSERT INTO run (run_id, model_id, engine_id, configuration_id, provider, attempt, correlation_id,
                    wanted)
                VALUES (?, ?, ?, ?, ?, ?, ?, ?)
                """
        ).execute(arguments: [
            transition.run.runID.rawValue, modelID, journal.engineRow, configurationID, provider,
            transition.run.attempt, transition.run.correlationID.rawValue, transition.run.wanted,
        ])
        return db.lastInsertedRowID
    }

    private static func storable(_ text: String) -> String {
        Redaction.bounded(Redaction.redact(text), maximumBytes: messageLimit)
    }
}
