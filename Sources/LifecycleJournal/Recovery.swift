import Foundation
import GRDB
package import HostProcesses
public import ModelLifecycle

/// A run that was found interrupted when a journal was opened.
public struct RecoveredRun: Sendable, Hashable {
    /// The name under which the journal knows the model.
    public var model: String
    /// The run that was interrupted.
    public var run: RunIdentity
    /// Where the run was when its engine died.
    public var state: ModelState
    /// The dead engine.
    public var engineID: EngineID
    /// Its process ID, which may belong to another process now.
    public var pid: Int32
    /// The name of the host on which it ran.
    public var host: String
}

/// Settles what dead engines left in flight: exactly one `recovered` row each, written under the dead
/// engine's own lock and in the transaction that takes the model over.
struct Recovery {
    package let path: String
    package let writer: JournalWriter
    package let locks: OwnerLocks
    package let engineRow: Int64

    /// One model in flight and whoever the journal says drives it.
    struct Candidate: Equatable {
        package var modelID: Int64
        package var owner: Owner
        package var epoch: Int64
        package var run: RunID
    }

    /// - Parameter model: only this one, or all. They belong to nobody afterwards.
    package func settle(model: Int64?) throws -> [RecoveredRun] {
        let inFlight: [Candidate] = try journalErrors(path) {
            try writer.read { db in try Self.candidates(db, model: model, notOf: engineRow) }
        }
        var probed: [Int64: (liveness: OwnerLiveness, lock: HeldLock?)] = [:]
        let dead = inFlight.filter { candidate in
            let owner = candidate.owner
            let probe = probed[owner.row] ?? locks.probe(owner.engine, owner.identity)
            probed[owner.row] = probe
            return probe.liveness == .dead
        }
        guard !dead.isEmpty else { return [] }
        // The dead engines' locks stay held, in `probed`, until the rows are durable.
        return try withExtendedLifetime(probed) {
            // First of all: while the runs are not settled, nobody loads these models again, and whoever
            // comes after a crash in here finds the same to do.
            try OrphanedProcesses(path: path, writer: writer).kill(of: dead.map(\.run))
            let settled: [RecoveredRun] = try journalErrors(path) {
                do {
                    return try writer.write { db in
                        var parts = NamedParts()
                        return try dead.compactMap { try settle(db, $0, &parts) }
                    }
                } catch let refusal
                    as DatabaseError where refusal.resultCode == .SQLITE_CONSTRAINT
                {
                    throw JournalError(
                        .damaged, path,
                        "the journal is damaged: an interrupted run cannot be settled (\(refusal.message ?? "refused"))"
                    )
                }
            }
            try removeLocks(of: Dictionary(grouping: dead, by: \.owner.row).compactMap { $0.value.first?.owner })
            return settled
        }
    }

    /// - Parameters:
    ///   - engine: whose own models are none; nil for no engine's.
    ///   - most: so many at most.
    package static func candidates(
        _ db: Database, model: Int64?, notOf engine: Int64?, most: Int = .max
    ) throws -> [Candidate] {
        // One engine has left most of them.
        var owners: [Int64: Owner] = [:]
        return try Row.fetchAll(
            db,
            sql: """
                SELECT o.model_id, o.epoch, o.engine_id AS owner, r.run_id
                FROM run_progress AS p
                JOIN run AS r ON r.id = p.run
                JOIN model_owner AS o ON o.model_id = p.model_id
                WHERE \(InFlight.sql) AND o.engine_id IS NOT NULL AND o.engine_id IS NOT ?
                AND (? IS NULL OR o.model_id = ?)
                ORDER BY p.last_seq LIMIT ?
                """, arguments: [engine, model, model, most]
        ).compactMap { row in
            let (row, id) = try (row.checked, row.checked["owner"] as Int64)
            let owner =
                try owners[id]
                ?? Row.fetchOne(db, sql: "SELECT * FROM engine WHERE id = ?", arguments: [id]).map(Owner.init(row:))
            owners[id] = owner
            return try owner.map {
                try Candidate(
                    modelID: row["model_id"], owner: $0, epoch: row["epoch"], run: RunID(rawValue: row["run_id"]))
            }
        }
    }

