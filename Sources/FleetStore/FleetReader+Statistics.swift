package import LifecycleJournal
import ModelLifecycle

/// How starts went, added up where the rows lie: a list of millions of durations stays there. What comes back are counts and
/// exact percentiles by nearest rank, as a journal's own reports have them.
extension FleetReader {
    package func statistics(
        _ filter: ReportFilter, by grouping: StatisticsGrouping
    ) async throws -> [StartupStatistics] {
        try await statistics(filter, by: grouping) {}
    }

    /// - Parameter between: called after the look at which journals lie there more than once, for tests.
    func statistics(
        _ filter: ReportFilter, by grouping: StatisticsGrouping, between: () async throws -> Void
    ) async throws -> [StartupStatistics] {
        // What only this program can look at is counted here, by what counts for a journal.
        if filter.grep != nil || filter.lines != nil {
            return try await StartupStatistics.counting(by: grouping) { count in try await eachRun(filter, count) }
        }
        var grep: Grep?
        let conditions = try await checked(filter, "run", grep: &grep)
        if conditions.isOfBirth, let survey = try await survey(conditions.clause) {
            try await between()
            var read = FleetSurvey.Rows()
            let doubled = SQLText.list(survey.doubled)
            var parts = [(from: "run\(conditions.clause)", isCounted: true)]
            if !survey.doubled.isEmpty {
                parts = [
                    ("run\(conditions.and("journal_id NOT IN \(doubled)"))", true),
                    ("run FINAL\(conditions.and("journal_id IN \(doubled)"))", false),
                ]
            }
            let groups = try await statistics(of: parts, by: grouping, &read)
            // Else something was shipped, or put together, meanwhile.
            if read == survey.single { return groups }
        }
        var read = FleetSurvey.Rows()
        return try await statistics(of: [("run FINAL\(conditions.clause)", false)], by: grouping, &read)
    }

    /// - Parameters:
    ///   - parts: tables with conditions, each row of which is a run of its own; whether their rows count as read.
    ///   - read: the rows of those that do.
    private func statistics(
        of parts: [(from: String, isCounted: Bool)], by grouping: StatisticsGrouping, _ read: inout FleetSurvey.Rows
    ) async throws -> [StartupStatistics] {
        let key = FleetGroup.columns(grouping)
        let phases = FleetPhase.all
        // What failed is counted apart at first, by reason, and then put together with the rest: so each row is read once.
        let rows = parts.map { part in
            """
            SELECT \(key), if(\(Self.isFailure), coalesce(reason, 'unknown'), '') AS why,
                count() AS runs, count(startup_us) AS ready, countIf(outcome = 'failed') AS failed,
                countIf(outcome = 'cancelled') AS cancelled, countIf(outcome = 'interrupted') AS interrupted,
                countIf(startup_us IS NULL AND \(Self.isFailure)) AS failed_starts,
                countIf(outcome NOT IN ('failed', 'cancelled', 'interrupted', 'in_progress', 'ready')) AS unloaded,
                max(coalesce(ended_us, started_us)) AS last,
                argMax(coalesce(concat('=', message), ''), (coalesce(ended_us, started_us), last_seq)) AS said,
                toUInt64(\(part.isCounted ? "count()" : "0")) AS seen,
                toUInt64(\(part.isCounted ? "sum(last_seq)" : "0")) AS seen_seqs,
                \(phases.map(\.states).joined(separator: ", "))
            FROM \(part.from) GROUP BY model, provider, part, why
            """
        }
        let sql = """
            SELECT model, provider, part, toInt64(sum(seen)), toInt64(sum(seen_seqs)),
                toInt64(sum(runs)), toInt64(sum(ready)), toInt64(sum(failed)),
                toInt64(sum(cancelled)), toInt64(sum(interrupted)), toInt64(sum(failed_starts)), toInt64(sum(unloaded)),
                \(phases.map(\.merged).joined(separator: ", ")),
                groupArrayIf(why, why != ''), groupArrayIf(toInt64(runs), why != ''), groupArrayIf(last, why != ''),
                groupArrayIf(said, why != '')
            FROM (\(rows.joined(separator: " UNION ALL "))) GROUP BY model, provider, part
            """
        var groups: [StartupStatistics] = []
        var rowsRead = FleetSurvey.Rows()
        try await each(sql) { reader in
            let group = try FleetGroup(&reader)
            let seen = try FleetSurvey.Rows(&reader)
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
            for phase in phases { statistics[keyPath: phase.path] = try DurationStatistics(&reader) }
            statistics.failures = try Self.failures(&reader)
            return (statistics, seen)
        } _: { statistics, seen in
            groups.append(statistics)
            rowsRead.add(seen)
            return true
        }
        read = rowsRead
        return groups.sorted { $0.isBefore($1) }
    }

    private static let isFailure = "outcome IN ('failed', 'interrupted')"

    /// - Parameter reader: at lists of reasons, counts, times, and messages: '=' and the text, or nothing where there was none.
    private static func failures(_ reader: inout RowBinaryReader) throws -> [FailureCount] {
        let reasons = try reader.texts()
        let (counts, times) = try (reader.numbers(), reader.numbers())
        let messages = try reader.texts()
        guard [counts.count, times.count, messages.count].allSatisfy({ $0 == reasons.count }) else {
            throw FleetError(.damaged, "the store's answer is none")
        }
        // A reason comes from each part that has it.
        var failures: [String: FailureCount] = [:]
        for (index, reason) in reasons.enumerated() {
            let lastAt = WallTime(microseconds: times[index])
            var failure = failures[reason] ?? FailureCount(reason: reason, count: 0, lastAt: lastAt, lastMessage: nil)
            failure.count += Int(counts[index])
            if failure.count == Int(counts[index]) || lastAt.microseconds > failure.lastAt.microseconds {
                failure.lastAt = lastAt
                failure.lastMessage = messages[index].isEmpty ? nil : String(messages[index].dropFirst())
            }
            failures[reason] = failure
        }
        return failures.values.sorted { ($1.count, $0.reason) < ($0.count, $1.reason) }
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
    private static let levels = "0.49999999999, 0.89999999999, 0.94999999999, 0.98999999999"

    private var name: String { phase.rawValue }

    /// Of rows, what `merged` takes.
    var states: String {
        """
        count(\(column)) AS \(name)_count, sum(\(column)) AS \(name)_sum, min(\(column)) AS \(name)_min,
            quantilesExactIfState(\(Self.levels))(assumeNotNull(\(column)), \(column) IS NOT NULL) AS \(name)_ranks,
            max(\(column)) AS \(name)_max
        """
    }

    /// Of `states`, what `DurationStatistics` is read from.
    var merged: String {
        """
        toInt64(sum(\(name)_count)), toInt64(coalesce(sum(\(name)_sum), 0)), toInt64(coalesce(min(\(name)_min), 0)),
            quantilesExactIfMerge(\(Self.levels))(\(name)_ranks), toInt64(coalesce(max(\(name)_max), 0))
        """
    }
}

extension DurationStatistics {
    /// - Parameter reader: at what `FleetPhase.merged` asks for.
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
