import Foundation
import GRDB
package import LifecycleJournal
package import ModelLifecycle

/// How one reason of failure has shown up.
package struct FailureCount: Sendable, Hashable {
    package var reason: String
    package var count: Int
    package var lastAt: WallTime
    package var lastMessage: String?

    package init(reason: String, count: Int, lastAt: WallTime, lastMessage: String?) {
        self.reason = reason
        self.count = count
        self.lastAt = lastAt
        self.lastMessage = lastMessage
    }
}

/// Which runs are counted together.
package enum StatisticsGrouping: String, Sendable, CaseIterable {
    case model
    /// The provider's version, too.
    case version
    /// The machine that the engine ran on, too.
    case host
    /// The day in UTC on which the run began, too.
    case day

    /// Whether the sums that a journal keeps tell these apart.
    fileprivate var isSummed: Bool {
        switch self {
        case .model, .version: true
        case .host, .day: false
        }
    }
}

/// How the starts of one model with one provider went.
package struct StartupStatistics: Sendable, Hashable {
    package var model: String
    package var provider: String
    /// nil where runs of all versions are counted together, and for runs that never learnt theirs.
    package var version: String?
    /// Where these are told apart by it.
    package var host: String?
    /// As `2026-11-23`, in UTC.
    package var day: String?
    package var runs = 0
    package var reachedReady = 0
    package var failed = 0
    package var cancelled = 0
    package var interrupted = 0
    /// Failed or interrupted before READY.
    package var failedStarts = 0
    /// Served, and ended as somebody wished.
    package var unloaded = 0
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
    /// What the server told of its speed; nil where runs are told apart by more than their model, or it told nothing.
    package var speed: ServerSpeed?
}

extension JournalReader {
    /// - Throws: `JournalError`.
    package func statistics(
        _ filter: ReportFilter, by grouping: StatisticsGrouping = .model
    ) throws -> [StartupStatistics] {
        var groups = try sums(filter, by: grouping).map { key, parts in
            try journalErrors(path) { try StartupStatistics(key, parts) { seq in try self.message(of: seq) } }
        }.sorted { $0.isBefore($1) }
        guard grouping == .model else { return groups }
        try read { db in
            // A journal of the first version has none.
            guard try StoredNote.areThere(db) else { return }
            for index in groups.indices {
                let (model, provider) = (groups[index].model, groups[index].provider)
                groups[index].speed = try ServerSpeed(db, model: model, provider: provider, filter)
            }
        }
        return groups
    }

    package func sums(_ filter: ReportFilter, by grouping: StatisticsGrouping) throws -> [StatisticsKey: [StartSums]] {
        try filter.isSummed && grouping.isSummed ? summed(filter, by: grouping) : counted(filter, by: grouping)
    }

    /// From the sums over many runs at once: in the same time after a year as after a day.
    private func summed(
        _ filter: ReportFilter, by grouping: StatisticsGrouping
    ) throws -> [StatisticsKey: [StartSums]] {
        try readUnsettled { db, unsettled in
            // Says what is wrong with the names.
            var namesOnly = filter
            (namesOnly.since, namesOnly.until) = (nil, nil)
            _ = try sql(db, namesOnly, .runs)
            var names: [Int64: String] = [:]
            for row in try Row.fetchAll(db, sql: "SELECT id, name FROM model") {
                names[try row.checked["id"]] = try row.checked["name"]
            }
            let (models, providers) = (Set(filter.models), Set(filter.providers))
            func isWanted(_ group: StartGroup) -> Bool {
                (models.isEmpty || names[group.modelID].map(models.contains) ?? false)
                    && (providers.isEmpty || providers.contains(group.provider))
            }
            let window = SummedStarts.Window(
                since: filter.since?.microseconds, until: filter.until?.microseconds, groups: isWanted)
            var summed = try SummedStarts(db, window)
            var live: [StartGroup: StartTally] = [:]
            for row in try Row.fetchAll(
                db,
                sql: """
                    SELECT * FROM run_rows
                    WHERE id IN (SELECT p.run FROM run_progress AS p WHERE \(InFlight.sql) AND p.ended_us IS NULL)
                    """)
            {
                let run = unsettled.marked(try RunRow(row: row))
                let group = StartGroup(
                    modelID: try row.checked["model_id"], provider: run.provider, version: run.version)
                if isWanted(group), window.holds(run.startedAt.microseconds) {
                    try live[group, default: StartTally()].add(StartTally.Run(run))
                }
            }
            summed.add(live)
            var sums: [StatisticsKey: [StartSums]] = [:]
            for (group, parts) in summed.parts {
                guard let model = names[group.modelID] else { continue }
                let version = grouping == .version ? group.version.map(Redaction.redact) : nil
                sums[StatisticsKey(model: model, provider: group.provider, version: version), default: []] += parts
            }
            return sums
        }
    }

