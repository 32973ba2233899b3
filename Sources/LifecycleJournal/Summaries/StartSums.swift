import GRDB

/// Parts of a start whose durations are kept.
package enum StartPhase: String, Sendable, CaseIterable {
    case queue
    case digest
    case spawn
    case load
    case warmup
    case startup
}

/// Which runs are added up together.
struct StartGroup: Sendable, Hashable {
    var modelID: Int64
    var provider: String
    /// nil for runs that never learnt theirs.
    var version: String?
}

/// What some runs of one group add up to.
struct StartSums: Sendable, Hashable {
    /// One reason of failure.
    struct Failure: Sendable, Hashable {
        var count = 0
        /// When the last of them ended, microseconds since 1970.
        var lastAt: Int64 = 0
        /// The transition that has its message; 0 where there is none.
        var lastSeq: Int64 = 0
        /// Where no transition says it yet.
        var lastMessage: String?

        mutating func add(_ other: Failure) {
            count += other.count
            guard other.lastAt >= lastAt else { return }
            (lastAt, lastSeq, lastMessage) = (other.lastAt, other.lastSeq, other.lastMessage)
        }
    }

    var firstStarted = Int64.max
    var lastStarted = Int64.min
    var runs = 0
    var failed = 0
    var cancelled = 0
    var interrupted = 0
    /// Failed or interrupted before READY.
    var failedStarts = 0
    /// Not ended yet; none in what is stored.
    var inFlight = 0
    var failures: [String: Failure] = [:]
    var phases: [StartPhase: DurationDigest] = [:]

    /// How many reached READY.
    var reachedReady: Int { phases[.startup]?.count ?? 0 }

    init() {}

    /// - Throws: `DatabaseError` where a digest is not what was written.
    init(merging parts: [StartSums]) throws {
        for part in parts {
            firstStarted = min(firstStarted, part.firstStarted)
            lastStarted = max(lastStarted, part.lastStarted)
            runs += part.runs
            failed += part.failed
            cancelled += part.cancelled
            interrupted += part.interrupted
            failedStarts += part.failedStarts
            inFlight += part.inFlight
            for (reason, failure) in part.failures { failures[reason, default: Failure()].add(failure) }
        }
        for phase in StartPhase.allCases {
            phases[phase] = try DurationDigest(merging: parts.compactMap { $0.phases[phase] })
        }
    }
}

/// Adds up runs one by one.
struct StartTally {
    /// What counts of a run.
    struct Run {
        var outcome: String
        var startedAt: Int64
        var endedAt: Int64?
        var durations: [(StartPhase, Int64?)]
        var reason: String?
        var reasonSeq: Int64?
        /// Where no transition says it yet.
        var message: String?
    }

    /// So many values are kept as they are, before they are packed.
    private static let limit = 16384

    private var sums = StartSums()
    private var values: [StartPhase: [Int64]] = [:]
    private var packed: [StartSums] = []

    mutating func add(_ run: Run) throws {
        sums.runs += 1
        sums.firstStarted = min(sums.firstStarted, run.startedAt)
        sums.lastStarted = max(sums.lastStarted, run.startedAt)
        let wasLoaded = run.durations.contains { $0.0 == .load && $0.1 != nil }
        var reachedReady = false
        for (phase, duration) in run.durations {
            guard let duration else { continue }
            guard duration >= 0 else { throw VarintReader.damage }
            switch phase {
            // Parts of a load that was not finished would say nothing about one that was.
            case .queue, .digest, .spawn: guard wasLoaded else { continue }
            case .load, .warmup: break
            case .startup: reachedReady = true
            }
            values[phase, default: []].append(duration)
        }
        count(run, reachedReady: reachedReady)
        if values.values.contains(where: { $0.count >= Self.limit }) { pack() }
    }

    private mutating func count(_ run: Run, reachedReady: Bool) {
        switch RunOutcome(rawValue: run.outcome) {
        case .cancelled: sums.cancelled += 1
        case .failed: sums.failed += 1
        case .interrupted: sums.interrupted += 1
        case .inProgress, .ready: sums.inFlight += 1
        case .unloaded, nil: break
        }
        guard run.outcome == RunOutcome.failed.rawValue || run.outcome == RunOutcome.interrupted.rawValue else {
            return
        }
        if !reachedReady { sums.failedStarts += 1 }
        sums.failures[run.reason ?? "unknown", default: StartSums.Failure()].add(
            StartSums.Failure(
                count: 1, lastAt: run.endedAt ?? run.startedAt, lastSeq: run.reasonSeq ?? 0, lastMessage: run.message))
    }

    private mutating func pack() {
        for (phase, list) in values { sums.phases[phase] = DurationDigest(list) }
        packed.append(sums)
        sums = StartSums()
        values = [:]
    }

    /// The sums, in as many parts as it took.
    mutating func finished() -> [StartSums] {
        if sums.runs > 0 { pack() }
        return packed
    }
}