    package func settle(_ db: Database, _ candidate: Candidate, _ parts: inout NamedParts) throws -> RecoveredRun? {
        // Between the look and this transaction another engine may have settled the model.
        guard
            let row = try Row.fetchOne(
                db.cachedStatement(
                    sql: """
                        SELECT m.name, t.run, t.ordinal, t.to_state, r.run_id, r.correlation_id, r.attempt,
                            r.wanted
                        FROM model_owner AS o
                        JOIN model AS m ON m.id = o.model_id
                        JOIN last_runs AS l ON l.model_id = o.model_id
                        JOIN transition AS t ON t.seq = l.last_seq
                        JOIN run AS r ON r.id = t.run
                        WHERE o.model_id = ? AND o.engine_id = ? AND o.epoch = ?
                        """), arguments: [candidate.modelID, candidate.owner.row, candidate.epoch]),
            let state = ModelState(rawValue: try row.checked["to_state"]), state.isInFlight
        else { return nil }
        let owner = candidate.owner
        let next: ModelState = state == .unloading ? .uninitialized : .error
        let message =
            "engine \(owner.engine) (pid \(owner.identity.pid) on \(owner.identity.host)) ended while \(state)"
        try db.cachedStatement(sql: "UPDATE model_owner SET engine_id = ?, epoch = epoch + 1 WHERE model_id = ?")
            .execute(arguments: [engineRow, candidate.modelID])
        let run: Int64 = try row.checked["run"]
        var recovered = ChainRow(
            ordinal: try row.checked["ordinal"] + 1, at: WallTime.now.microseconds, from: state.rawValue,
            to: next.rawValue, trigger: Trigger.recovered.rawValue)
        recovered.reason = FailureReason.interrupted.rawValue
        recovered.message = message
        try ChainedAppend(
            run: run, modelID: candidate.modelID, engineRow: engineRow, epoch: candidate.epoch + 1,
            runHash: parts.run(db, run), engineHash: parts.engine(db, engineRow)
        ).perform(db, recovered)
        try db.cachedStatement(sql: "UPDATE model_owner SET engine_id = NULL WHERE model_id = ?")
            .execute(arguments: [candidate.modelID])
        return RecoveredRun(
            model: try row.checked["name"], run: try RunIdentity(row: row), state: state, engineID: owner.engine,
            pid: owner.identity.pid, host: owner.identity.host)
    }

    /// A dead engine that owns nothing any more needs no lock file to be judged by.
    func removeLocks(of owners: [Owner]) throws {
        for owner in owners {
            let owns = try journalErrors(path) {
                try writer.read { db in
                    try Bool.fetchOne(
                        db, sql: "SELECT EXISTS (SELECT 1 FROM model_owner WHERE engine_id = ?)",
                        arguments: [owner.row])
                }
            }
            if owns == false { locks.remove(owner.engine) }
        }
    }
}

/// The engine that a model belongs to.
package struct Owner: Equatable {
    package var row: Int64
    package var engine: EngineID
    package var identity: ProcessIdentity

    /// - Parameter row: holds all columns of `engine`.
    package init(row: Row) throws {
        let row = row.checked
        self.row = try row["id"]
        engine = EngineID(rawValue: try row["engine_id"])
        identity = try ProcessIdentity(
            host: row["host"], pid: row["pid"], start: row["process_start"], pidNamespace: row["pid_namespace"],
            bootID: row["boot_id"])
    }
}

extension RunIdentity {
    /// - Parameter row: holds `run_id`, `correlation_id`, `attempt` and `wanted`.
    init(row: Row) throws {
        let row = row.checked
        let correlation: String = try row["correlation_id"]
        try self.init(
            runID: RunID(rawValue: row["run_id"]), correlationID: CorrelationID(stored: correlation),
            attempt: row["attempt"], wanted: row["wanted"])
    }
}
