import GRDB
import JournalReports
import LifecycleJournal
import ModelLifecycle

/// A run's row of `run_progress`, computed anew from its transitions. The trigger in the migration says the
/// same in SQL; a test holds one against the other.
struct RunSummary: Equatable {
    var state: String
    var outcome: String
    var lastSeq: Int64
    var ordinal: Int64
    var endSeq: Int64?
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
    init(first row: WalkedRow) {
        state = row.to
        outcome = RunOutcome.inProgress.rawValue
        lastSeq = row.seq
        ordinal = row.ordinal
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

    mutating func apply(_ row: WalkedRow) {
        let before = outcome
        let isOver = before == RunOutcome.failed.rawValue || before == RunOutcome.interrupted.rawValue
        let wasRecovered = row.trigger == Trigger.recovered.rawValue
        state = row.to
        lastSeq = row.seq
        ordinal = row.ordinal
        outcome = Self.outcome(after: row, before: before, isOver: isOver, wasRecovered: wasRecovered)
        if endSeq == nil {
            queue = row.queue ?? queue
            digest = row.digest ?? digest
            spawn = row.spawn ?? spawn
            version = row.version ?? version
        }
        if row.to == ModelState.error.rawValue || row.to == ModelState.uninitialized.rawValue {
            ended = ended ?? row.at
            endSeq = endSeq ?? row.seq
        }
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
    }

    private static func outcome(
        after row: WalkedRow, before: String, isOver: Bool, wasRecovered: Bool
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

    /// What `init(statement:)` reads of `run_progress`, in its order.
    static let columns = """
        state, outcome, last_seq, ordinal, end_seq, started_us, ended_us, queue_us, digest_us, spawn_us, load_us,
        warmup_us, startup_us, ready_us, failed_phase, reason_seq, load_seq, version
        """

    init(statement: RawStatement) throws {
        state = try statement.required(statement.text, 0)
        outcome = try statement.required(statement.text, 1)
        lastSeq = try statement.required(statement.integer, 2)
        ordinal = try statement.required(statement.integer, 3)
        endSeq = try statement.integer(4)
        started = try statement.required(statement.integer, 5)
        ended = try statement.integer(6)
        queue = try statement.integer(7)
        digest = try statement.integer(8)
        spawn = try statement.integer(9)
        load = try statement.integer(10)
        warmup = try statement.integer(11)
        startup = try statement.integer(12)
        ready = try statement.integer(13)
        failedPhase = try statement.text(14)
        reasonSeq = try statement.integer(15)
        loadSeq = try statement.integer(16)
        version = try statement.text(17)
    }
}
