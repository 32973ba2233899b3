package import JournalReports
import LifecycleJournal
import ModelLifecycle

/// How starts went, added up where the rows lie: a list of millions of durations stays there. What comes back are counts and
/// exact percentiles by nearest rank, as a journal's own reports have them.
extension FleetReader {
    package func statistics(
        _ filter: ReportFilter, by grouping: StatisticsGrouping
    ) async throws -> [StartupStatistics] {
        try await statistics(filter, by: grouping, mostRetold: Self.mostRetold) {}
    }

    /// - Parameter between: called after the survey, for tests.
    func statistics(
        _ filter: ReportFilter, by grouping: StatisticsGrouping, mostRetold: Int, between: () async throws -> Void
    ) async throws -> [StartupStatistics] {
        // What only this program can look at is counted here, by what counts for a journal.
        if filter.grep != nil || filter.lines != nil {
            return try await StartupStatistics.counting(by: grouping) { count in try await eachRun(filter, count) }
        }
        var grep: MessagePattern?
        let conditions = try await checked(filter, "run", grep: &grep)
        return try await asTheyAreNow(
            conditions, mostRetold: mostRetold, columns: Self.columns, between: between,
            read: { source in
                let groups = try await statistics(of: source, by: grouping)
                return (groups, [groups.reduce(0) { $0 + $1.runs }])
            })
    }

    /// Those of `run` that statistics and histograms are made of.
    static let columns: [FleetColumn] = [
        ("model", "String"), ("provider", "String"), ("version", "Nullable(String)"), ("host", "String"),
        ("started_us", "Int64"), ("ended_us", "Nullable(Int64)"), ("last_seq", "UInt64"), ("outcome", "String"),
        ("reason", "Nullable(String)"), ("message", "Nullable(String)"), ("startup_us", "Nullable(Int64)"),
        ("load_us", "Nullable(Int64)"), ("warmup_us", "Nullable(Int64)"), ("queue_us", "Nullable(Int64)"),
        ("digest_us", "Nullable(Int64)"), ("spawn_us", "Nullable(Int64)"),
    ]

    private func statistics(
        of source: FleetSource, by grouping: StatisticsGrouping
    ) async throws -> [StartupStatistics] {
        let key = FleetGroup.columns(grouping)
        let phases = FleetPhase.all
        let at = "coalesce(ended_us, started_us)"
        // Runs of each outcome and reason are counted apart at first, so that each row is read once, and put together then.
        let rows = source.parts.map { part in
            """
            SELECT \(key), outcome, reason, count() AS runs, count(startup_us) AS ready,
                argMaxIf((message, \(at), last_seq), (\(at), last_seq), outcome IN ('failed', 'interrupted')) AS said,
                \(phases.map(\.states).joined(separator: ", "))
            FROM \(part) GROUP BY model, provider, part, outcome, reason
            """
        }
        let sql = """
            SELECT model, provider, part, groupArray((outcome, reason, toInt64(runs), toInt64(ready), said)),
                \(phases.map(\.merged).joined(separator: ", "))
            FROM (\(rows.joined(separator: " UNION ALL "))) GROUP BY model, provider, part
            """
        var groups: [StartupStatistics] = []
        try await each(sql, with: source.tables) { reader in
            let group = try FleetGroup(&reader)
            var statistics = StartupStatistics(model: group.model, provider: group.provider)
            switch grouping {
            case .model: break
            case .version: statistics.version = group.part
            case .host: statistics.host = group.part
            case .day: statistics.day = group.part
            }
            statistics.add(try reader.array(FleetOutcome.init(_:)))
            for phase in phases { statistics[keyPath: phase.path] = try DurationStatistics(&reader) }
            return statistics
        } _: { statistics in
            groups.append(statistics)
            return true
        }
        return groups.sorted { $0.isBefore($1) }
    }
}

/// What statistics are told apart by.
private struct FleetGroup {
    var model: String
    var provider: String
    /// The version, the host or the day; nil for none.
    var part: String?

    static func columns(_ grouping: StatisticsGrouping) -> String {
        let part =
            switch grouping {
            case .model: "CAST(NULL AS Nullable(String))"
            case .version: "version"
            case .host: "toNullable(host)"
            case .day: "toNullable(toString(toDate(toDateTime(intDiv(started_us, 1000000), 'UTC'), 'UTC')))"
            }
        return "model, provider, \(part) AS part"
    }

    init(_ reader: inout RowBinaryReader) throws {
        (model, provider) = try (reader.text(), reader.text())
        part = try reader.optionalText().map(Redaction.redact)
    }
}

/// Runs of one group that ended in one way for one reason.
private struct FleetOutcome {
    var outcome: RunOutcome?
    var reason: String?
    var runs: Int
    var reachedReady: Int
    /// Of the last of those that failed.
    var message: String?
    var lastAt: WallTime
    var lastSeq: Int64

    /// - Parameter reader: at a tuple (outcome, reason, runs, ready, (message, time, number)).
    init(_ reader: inout RowBinaryReader) throws {
        outcome = RunOutcome(rawValue: try reader.text())
        reason = try reader.optionalText()
        (runs, reachedReady) = try (reader.int(), reader.int())
        message = try reader.optionalText().map(Redaction.redact)
        (lastAt, lastSeq) = try (WallTime(microseconds: reader.number()), reader.number())
    }
}

extension StartupStatistics {
    fileprivate mutating func add(_ outcomes: [FleetOutcome]) {
        // One reason comes from each part of the store, and from each outcome.
        var reasons: [String: [FleetOutcome]] = [:]
        for part in outcomes {
            runs += part.runs
            reachedReady += part.reachedReady
            switch part.outcome {
            case .failed: failed += part.runs
            case .cancelled: cancelled += part.runs
            case .interrupted: interrupted += part.runs
            case .inProgress, .ready: break
            default: unloaded += part.runs
            }
            guard part.outcome?.isFailure == true else { continue }
            failedStarts += part.runs - part.reachedReady
            reasons[part.reason ?? "unknown", default: []].append(part)
        }
        setSuccessRate()
        failures = reasons.map { reason, parts in
            let last = parts.max { ($0.lastAt.microseconds, $0.lastSeq) < ($1.lastAt.microseconds, $1.lastSeq) }
            return FailureCount(
                reason: reason, count: parts.reduce(0) { $0 + $1.runs },
                lastAt: last?.lastAt ?? WallTime(microseconds: 0),
                lastMessage: last?.message)
        }.sorted { ($1.count, $0.reason) < ($0.count, $1.reason) }
    }
}