    /// From the runs one by one, where the filter looks at more of them than the sums know.
    private func counted(
        _ filter: ReportFilter, by grouping: StatisticsGrouping
    ) throws -> [StatisticsKey: [StartSums]] {
        var tallies: [StatisticsKey: StartTally] = [:]
        try eachRun(filter) { run in
            try tallies[StatisticsKey(run, by: grouping), default: StartTally()].add(StartTally.Run(run))
        }
        return tallies.mapValues { tally in
            var tally = tally
            return tally.finished()
        }
    }

    private func message(of seq: Int64) throws -> String? {
        try read { db in
            try Row.fetchOne(db, sql: "SELECT message FROM transition WHERE seq = ?", arguments: [seq])?.checked
                .shown("message")
        }
    }
}

extension ReportFilter {
    /// Whether the sums over many runs are enough.
    fileprivate var isSummed: Bool {
        run == nil && correlationID == nil && engine == nil && states.isEmpty && outcomes.isEmpty && reasons.isEmpty
            && lines == nil && grep == nil
    }
}

extension StartTally.Run {
    package init(_ run: RunRow) {
        self.init(
            outcome: run.outcome, startedAt: run.startedAt.microseconds, endedAt: run.endedAt?.microseconds,
            durations: [
                (.queue, run.queue), (.digest, run.digest), (.spawn, run.spawn), (.load, run.load),
                (.warmup, run.warmup), (.startup, run.startup),
            ], reason: run.reason?.text, reasonSeq: nil, message: run.message)
    }
}

/// What statistics are told apart by.
package struct StatisticsKey: Hashable {
    package var model: String
    package var provider: String
    package var version: String?
    package var host: String?
    package var day: String?
}

extension StatisticsKey {
    init(_ run: RunRow, by grouping: StatisticsGrouping) {
        self.init(model: run.model, provider: run.provider)
        switch grouping {
        case .model: break
        case .version: version = run.version
        case .host: host = run.host
        case .day: day = run.startedAt.day
        }
    }
}

extension StartupStatistics {
    /// The order in which groups are shown.
    package func isBefore(_ other: StartupStatistics) -> Bool {
        func key(_ group: StartupStatistics) -> [String] {
            [group.model, group.provider, group.version ?? "", group.host ?? "", group.day ?? ""]
        }
        return key(self).lexicographicallyPrecedes(key(other))
    }

    package init(model: String, provider: String) {
        self.model = model
        self.provider = provider
    }

    package mutating func setSuccessRate() {
        let ended = reachedReady + failedStarts
        successRate = ended == 0 ? nil : Double(reachedReady) / Double(ended)
    }

    /// Of runs that come one after the other from elsewhere.
    package static func counting(
        by grouping: StatisticsGrouping, _ runs: ((RunRow) throws -> Void) async throws -> Void
    ) async throws -> [StartupStatistics] {
        var tallies: [StatisticsKey: StartTally] = [:]
        try await runs { run in
            try tallies[StatisticsKey(run, by: grouping), default: StartTally()].add(StartTally.Run(run))
        }
        return try tallies.map { key, tally in
            var tally = tally
            return try StartupStatistics(key, tally.finished()) { _ in nil }
        }.sorted { $0.isBefore($1) }
    }

    /// - Parameter message: of a transition.
    fileprivate init(_ key: StatisticsKey, _ parts: [StartSums], message: (Int64) throws -> String?) throws {
        self.init(model: key.model, provider: key.provider)
        (version, host, day) = (key.version, key.host, key.day)
        var failures: [String: StartSums.Failure] = [:]
        for part in parts {
            runs += part.runs
            reachedReady += part.reachedReady
            failed += part.failed
            cancelled += part.cancelled
            interrupted += part.interrupted
            failedStarts += part.failedStarts
            unloaded += part.runs - part.failed - part.cancelled - part.interrupted - part.inFlight
            for (reason, failure) in part.failures { failures[reason, default: StartSums.Failure()].add(failure) }
        }
        setSuccessRate()
        func statistics(_ phase: StartPhase) throws -> DurationStatistics? {
            try DurationStatistics(digests: parts.compactMap { $0.phases[phase] })
        }
        queue = try statistics(.queue)
        digest = try statistics(.digest)
        spawn = try statistics(.spawn)
        load = try statistics(.load)
        warmup = try statistics(.warmup)
        startup = try statistics(.startup)
        self.failures = try failures.map { reason, failure in
            FailureCount(
                reason: reason, count: failure.count, lastAt: WallTime(microseconds: failure.lastAt),
                lastMessage: try failure.lastMessage ?? (failure.lastSeq > 0 ? message(failure.lastSeq) : nil))
        }.sorted { ($1.count, $0.reason) < ($0.count, $1.reason) }
    }
}
