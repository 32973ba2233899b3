import GRDB
package import ModelLifecycle

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
package struct StartGroup: Sendable, Hashable {
    package var modelID: Int64
    package var provider: String
    /// nil for runs that never learnt theirs.
    package var version: String?

    package init(modelID: Int64, provider: String, version: String? = nil) {
        self.modelID = modelID
        self.provider = provider
        self.version = version
    }
}

/// What some runs of one group add up to.
package struct StartSums: Sendable, Hashable {
    /// One reason of failure.
    package struct Failure: Sendable, Hashable {
        package var count = 0
        /// When the last of them ended, microseconds since 1970.
        package var lastAt: Int64 = 0
        /// The transition that has its message; 0 where there is none.
        package var lastSeq: Int64 = 0
        /// Where no transition says it yet.
        package var lastMessage: String?

        package init(count: Int = 0, lastAt: Int64 = 0, lastSeq: Int64 = 0, lastMessage: String? = nil) {
            self.count = count
            self.lastAt = lastAt
            self.lastSeq = lastSeq
            self.lastMessage = lastMessage
        }

        package mutating func add(_ other: Failure) {
            count += other.count
            guard other.lastAt >= lastAt else { return }
            (lastAt, lastSeq, lastMessage) = (other.lastAt, other.lastSeq, other.lastMessage)
        }
    }

    var firstStarted = Int64.max
    var lastStarted = Int64.min
    package var runs = 0
    package var failed = 0
    package var cancelled = 0
    package var interrupted = 0
    /// Failed or interrupted before READY.
    package var failedStarts = 0
    /// Not ended yet; none in what is stored.
    package var inFlight = 0
    package var failures: [String: Failure] = [:]
    package var phases: [StartPhase: DurationDigest] = [:]

    /// How many reached READY.
    package var reachedReady: Int { phases[.startup]?.count ?? 0 }

    package init() {}

    /// - Throws: `DatabaseError` where a digest is not what was written.
    package init(merging parts: [StartSums]) throws {
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
package struct StartTally {
    /// What counts of a run.
    package struct Run {
        package var outcome: Recorded<RunOutcome>
        package var startedAt: Int64
        package var endedAt: Int64?
        package var durations: [(StartPhase, Int64?)]
        package var reason: String?
        package var reasonSeq: Int64?
        /// Where no transition says it yet.
        package var message: String?

        package init(
            outcome: Recorded<RunOutcome>, startedAt: Int64, endedAt: Int64? = nil, durations: [(StartPhase, Int64?)],
            reason: String? = nil, reasonSeq: Int64? = nil, message: String? = nil
        ) {
            self.outcome = outcome
            self.startedAt = startedAt
            self.endedAt = endedAt
            self.durations = durations
            self.reason = reason
            self.reasonSeq = reasonSeq
            self.message = message
        }
    }

    /// So many values are kept as they are, before they are packed.
    private static let limit = 16384

    private var sums = StartSums()
    private var values: [StartPhase: [Int64]] = [:]
    private var packed: [StartSums] = []

    package init() {}

    package mutating func add(_ run: Run) throws {
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
        switch run.outcome.known {
        case .cancelled: sums.cancelled += 1
        case .failed: sums.failed += 1
        case .interrupted: sums.interrupted += 1
        case .inProgress, .ready: sums.inFlight += 1
        case .unloaded, nil: break
        }
        guard run.outcome.known?.isFailure == true else { return }
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
    package mutating func finished() -> [StartSums] {
        if sums.runs > 0 { pack() }
        return packed
    }
}
