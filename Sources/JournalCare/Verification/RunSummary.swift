import GRDB
import JournalReports
import LifecycleJournal
import ModelLifecycle

/// A run's row of `run_progress`, computed anew from its transitions. The trigger in the migration says the
/// same in SQL; a test holds one against the other.
struct RunSummary: Equatable {
    var state: Recorded<ModelState>
    var outcome: Recorded<RunOutcome>
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
    var failedPhase: Recorded<ModelState>?
    var reasonSeq: Int64?
    var loadSeq: Int64?
    var version: String?

    /// - Parameter first: a run's row into LOADING, or its first one that is not missing.
    init(first row: WalkedRow) {
        state = row.to
        outcome = .known(.inProgress)
        lastSeq = row.seq
        ordinal = row.ordinal
        started = row.at
        version = row.version
        guard row.ordinal > 1 else { return }
        switch row.from.known {
        case .ready: outcome = .known(.ready)
        case .error: outcome = .known(.failed)
        case .uninitialized, .loading, .warmingUp, .unloading, nil: break
        }
        apply(row)
    }

    mutating func apply(_ row: WalkedRow) {
        let before = outcome
        let isOver = before.known?.isFailure == true
        let wasRecovered = row.trigger == .recovered
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
        if row.to == .error || row.to == .uninitialized {
            ended = ended ?? row.at
            endSeq = endSeq ?? row.seq
        }
        let loadBefore = load
        if row.from == .loading { loadSeq = row.seq }
        if row.trigger == .loaded { load = row.elapsed }
        if row.trigger == .warmed { warmup = row.elapsed }
        if row.to == .ready {
            startup =
                row.from == .loading
                ? row.elapsed : loadBefore.flatMap { load in row.elapsed.map { load &+ $0 } }
        }
        if row.from == .ready { ready = row.elapsed }
        if !isOver,
            row.to == .error || wasRecovered && before == .inProgress
        {
            failedPhase = row.from
        }
        let isCancelled = before == .cancelled && row.to != .error
        if row.reason != nil, !isOver, !isCancelled { reasonSeq = row.seq }
    }

    private static func outcome(
        after row: WalkedRow, before: Recorded<RunOutcome>, isOver: Bool, wasRecovered: Bool
    ) -> Recorded<RunOutcome> {
        let outcome: RunOutcome
        switch row.to.known {
        case .loading, .warmingUp: outcome = .inProgress
        case .ready: outcome = .ready
        case .unloading:
            switch row.from.known {
            case .ready: outcome = .inProgress
            case .error: return before
            case .uninitialized, .loading, .warmingUp, .unloading, nil: outcome = .cancelled
            }
        case .error:
            if isOver { return before }
            outcome = wasRecovered ? .interrupted : .failed
        case .uninitialized, nil:
            if before != .inProgress { return before }
            outcome = wasRecovered ? .interrupted : .unloaded
        }
        return .known(outcome)
    }

    /// What `init(statement:)` reads of `run_progress`, in its order.
    static let columns = """
        state, outcome, last_seq, ordinal, end_seq, started_us, ended_us, queue_us, digest_us, spawn_us, load_us,
        warmup_us, startup_us, ready_us, failed_phase, reason_seq, load_seq, version
        """

    init(statement: RawStatement) throws {
        state = Recorded(try statement.required(statement.text, 0))
        outcome = Recorded(try statement.required(statement.text, 1))
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
        failedPhase = try statement.text(14).map(Recorded.init)
        reasonSeq = try statement.integer(15)
        loadSeq = try statement.integer(16)
        version = try statement.text(17)
    }
}
