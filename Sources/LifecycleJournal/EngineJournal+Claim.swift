import GRDB
import HostProcesses
public import ModelLifecycle
import Synchronization

extension EngineJournal {
    /// Takes the model for this engine. A dead owner's run is settled on the way.
    /// - Throws: `JournalError` with code `busy`, naming the owner, where another engine drives it.
    public func claim(_ configuration: RunConfiguration) async throws -> ClaimedModel {
        do { return try await take(configuration) } catch let error as JournalError {
            if error.code == .diskFull || error.code == .inputOutput { couldNotBegin.withLock { $0 = true } }
            throw error
        }
    }

    private func take(_ configuration: RunConfiguration) async throws -> ClaimedModel {
        guard ModelName.isValid(configuration.model) else {
            throw JournalError(.invalidRequest, path, "a model's name has 1 to 200 characters")
        }
        let modelID = try await modelRow(configuration.model)
        let recovery = Recovery(path: path, writer: writer, locks: locks, engineRow: engineRow)
        // The owner may change between a look and the transaction: look again until it holds still.
        while true {
            let owner = try await currentOwner(modelID)
            var deadLock: HeldLock?
            if let owner {
                if owner.row == engineRow {
                    // A claim of this engine may have been stored although its commit reported an error.
                    guard !claimed.withLock({ $0.contains(modelID) }) else {
                        throw JournalError(
                            .busy, path, "this engine drives the model '\(configuration.model)' already")
                    }
                } else {
                    let probe = locks.probe(owner.engine, owner.identity)
                    guard probe.liveness == .dead else {
                        throw ownedElsewhere(configuration.model, owner, probe.liveness)
                    }
                    deadLock = probe.lock
                    _ = try recovery.settle(model: modelID)
                }
            }
            defer { withExtendedLifetime(deadLock) {} }
            guard var model = try await take(modelID, from: owner, configuration) else { continue }
            // A hint, and no reason to start no model where it cannot be read: what is damaged shows when it is needed.
            let expectation = try? await writer.read { db in
                try PhaseExpectation(db, of: configuration, before: nil).limits
            }
            if let expectation { model.expected = expectation }
            // Nobody has to judge an engine that owns nothing any more.
            if let owner, owner.row != engineRow { try? recovery.removeLocks(of: [owner]) }
            return model
        }
    }

    /// Gives a model back, so that another engine, or another preloader, may take it. One that is in flight, or
    /// that waits for another attempt, stays with this engine.
    /// - Returns: whether the model is nobody's now as far as this engine is concerned.
    /// - Throws: `JournalError` where the journal cannot be written.
    @discardableResult
    public func release(model: String) async throws -> Bool {
        let engineRow = engineRow
        let kept: Int64?
        let modelID: Int64?
        do {
            (modelID, kept) = try await writer.write { db in
                guard
                    let id = try Int64.fetchOne(db, sql: "SELECT id FROM model WHERE name = ?", arguments: [model])
                else { return (nil, nil) }
                try db.execute(
                    sql: """
                        UPDATE model_owner SET engine_id = NULL
                        WHERE model_id = ? AND engine_id = ? AND NOT \(Self.isInFlight)
                        AND model_id NOT IN (SELECT model_id FROM next_retry)
                        """, arguments: [id, engineRow])
                let kept = try Int64.fetchOne(
                    db, sql: "SELECT epoch FROM model_owner WHERE model_id = ? AND engine_id = ?",
                    arguments: [id, engineRow])
                return (id, kept)
            }
        } catch { throw JournalError(whileServing: error, path: path) }
        guard kept == nil else { return false }
        if let modelID { claimed.withLock { _ = $0.remove(modelID) } }
        return true
    }

    private func modelRow(_ name: String) async throws -> Int64 {
        do {
            return try await writer.write { db in
                if let id = try Int64.fetchOne(db, sql: "SELECT id FROM model WHERE name = ?", arguments: [name]) {
                    return id
                }
                try db.execute(sql: "INSERT INTO model (name) VALUES (?)", arguments: [name])
                return db.lastInsertedRowID
            }
        } catch { throw JournalError(whileServing: error, path: path) }
    }

