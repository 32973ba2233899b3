import Foundation
import GRDB
import HostProcesses
package import ModelLifecycle
import Synchronization

/// Appends one model's transitions, for as long as this engine owns the model.
package final class ModelRecorder: TransitionRecorder {
    /// The run of the last row that is durable.
    private struct KnownRun {
        var id: RunID
        var row: Int64
        var hash: Data
        /// Of that row.
        var ordinal: Int
    }

    package let journal: EngineJournal
    package let modelID: Int64
    package let epoch: Int64
    private let model: String
    private let provider: String
    private let configuration: (json: String, digest: String)
    private let known = Mutex<KnownRun?>(nil)

    init(journal: EngineJournal, modelID: Int64, epoch: Int64, configuration: RunConfiguration) throws {
        self.journal = journal
        self.modelID = modelID
        self.epoch = epoch
        model = configuration.model
        provider = configuration.provider
        self.configuration = try ConfigurationJSON(configuration).encoded()
    }

    package func append(_ transition: Transition) async throws {
        try await withCheckedThrowingContinuation { continuation in
            append(transition, mayWait: true) { continuation.resume(with: $0) }
        }
    }

    /// An error other than a refusal has closed the connection: the next append of the same row looks it
    /// up, by its key, on a new one.
    /// - Parameters:
    ///   - mayWait: the row may be made durable on this thread.
    ///   - completion: hears what `append` throws.
    package func append(
        _ transition: Transition, mayWait: Bool = false,
        completion: @escaping @Sendable (Result<Void, any Error>) -> Void
    ) {
        let content: ChainRow
        do { content = try ChainRow(transition) } catch { return completion(.failure(failure(error))) }
        let before = known.withLock { run in
            // The row after the last one cannot be there yet.
            run.flatMap { $0.id == transition.run.runID && $0.ordinal + 1 == transition.ordinal ? $0 : nil }
        }
        let written = Mutex<KnownRun?>(nil)
        journal.commits.append(
            { [self] db in
                let run = try write(db, transition, content, before)
                written.withLock { $0 = run }
            }, mayWait: mayWait
        ) { [self] result in
            known.withLock { known in
                if case .success = result { known = written.withLock { $0 } } else { known = nil }
            }
            completion(result.mapError(failure))
        }
    }

    private func failure(_ error: any Error) -> any Error {
        switch error {
        case let error as DatabaseError where error.message?.hasPrefix("modeljournal: ") == true:
            RecorderFailure.fenced(detail: error.message.map { String($0.dropFirst("modeljournal: ".count)) } ?? "")
        case let error as DatabaseError where error.resultCode == .SQLITE_CONSTRAINT:
            // Tried again it would be refused again, and everything behind it would wait for ever.
            RecorderFailure.fenced(detail: "the journal refuses the row: \(error.message ?? "a constraint")")
        default: JournalError(whileServing: error, path: journal.path)
        }
    }

    private func write(
        _ db: Database, _ transition: Transition, _ content: ChainRow, _ before: KnownRun?
    ) throws -> KnownRun? {
        var run = before
        if run == nil {
            // An earlier append of this very row may have been stored although its COMMIT reported an error.
            let row = try number(db, "SELECT id FROM run WHERE run_id = ?", transition.run.runID.rawValue)
            if let row, try isStored(db, row, transition) { return nil }
            run =
                try row.map { row in
                    var parts = NamedParts()
                    guard let hash = try parts.run(db, row) else {
                        throw DatabaseError(resultCode: .SQLITE_CORRUPT, message: "the run has no parts")
                    }
                    return KnownRun(id: transition.run.runID, row: row, hash: hash, ordinal: 0)
                } ?? insertRun(db, transition)
        }
        guard var run else { return nil }
        try ChainedAppend(
            run: run.row, modelID: modelID, engineRow: journal.engineRow, epoch: epoch, runHash: run.hash,
            engineHash: journal.engineHash
        ).perform(db, content)
        run.ordinal = transition.ordinal
        return run
    }

    package func note(processID: Int32, of run: RunID) async throws {
        let identity = ProcessIdentity.of(processID)
        do {
            try await journal.writer.write { db in
                try RawStatement.run(
                    db,
                    """
                    INSERT INTO server_process (run, pid, process_start, boot_id, host)
                    SELECT id, ?, ?, ?, ? FROM run WHERE run_id = ?
                    """,
                    [
                        processID.databaseValue, identity.start.databaseValue, identity.bootID.databaseValue,
                        identity.host.databaseValue, run.rawValue.databaseValue,
                    ])
            }
        } catch { throw JournalError(whileServing: error, path: journal.path) }
    }

    private func isStored(_ db: Database, _ run: Int64, _ transition: Transition) throws -> Bool {
        let stored = try Row.fetchOne(
            db.cachedStatement(
                sql: """
                    SELECT to_state, at_us, engine_id, epoch FROM transition WHERE run = ? AND ordinal = ?
                    """), arguments: [run, transition.ordinal])
        guard let stored = stored?.checked else { return false }
        return try stored["to_state"] == transition.to.rawValue && stored["at_us"] == transition.at.microseconds
            && stored["engine_id"] == journal.engineRow && stored["epoch"] == epoch
    }

    private func insertRun(_ db: Database, _ transition: Transition) throws -> KnownRun {
        let known = try number(db, "SELECT id FROM configuration WHERE digest = ?", configuration.digest)
        if known == nil {
            try RawStatement.run(
                db, "INSERT INTO configuration (digest, json) VALUES (?, ?)",
                [configuration.digest.databaseValue, configuration.json.databaseValue])
        }
        let configurationID = known ?? db.lastInsertedRowID
        let insert = try RawStatement(
            db,
            """
            INSERT INTO run (run_id, model_id, engine_id, configuration_id, provider, attempt, correlation_id, wanted)
            VALUES (?, ?, ?, ?, ?, ?, ?, ?)
            """)
        insert.bind(1, transition.run.runID.rawValue)
        insert.bind(2, modelID)
        insert.bind(3, journal.engineRow)
        insert.bind(4, configurationID)
        insert.bind(5, provider)
        insert.bind(6, Int64(transition.run.attempt))
        insert.bind(7, transition.run.correlationID.rawValue)
        insert.bind(8, transition.run.wanted)
        try insert.run()
        let hash = ChainedParts.run(
            id: transition.run.runID.rawValue, model: model, provider: provider, beginner: journal.engineID.rawValue,
            digest: configuration.digest, attempt: Int64(transition.run.attempt),
            correlationID: transition.run.correlationID.rawValue, wanted: transition.run.wanted)
        return KnownRun(id: transition.run.runID, row: db.lastInsertedRowID, hash: hash, ordinal: 0)
    }

    private func number(_ db: Database, _ sql: String, _ name: String) throws -> Int64? {
        let statement = try RawStatement(db, sql)
        statement.bind(1, name)
        defer { statement.reset() }
        return try statement.step() ? statement.integer(0) : nil
    }
}
