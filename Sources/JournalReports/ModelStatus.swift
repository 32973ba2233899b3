import GRDB
import HostProcesses
package import LifecycleJournal
package import ModelLifecycle

/// Where a model is now.
package struct ModelStatus: Sendable {
    package var run: RunRow
    package var state: Recorded<ModelState>
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
    /// What a model that is on its way to READY is doing, in its own words; nil if it has not told.
    package var activity: String?

    package init(
        run: RunRow, since: WallTime, owner: OwnerRow?, nextRetryAt: WallTime?, servedBy: String?
    ) {
        self.run = run
        state = run.state
        self.since = since
        self.owner = owner
        self.nextRetryAt = nextRetryAt
        self.servedBy = servedBy
        interruptionsInARow = 0
        isCrashLoop = false
        expectation = PhaseExpectation()
    }

    init(
        run: RunRow, state: Recorded<ModelState>, since: WallTime, owner: OwnerRow?, interruptionsInARow: Int,
        isCrashLoop: Bool,
        nextRetryAt: WallTime?, expectation: PhaseExpectation, servedBy: String?, activity: String?
    ) {
        self.init(run: run, since: since, owner: owner, nextRetryAt: nextRetryAt, servedBy: servedBy)
        self.state = state
        self.interruptionsInARow = interruptionsInARow
        self.isCrashLoop = isCrashLoop
        self.expectation = expectation
        self.activity = activity
    }

    /// True where the model serves as far as the journal can tell: a dead engine's READY does not count.
    package var isReady: Bool {
        state == .ready && owner.map { $0.liveness != .dead } ?? false
    }

    /// True where the journal says that work is under way, but its engine is dead: the next engine
    /// will record the interruption.
    package var isAbandoned: Bool {
        state.known?.isInFlight == true && owner?.liveness == .dead
    }
}

package struct OwnerRow: Sendable, Hashable {
    package var engineID: String
    package var pid: Int
    package var host: String
    package var liveness: OwnerLiveness

    package init(engineID: String, pid: Int, host: String, liveness: OwnerLiveness) {
        self.engineID = engineID
        self.pid = pid
        self.host = host
        self.liveness = liveness
    }
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
            var look = StatusLook(db, path: path)
            return try rows.map { row in
                try look.status(
                    unsettled.marked(RunRow(row: row)), modelID: row.checked["model_id"],
                    lastSeq: row.checked["last_seq"], configurationID: row.checked["configuration_id"])
            }
        }
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

/// Looks at one model after the other, and only once at what several of them have in common.
private struct StatusLook {
    private let db: Database
    private let path: String
    private let locks: OwnerLocks
    private var livenesses: [Int64: OwnerLiveness] = [:]
    private var configurations: [Int64: RunConfiguration] = [:]
    /// Who serves in place of whom; the last one to begin counts.
    private var standIns: [String: String]?

    init(_ db: Database, path: String) {
        self.db = db
        self.path = path
        locks = OwnerLocks(journal: path)
    }

    mutating func status(
        _ run: RunRow, modelID: Int64, lastSeq: Int64, configurationID: Int64
    ) throws -> ModelStatus {
        let since = try number("SELECT at_us FROM transition WHERE seq = ?", lastSeq)
        let owner = try Row.fetchOne(
            db.cachedStatement(
                sql: "SELECT e.* FROM model_owner AS o JOIN engine AS e ON e.id = o.engine_id WHERE o.model_id = ?"),
            arguments: [modelID]
        ).map(Owner.init(row:))
        let liveness = owner.map { self.liveness($0) }
        let interruptions = Int(
            try number("SELECT \(InterruptionsInARow.sql()) FROM model AS m WHERE m.id = ?", modelID) ?? 0)
        let retryAt =
            liveness == .dead ? nil : try number("SELECT retry_at_us FROM next_retry WHERE model_id = ?", modelID)
        let configuration = try self.configuration(configurationID)
        return ModelStatus(
            run: run, state: run.state, since: since.map(WallTime.init(microseconds:)) ?? run.startedAt,
            owner: owner.map {
                OwnerRow(
                    engineID: $0.engine.rawValue, pid: Int($0.identity.pid), host: $0.identity.host,
                    liveness: liveness ?? .unknown)
            }, interruptionsInARow: interruptions,
            isCrashLoop: interruptions >= configuration.retry.interruptionLimit,
            nextRetryAt: retryAt.map(WallTime.init(microseconds:)),
            expectation: try expectation(in: run.state.known, of: configuration), servedBy: try standIn(for: run.model),
            activity: try activity(of: run, lastSeq: lastSeq))
    }

    /// What it has said since its last transition.
    private func activity(of run: RunRow, lastSeq: Int64) throws -> String? {
        guard run.state == .loading || run.state == .warmingUp,
            try StoredNote.areThere(db)
        else { return nil }
        return try Row.fetchOne(
            db.cachedStatement(
                sql: """
                    SELECT n.message FROM run_note AS n JOIN transition AS t ON t.run = n.run
                    WHERE t.seq = ? AND n.kind = 'status' AND n.after_ordinal >= t.ordinal
                    ORDER BY n.ordinal DESC LIMIT 1
                    """), arguments: [lastSeq])?.checked.shown("message")
    }

    private func number(_ sql: String, _ id: Int64) throws -> Int64? {
        try Int64.fetchOne(db.cachedStatement(sql: sql), arguments: [id])
    }

    private mutating func liveness(_ owner: Owner) -> OwnerLiveness {
        if let known = livenesses[owner.row] { return known }
        let liveness = locks.probe(owner.engine, owner.identity).liveness
        livenesses[owner.row] = liveness
        return liveness
    }

    private mutating func configuration(_ id: Int64) throws -> RunConfiguration {
        if let known = configurations[id] { return known }
        let json = try String.fetchOne(db, sql: "SELECT json FROM configuration WHERE id = ?", arguments: [id])
        guard let json else { throw JournalError(.damaged, path, "configuration \(id) is missing") }
        let configuration = try JournalConfigurations.decode(json, path: path)
        configurations[id] = configuration
        return configuration
    }

    private func expectation(in state: ModelState?, of configuration: RunConfiguration) throws -> PhaseExpectation {
        switch state {
        case .loading, .warmingUp: try PhaseExpectation(db, of: configuration, before: nil)
        // Reads hundreds of runs, for nothing where no phase of a start is going on.
        case .ready, .unloading, .uninitialized, .error, nil: PhaseExpectation()
        }
    }

    private mutating func standIn(for model: String) throws -> String? {
        if standIns == nil {
            var found: [String: String] = [:]
            let rows = try Row.fetchAll(
                db,
                sql: """
                    SELECT r.wanted, m.name, e.*
                    FROM run_progress AS p
                    JOIN run AS r ON r.id = p.run
                    JOIN model AS m ON m.id = p.model_id
                    JOIN model_owner AS o ON o.model_id = p.model_id
                    JOIN engine AS e ON e.id = o.engine_id
                    WHERE \(InFlight.sql) AND p.state = 'READY' AND r.wanted IS NOT NULL
                    -- Not by the primary key, which would read all runs there ever were.
                    ORDER BY +p.run
                    """)
            for row in rows where liveness(try Owner(row: row)) != .dead {
                found[try row.checked["wanted"]] = try row.checked["name"]
            }
            standIns = found
        }
        return standIns?[model]
    }
}