    private func currentOwner(_ modelID: Int64) async throws -> Owner? {
        do {
            return try await writer.read { db in
                try Row.fetchOne(
                    db,
                    // An owner without a row is damage, which reading it says, and not nobody.
                    sql: """
                        SELECT e.* FROM model_owner AS o LEFT JOIN engine AS e ON e.id = o.engine_id
                        WHERE o.model_id = ? AND o.engine_id IS NOT NULL
                        """, arguments: [modelID]
                ).map(Owner.init(row:))
            }
        } catch { throw JournalError(whileServing: error, path: path) }
    }

    /// - Parameter dead: the owner that was found dead, or nil where there was none.
    /// - Returns: nil where the model has another owner by now.
    private func take(_ modelID: Int64, from dead: Owner?, _ configuration: RunConfiguration) async throws
        -> ClaimedModel?
    {
        let engineRow = engineRow
        let journal = self
        do {
            return try await writer.write { db in
                let row = try Row.fetchOne(
                    db, sql: "SELECT engine_id, epoch FROM model_owner WHERE model_id = ?", arguments: [modelID])?
                    .checked
                let owner: Int64? = try row?["engine_id"]
                guard owner == nil || owner == dead?.row else { return nil }
                // Another claim of this engine may have come between.
                guard owner != engineRow || !journal.claimed.withLock({ $0.contains(modelID) }) else {
                    throw JournalError(
                        .busy, journal.path, "this engine drives the model '\(configuration.model)' already")
                }
                let epoch = try ((row?["epoch"] as Int64?) ?? 0) + 1
                let sql =
                    row == nil
                    ? "INSERT INTO model_owner (engine_id, epoch, model_id) VALUES (?, ?, ?)"
                    : "UPDATE model_owner SET engine_id = ?, epoch = ? WHERE model_id = ?"
                try db.execute(sql: sql, arguments: [engineRow, epoch, modelID])
                let recorder = try ModelRecorder(
                    journal: journal, modelID: modelID, epoch: epoch, configuration: configuration)
                let model = try ClaimedModel(db, modelID: modelID, recorder: recorder)
                journal.claimed.withLock { _ = $0.insert(modelID) }
                return model
            }
        } catch let error as JournalError { throw error } catch {
            // It may have been stored all the same; then the next claim takes the model from this engine.
            claimed.withLock { _ = $0.remove(modelID) }
            throw JournalError(whileServing: error, path: path)
        }
    }

    private func ownedElsewhere(_ model: String, _ owner: Owner, _ liveness: OwnerLiveness) -> JournalError {
        let who = "engine \(owner.engine) (pid \(owner.identity.pid) on \(owner.identity.host))"
        let message =
            switch liveness {
            case .alive, .dead:
                "the model '\(model)' is driven by \(who); stop that one first, or use another model name"
            case .unknown:
                "the model '\(model)' belongs to \(who), and it cannot be told from here whether that is alive"
            }
        return JournalError(.busy, path, message)
    }
}

extension ClaimedModel {
    /// Where the model stands in the journal.
    fileprivate init(_ db: Database, modelID: Int64, recorder: ModelRecorder) throws {
        guard let last = try LastOfModel(db, modelID: modelID) else {
            self.init(recorder: recorder, state: .uninitialized)
            return
        }
        self.init(
            recorder: recorder, state: last.state, run: last.run, ordinal: last.ordinal, lastFailure: last.failure)
    }
}

/// A model's newest transition.
struct LastOfModel {
    package var state: ModelState
    package var run: RunIdentity
    package var ordinal: Int
    package var failure: Failure?

    /// - Returns: nil where it has none.
    init?(_ db: Database, modelID: Int64) throws {
        let row = try Row.fetchOne(
            db.cachedStatement(
                sql: """
                    SELECT t.to_state, t.ordinal, t.reason, t.message, r.run_id, r.correlation_id, r.attempt, r.wanted
                    FROM last_runs AS l JOIN transition AS t ON t.seq = l.last_seq JOIN run AS r ON r.id = t.run
                    WHERE l.model_id = ?
                    """), arguments: [modelID])
        guard let row, let state = ModelState(rawValue: try row.checked["to_state"]) else { return nil }
        self.state = state
        run = try RunIdentity(row: row)
        ordinal = try row.checked["ordinal"]
        let message: String? = try row.checked["message"]
        failure = try (row.checked["reason"] as String?).flatMap(FailureReason.init(rawValue:))
            .map { Failure($0, message ?? "") }
    }
}
