import GRDB
import ModelLifecycle

/// A run's row of `run_progress`, computed anew from its transitions. The trigger in the migration says the
/// same in SQL; a test holds one against the other.
struct RunSummary: Equatable {
    var state: String
    var outcome: String
    var lastSeq: Int64
    var started: Int64
    var ended: Int64?
    var queue: Int64?
    var digest: Int64?
    var spawn: Int64?
    var load: Int64?
    var warmup: Int64?
    var startup: Int64?
    var ready: Int64?
    var failedPhase: String?
    var reasonSeq: Int64?
    var loadSeq: Int64?
    var version: String?

    /// - Parameter first: a run's row into LOADING, or its first one that is not missing.
    init(first row: ChainRow) {
        state = row.to
        outcome = RunOutcome.inProgress.rawValue
        lastSeq = row.seq
        started = row.at
        version = row.version
        guard row.ordinal > 1 else { return }
        switch ModelState(rawValue: row.from) {
        case .ready: outcome = RunOutcome.ready.rawValue
        case .error: outcome = RunOutcome.failed.rawValue
        case .uninitialized, .loading, .warmingUp, .unloading, nil: break
        }
        apply(row)
    }

    mutating func apply(_ row: ChainRow) {
        let before = outcome
        let isOver = before == RunOutcome.failed.rawValue || before == RunOutcome.interrupted.rawValue
        let wasRecovered = row.trigger == Trigger.recovered.rawValue
        state = row.to
        lastSeq = row.seq
        outcome = Self.outcome(after: row, before: before, isOver: isOver, wasRecovered: wasRecovered)
        if row.to == ModelState.error.rawValue || row.to == ModelState.uninitialized.rawValue {
            ended = ended ?? row.at
        }
        queue = row.queue ?? queue
        digest = row.digest ?? digest
        spawn = row.spawn ?? spawn
        let loadBefore = load
        if row.from == ModelState.loading.rawValue { loadSeq = row.seq }
        if row.trigger == Trigger.loaded.rawValue { load = row.elapsed }
        if row.trigger == Trigger.warmed.rawValue { warmup = row.elapsed }
        if row.to == ModelState.ready.rawValue {
            startup =
                row.from == ModelState.loading.rawValue
                ? row.elapsed : loadBefore.flatMap { load in row.elapsed.map { load &+ $0 } }
        }
        if row.from == ModelState.ready.rawValue { ready = row.elapsed }
        if !isOver,
            row.to == ModelState.error.rawValue || wasRecovered && before == RunOutcome.inProgress.rawValue
        {
            failedPhase = row.from
        }
        let isCancelled = before == RunOutcome.cancelled.rawValue && row.to != ModelState.error.rawValue
        if row.reason != nil, !isOver, !isCancelled { reasonSeq = row.seq }
        version = row.version ?? version
    }

    private static func outcome(
        after row: ChainRow, before: String, isOver: Bool, wasRecovered: Bool
    ) -> String {
        let outcome: RunOutcome
        switch ModelState(rawValue: row.to) {
        case .loading, .warmingUp: outcome = .inProgress
        case .ready: outcome = .ready
        case .unloading:
            switch ModelState(rawValue: row.from) {
            case .ready: outcome = .inProgress
            case .error: return before
            case .uninitialized, .loading, .warmingUp, .unloading, nil: outcome = .cancelled
            }
        case .error:
            if isOver { return before }
            outcome = wasRecovered ? .interrupted : .failed
        case .uninitialized, nil:
            if before != RunOutcome.inProgress.rawValue { return before }
            outcome = wasRecovered ? .interrupted : .unloaded
        }
        return outcome.rawValue
    }

    /// - Parameter row: of `run_progress`.
    init(row: CheckedRow) throws {
        state = try row["state"]
        outcome = try row["outcome"]
        lastSeq = try row["last_seq"]
        started = try row["started_us"]
        ended = try row["ended_us"]
        queue = try row["queue_us"]
        digest = try row["digest_us"]
        spawn = try row["spawn_us"]
        load = try row["load_us"]
        warmup = try row["warmup_us"]
        startup = try row["startup_us"]
        ready = try row["ready_us"]
        failedPhase = try row["failed_phase"]
        reasonSeq = try row["reason_seq"]
        loadSeq = try row["load_seq"]
        version = try row["version"]
    }
}
