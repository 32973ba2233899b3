package import LifecycleJournal
import ModelLifecycle

/// How starts went, added up where the rows lie: a list of millions of durations stays there. What comes back are counts and
/// exact percentiles by nearest rank, as a journal's own reports have them.
extension FleetReader {
    package func statistics(
        _ filter: ReportFilter, by grouping: StatisticsGrouping
    ) async throws -> [StartupStatistics] {
        // What only this program can look at is counted here, by what counts for a journal.
        if filter.grep != nil || filter.lines != nil {
            return try await StartupStatistics.counting(by: grouping) { count in try await eachRun(filter, count) }
        }
        var grep: Grep?
        let clause = try await checked(filter, "run", grep: &grep).clause
        let key = FleetGroup.columns(grouping)
        var groups: [FleetGroup: StartupStatistics] = [:]
        let phases = FleetPhase.all.map(\.sql).joined(separator: ", ")
        let sql = """
            SELECT \(key), toInt64(count()), toInt64(count(startup_us)), \(Self.count("outcome = 'failed'")),
                \(Self.count("outcome = 'cancelled'")), \(Self.count("outcome = 'interrupted'")),
                \(Self.count("startup_us IS NULL AND outcome IN ('failed', 'interrupted')")),
                \(Self.count("outcome NOT IN ('failed', 'cancelled', 'interrupted', 'in_progress', 'ready')")), \(phases)
            FROM run FINAL\(clause) GROUP BY model, provider, part
            """
        try await each(sql) { reader in
            let group = try FleetGroup(&reader)
            var statistics = StartupStatistics(model: group.model, provider: group.provider)
            switch grouping {
            case .model: break
            case .version: statistics.version = group.part
            case .host: statistics.host = group.part
            case .day: statistics.day = group.part
            }
            statistics.runs = try reader.int()
            statistics.reachedReady = try reader.int()
            statistics.failed = try reader.int()
            statistics.cancelled = try reader.int()
            statistics.interrupted = try reader.int()
            statistics.failedStarts = try reader.int()
            statistics.unloaded = try reader.int()
            statistics.setSuccessRate()
            for phase in FleetPhase.all { statistics[keyPath: phase.path] = try DurationStatistics(&reader) }
            return (group, statistics)
        } _: { group, statistics in
            groups[group] = statistics
            return true
        }
        let conditions = clause.isEmpty ? " WHERE " : clause + " AND "
        let failures = """
            SELECT \(key), coalesce(reason, 'unknown') AS why, toInt64(count()), max(coalesce(ended_us, started_us)),
                argMax(coalesce(message, ''), (coalesce(ended_us, started_us), last_seq)),
                argMax(message IS NULL, (coalesce(ended_us, started_us), last_seq))
            FROM run FINAL\(conditions)outcome IN ('failed', 'interrupted') GROUP BY model, provider, part, why
            """
        try await each(failures) { reader in
            let group = try FleetGroup(&reader)
            let (reason, count) = try (reader.text(), reader.int())
            let lastAt = WallTime(microseconds: try reader.number())
            let message = try reader.text()
            return (
                group,
                FailureCount(
                    reason: reason, count: count, lastAt: lastAt, lastMessage: try reader.flag() ? nil : message)
            )
        } _: { group, failure in
            groups[group]?.failures.append(failure)
            return true
        }
        return groups.values.map { group in
            var group = group
            group.failures.sort { ($1.count, $0.reason) < ($0.count, $1.reason) }
            return group
        }.sorted { $0.isBefore($1) }
    }

    private static func count(_ condition: String) -> String { "toInt64(countIf(\(condition)))" }

    // MARK: - Histograms

