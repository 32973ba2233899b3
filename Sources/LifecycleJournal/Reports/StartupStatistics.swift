import GRDB
package import ModelLifecycle

/// A phase's durations, in microseconds; percentiles are exact, by nearest rank: p50 is the smallest
/// value that at least half of all values do not exceed.
package struct DurationStatistics: Sendable, Hashable {
    package var count: Int
    package var mean: Double
    package var min: Int64
    package var p50: Int64
    package var p90: Int64
    package var p95: Int64
    package var p99: Int64
    package var max: Int64

    /// - Returns: nil for no values.
    package init?(_ values: [Int64]) {
        guard !values.isEmpty else { return nil }
        let sorted = values.sorted()
        func rank(_ percent: Int) -> Int64 { sorted[(sorted.count * percent + 99) / 100 - 1] }
        count = sorted.count
        mean = sorted.reduce(0) { $0 + Double($1) } / Double(sorted.count)
        min = sorted[0]
        p50 = rank(50)
        p90 = rank(90)
        p95 = rank(95)
        p99 = rank(99)
        max = sorted[sorted.count - 1]
    }
}

/// How one reason of failure has shown up.
package struct FailureCount: Sendable, Hashable {
    package var reason: String
    package var count: Int
    package var lastAt: WallTime
    package var lastMessage: String?
}

/// Which runs are counted together.
package enum StatisticsGrouping: String, Sendable, CaseIterable {
    case model
    /// The provider's version, too.
    case version
}

/// How the starts of one model with one provider went.
package struct StartupStatistics: Sendable, Hashable {
    package var model: String
    package var provider: String
    /// nil where runs of all versions are counted together, and for runs that never learnt theirs.
    package var version: String?
    package var runs = 0
    package var reachedReady = 0
    package var failed = 0
    package var cancelled = 0
    package var interrupted = 0
    /// Of the starts that ended by themselves, the share that reached READY; nil where none has ended.
    package var successRate: Double?
    /// Parts of `load`.
    package var queue: DurationStatistics?
    package var digest: DurationStatistics?
    package var spawn: DurationStatistics?
    package var load: DurationStatistics?
    package var warmup: DurationStatistics?
    package var startup: DurationStatistics?
    package var failures: [FailureCount] = []
}

extension JournalReader {
    package func statistics(
        _ filter: ReportFilter, by grouping: StatisticsGrouping = .model
    ) throws -> [StartupStatistics] {
        var groups: [Key: Group] = [:]
        for run in try runs(filter) {
            let version = grouping == .version ? run.version : nil
            groups[Key(model: run.model, provider: run.provider, version: version), default: Group()].add(run)
        }
        return groups.map { $1.statistics($0) }.sorted {
            ($0.model, $0.provider, $0.version ?? "") < ($1.model, $1.provider, $1.version ?? "")
        }
    }
}

private struct Key: Hashable {
    var model: String
    var provider: String
    var version: String?
}

private struct Group {
    var counts = StartupStatistics(model: "", provider: "")
    var failedStarts = 0
    var queue: [Int64] = []
    var digest: [Int64] = []
    var spawn: [Int64] = []
    var load: [Int64] = []
    var warmup: [Int64] = []
    var startup: [Int64] = []
    var failures: [String: FailureCount] = [:]

    mutating func add(_ run: RunRow) {
        counts.runs += 1
        if let value = run.load {
            load.append(value)
            if let part = run.queue { queue.append(part) }
            if let part = run.digest { digest.append(part) }
            if let part = run.spawn { spawn.append(part) }
        }
        if let value = run.warmup { warmup.append(value) }
        if let value = run.startup {
            startup.append(value)
            counts.reachedReady += 1
        }
        switch RunOutcome(rawValue: run.outcome) {
        case .failed: counts.failed += 1
        case .cancelled: counts.cancelled += 1
        case .interrupted: counts.interrupted += 1
        case .inProgress, .ready, .unloaded, nil: return
        }
        guard run.outcome != RunOutcome.cancelled.rawValue else { return }
        if run.startup == nil { failedStarts += 1 }
        let reason = run.reason ?? "unknown"
        let at = run.endedAt ?? run.startedAt
        var failure =
            failures[reason] ?? FailureCount(reason: reason, count: 0, lastAt: at, lastMessage: run.message)
        failure.count += 1
        if at >= failure.lastAt {
            failure.lastAt = at
            failure.lastMessage = run.message
        }
        failures[reason] = failure
    }

    func statistics(_ key: Key) -> StartupStatistics {
        var statistics = counts
        statistics.model = key.model
        statistics.provider = key.provider
        statistics.version = key.version
        let ended = counts.reachedReady + failedStarts
        statistics.successRate = ended == 0 ? nil : Double(counts.reachedReady) / Double(ended)
        statistics.queue = DurationStatistics(queue)
        statistics.digest = DurationStatistics(digest)
        statistics.spawn = DurationStatistics(spawn)
        statistics.load = DurationStatistics(load)
        statistics.warmup = DurationStatistics(warmup)
        statistics.startup = DurationStatistics(startup)
        statistics.failures = failures.values.sorted { ($1.count, $0.reason) < ($0.count, $1.reason) }
        return statistics
    }
}
