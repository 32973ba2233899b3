import GRDB
package import ModelLifecycle

/// Where a model is now.
package struct ModelStatus: Sendable {
    package var run: RunRow
    package var state: String
    package var since: WallTime
    /// The engine that drives the model; nil where nobody does.
    package var owner: OwnerRow?
    /// Runs in a row that were interrupted before READY.
    package var interruptionsInARow: Int
    package var isCrashLoop: Bool
    /// When the engine will try again by itself.
    package var nextRetryAt: WallTime?
    package var expectation: PhaseExpectation
    /// The model that is READY in place of this one.
    package var servedBy: String?

    /// True where the model serves as far as the journal can tell: a dead engine's READY does not count.
    package var isReady: Bool {
        state == ModelState.ready.rawValue && owner.map { $0.liveness != .dead } ?? false
    }

    /// True where the journal says that work is under way, but its engine is dead: the next engine
    /// will record the interruption.
    package var isAbandoned: Bool {
        ModelState(rawValue: state)?.isInFlight == true && owner?.liveness == .dead
    }
}

package struct OwnerRow: Sendable, Hashable {
    package var engineID: String
    package var pid: Int
    package var host: String
    package var liveness: OwnerLiveness
}

extension JournalReader {
    /// - Parameter models: only these; empty for all. Sorted by name.
    package func status(models: [String]) throws -> [ModelStatus] {
        try readUnsettled { db, unsettled in
            var filter = ReportFilter()
            filter.models = models
            let sql = try sql(db, filter, .runs)
            let last = "id IN (SELECT run FROM last_runs)"
            let conditions = (sql.conditions + [last]).joined(separator: " AND ")
            let rows = try Row.fetchAll(
                db, sql: "SELECT * FROM run_rows WHERE \(conditions) ORDER BY model", arguments: sql.arguments)
            return try rows.map { row in
                try status(
                    db, unsettled.marked(RunRow(row: row)), modelID: row.checked["model_id"],
                    lastSeq: row.checked["last_seq"])
            }
        }
    }

    private func status(_ db: Database, _ run: RunRow, modelID: Int64, lastSeq: Int64) throws -> ModelStatus {
        let since = try Int64.fetchOne(db, sql: "SELECT at_us FROM transition WHERE seq = ?", arguments: [lastSeq])
        let owner = try Row.fetchOne(
            db, sql: "SELECT e.* FROM model_owner AS o JOIN engine AS e ON e.id = o.engine_id WHERE o.model_id = ?",
            arguments: [modelID]
        ).map(Owner.init(row:))
        let locks = OwnerLocks(journal: path)
        let liveness = owner.map { locks.probe($0.engine, $0.identity).liveness }
        let interruptions =
            try Int.fetchOne(
                db, sql: "SELECT \(InterruptionsInARow.sql) FROM model AS m WHERE m.id = ?", arguments: [modelID]) ?? 0
        let retryAt =
            liveness == .dead
            ? nil
            : try Int64.fetchOne(
                db, sql: "SELECT retry_at_us FROM next_retry WHERE model_id = ?", arguments: [modelID])
        let configuration = try JournalConfigurations.decode(configuration(db, run.id), path: path)
        return ModelStatus(
            run: run, state: run.state, since: since.map(WallTime.init(microseconds:)) ?? run.startedAt,
            owner: owner.map {
                OwnerRow(
                    engineID: $0.engine.rawValue, pid: Int($0.identity.pid), host: $0.identity.host,
                    liveness: liveness ?? .unknown)
            }, interruptionsInARow: interruptions,
            isCrashLoop: interruptions >= configuration.retry.interruptionLimit,
            nextRetryAt: retryAt.map(WallTime.init(microseconds:)),
            expectation: try expectation(db, in: run.state, of: configuration),
            servedBy: try standIn(db, for: run.model, locks))
    }

    private func expectation(
        _ db: Database, in state: String, of configuration: RunConfiguration
    ) throws -> PhaseExpectation {
        switch ModelState(rawValue: state) {
        case .loading, .warmingUp: try PhaseExpectation(db, of: configuration, before: nil)
        // Reads hundreds of runs, for nothing where no phase of a start is going on.
        case .ready, .unloading, .uninitialized, .error, nil: PhaseExpectation()
        }
    }

    private func standIn(_ db: Database, for model: String, _ locks: OwnerLocks) throws -> String? {
        let rows = try Row.fetchAll(
            db,
            sql: """
                SELECT m.name, e.*
                FROM run_progress AS p
                JOIN run AS r ON r.id = p.run
                JOIN model AS m ON m.id = p.model_id
                JOIN model_owner AS o ON o.model_id = p.model_id
                JOIN engine AS e ON e.id = o.engine_id
                WHERE \(InFlight.sql) AND p.state = 'READY' AND r.wanted = ?
                -- Not by the primary key, which would read all runs there ever were.
                ORDER BY +p.run DESC
                """, arguments: [model])
        return try rows.first { row in
            let owner = try Owner(row: row)
            return locks.probe(owner.engine, owner.identity).liveness != .dead
        }?.checked["name"]
    }

    /// What the model was last started with.
    /// - Returns: nil for a model that the journal has not seen.
    package func lastConfiguration(of model: String) throws -> RunConfiguration? {
        try read { db in
            let json = try String.fetchOne(
                db,
                sql: """
                    SELECT c.json FROM run AS r JOIN configuration AS c ON c.id = r.configuration_id
                    WHERE r.id = (SELECT run FROM last_runs WHERE model_id = (SELECT id FROM model WHERE name = ?))
                    """, arguments: [model])
            return try json.map { try JournalConfigurations.decode($0, path: path) }
        }
    }
}
