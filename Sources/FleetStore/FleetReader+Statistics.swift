package import LifecycleJournal
import ModelLifecycle

/// How starts went, added up where the rows lie: a list of millions of durations stays there. What comes back are counts and
/// exact percentiles by nearest rank, as a journal's own reports have them.
extension FleetReader {
    package func statistics(
        _ filter: ReportFilter, by grouping: StatisticsGrouping
    ) async throws -> [StartupStatistics] {
        try await statistics(filter, by: grouping, mostRetold: Self.mostRetold) {}
    }

    /// Beyond, the runs that were told again are no longer few.
    static let mostRetold = 100_000

    /// - Parameter between: called after the survey, for tests.
    func statistics(
        _ filter: ReportFilter, by grouping: StatisticsGrouping, mostRetold: Int, between: () async throws -> Void
    ) async throws -> [StartupStatistics] {
        // What only this program can look at is counted here, by what counts for a journal.
        if filter.grep != nil || filter.lines != nil {
            return try await StartupStatistics.counting(by: grouping) { count in try await eachRun(filter, count) }
        }
        var grep: Grep?
        let conditions = try await checked(filter, "run", grep: &grep)
        if conditions.isOfBirth, let survey = try await survey(conditions, mostRetold: mostRetold) {
            try await between()
            let source = try await source(survey, conditions, columns: Self.columns)
            let groups = try await statistics(of: source, by: grouping)
            // Else something was shipped meanwhile.
            if groups.reduce(0, { $0 + $1.runs }) == survey.runs { return groups }
        }
        return try await statistics(of: FleetSource(parts: ["run FINAL\(conditions.clause)"]), by: grouping)
    }

    /// Those of `run` that `statistics(of:by:)` reads.
    private static let columns: [FleetColumn] = [
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
            try await each("SELECT \(known.merged) FROM (SELECT \(known.states) FROM run FINAL\(clause))") {
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
        part = try reader.optionalText()
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
        message = try reader.optionalText()
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
            guard part.outcome == .failed || part.outcome == .interrupted else { continue }
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

    /// The place of a level in a sorted list is cut off: just below it, that of 50 in 100 is the fiftieth. The first and the
    /// last are the shortest and the longest.
    private static let levels = "0, 0.49999999999, 0.89999999999, 0.94999999999, 0.98999999999, 1"

    private var name: String { phase.rawValue }

    /// Of rows, what `merged` takes.
    var states: String {
        """
        count(\(column)) AS \(name)_count, sum(\(column)) AS \(name)_sum,
            quantilesExactIfState(\(Self.levels))(assumeNotNull(\(column)), \(column) IS NOT NULL) AS \(name)_ranks
        """
    }

    /// Of `states`, what `DurationStatistics` is read from.
    var merged: String {
        """
        toInt64(sum(\(name)_count)), toInt64(coalesce(sum(\(name)_sum), 0)),
            quantilesExactIfMerge(\(Self.levels))(\(name)_ranks)
        """
    }
}

extension DurationStatistics {
    /// - Parameter reader: at what `FleetPhase.merged` asks for.
    /// - Returns: nil for no durations.
    fileprivate init?(_ reader: inout RowBinaryReader) throws {
        let (count, sum) = try (reader.int(), reader.number())
        let ranks = try reader.numbers()
        guard count > 0 else { return nil }
        guard ranks.count == 6 else { throw FleetError(.damaged, "the store's answer is none") }
        self.init(
            count: count, mean: Double(sum) / Double(count), min: ranks[0], p50: ranks[1], p90: ranks[2], p95: ranks[3],
            p99: ranks[4], max: ranks[5])
    }
}
