import GRDB
public import ModelLifecycle

extension EngineJournal {
    /// The models whose last run was interrupted in LOADING, WARMING_UP or READY, and those that were
    /// waiting for a retry when their engine died; oldest first.
    public func resumableRuns() async throws -> [ResumableRun] {
        let path = path
        let ended: [EndedRun]
        do {
            ended = try await writer.read { db in
                try Row.fetchAll(db, sql: EndedRun.sql).map { try EndedRun(row: $0, path: path) }
            }
        } catch { throw JournalError(whileServing: error, path: path) }
        return ended.filter { run in
            if let owner = run.owner, locks.probe(owner.engine, owner.identity).liveness != .dead { return false }
            return run.wasInterrupted || run.wasWaitingForRetry
        }.map(\.resumable)
    }
}

/// The last run of a model that stands in ERROR.
private struct EndedRun: Sendable {
    var resumable: ResumableRun
    var wasInterrupted: Bool
    /// An engine that ends in peace gives its models up; one that still owns a failed model, and had
    /// planned another attempt, died before it.
    var wasWaitingForRetry: Bool
    var owner: Owner?

    init(row: Row, path: String) throws {
        let checked = row.checked
        resumable = ResumableRun(
            run: try RunIdentity(row: row),
            configuration: try JournalConfigurations.decode(checked["json"], path: path),
            interruptionsInARow: try checked["interruptions"])
        wasInterrupted = try checked["outcome"] == "interrupted"
        owner = try (checked["engine_id"] as String?) == nil ? nil : Owner(row: row)
        wasWaitingForRetry = try owner != nil && (checked["retry_at_us"] as Int64?) != nil
    }

    static let sql = """
        SELECT r.run_id, r.correlation_id, r.attempt, r.wanted, c.json, p.outcome, t.retry_at_us, e.*,
            \(InterruptionsInARow.sql()) AS interruptions
        FROM model AS m
        JOIN last_runs AS l ON l.model_id = m.id
        JOIN transition AS t ON t.seq = l.last_seq
        JOIN run AS r ON r.id = t.run
        JOIN run_progress AS p ON p.run = t.run
        JOIN configuration AS c ON c.id = r.configuration_id
        JOIN model_owner AS o ON o.model_id = m.id
        LEFT JOIN engine AS e ON e.id = o.engine_id
        WHERE t.to_state = 'ERROR' AND p.outcome IN ('interrupted', 'failed') AND c.json <> '{}'
        ORDER BY t.seq
        """
}