    package func histograms(_ filter: ReportFilter) async throws -> StartHistograms {
        if filter.grep != nil || filter.lines != nil {
            return try await StartHistograms.counting { count in try await eachRun(filter, count) }
        }
        var grep: Grep?
        let clause = try await checked(filter, "run", grep: &grep).clause
        var models: [(String, String)] = []
        try await each(
            "SELECT model, provider FROM run FINAL\(clause) GROUP BY model, provider ORDER BY model, provider"
        ) {
            try ($0.text(), $0.text())
        } _: {
            models.append($0)
            return true
        }
        var phases: [(name: String, histogram: DurationHistogram)] = []
        for (phase, name) in StartHistograms.names {
            guard let known = FleetPhase.all.first(where: { $0.phase == phase }) else { continue }
            var buckets: [Int: Int] = [:]
            // As `DurationDigest` numbers them: 32 for each power of two.
            let sql = """
                SELECT multiIf(us < 32, us, toInt64(bitShiftLeft(shift, 5)) + toInt64(intDiv(us, toInt64(exp2(shift)))))
                    AS bucket, toInt64(count())
                FROM (
                    SELECT assumeNotNull(\(known.column)) AS us, toInt64(floor(log2(greatest(us, 32)))) - 5 AS shift
                    FROM run FINAL\(clause.isEmpty ? " WHERE " : clause + " AND ")\(known.column) IS NOT NULL
                ) GROUP BY bucket
                """
            try await each(sql) {
                try ($0.int(), $0.int())
            } _: { bucket, count in
                buckets[bucket] = count
                return true
            }
            var statistics: DurationStatistics?
            try await each("SELECT \(known.sql) FROM run FINAL\(clause)") {
                try DurationStatistics(&$0)
            } _: {
                statistics = $0
                return true
            }
            phases.append((name, DurationHistogram(buckets: buckets, statistics: statistics)))
        }
        return StartHistograms(models: models.map(\.0), phases: phases)
    }
}

/// What statistics are told apart by.
private struct FleetGroup: Hashable {
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
        part = try reader.optionalText()
    }
}

/// One of the durations of a start, as an expression.
private struct FleetPhase: Sendable {
    var phase: StartPhase
    var column: String
    var path: any WritableKeyPath<StartupStatistics, DurationStatistics?> & Sendable

    // Parts of a load that was not finished say nothing about one that was.
    private static func ofLoad(_ column: String) -> String { "if(load_us IS NULL, NULL, \(column))" }

    static let all = [
        FleetPhase(phase: .queue, column: ofLoad("queue_us"), path: \.queue),
        FleetPhase(phase: .digest, column: ofLoad("digest_us"), path: \.digest),
        FleetPhase(phase: .spawn, column: ofLoad("spawn_us"), path: \.spawn),
        FleetPhase(phase: .load, column: "load_us", path: \.load),
        FleetPhase(phase: .warmup, column: "warmup_us", path: \.warmup),
        FleetPhase(phase: .startup, column: "startup_us", path: \.startup),
    ]

    /// The place of a level in a sorted list is cut off: just below it, that of 50 in 100 is the fiftieth.
    var sql: String {
        """
        toInt64(count(\(column))), toInt64(coalesce(sum(\(column)), 0)), toInt64(coalesce(min(\(column)), 0)),
            quantilesExactIf(0.49999999999, 0.89999999999, 0.94999999999, 0.98999999999)(
                assumeNotNull(\(column)), \(column) IS NOT NULL),
            toInt64(coalesce(max(\(column)), 0))
        """
    }
}

extension DurationStatistics {
    /// - Parameter reader: at what `FleetPhase.sql` asks for.
    /// - Returns: nil for no durations.
    fileprivate init?(_ reader: inout RowBinaryReader) throws {
        let (count, sum, min) = try (reader.int(), reader.number(), reader.number())
        let ranks = try reader.numbers()
        let max = try reader.number()
        guard count > 0 else { return nil }
        guard ranks.count == 4 else { throw FleetError(.damaged, "the store's answer is none") }
        self.init(
            count: count, mean: Double(sum) / Double(count), min: min, p50: ranks[0], p90: ranks[1], p95: ranks[2],
            p99: ranks[3], max: max)
    }
}
