package import JournalReports
import LifecycleJournal

/// How starts are spread, in the buckets that a journal's own digests have, counted where the rows lie.
extension FleetReader {
    package func histograms(_ filter: ReportFilter) async throws -> StartHistograms {
        try await histograms(filter, mostRetold: Self.mostRetold)
    }

    func histograms(_ filter: ReportFilter, mostRetold: Int) async throws -> StartHistograms {
        if filter.grep != nil || filter.lines != nil {
            return try await StartHistograms.counting { count in try await eachRun(filter, count) }
        }
        var grep: MessagePattern?
        let conditions = try await checked(filter, "run", grep: &grep)
        return try await asTheyAreNow(
            conditions, mostRetold: mostRetold, columns: Self.columns, between: {},
            read: { source in
                let models = try await models(of: source)
                var phases: [(name: String, histogram: DurationHistogram)] = []
                var runs: Set<Int> = []
                for (phase, name) in StartHistograms.names {
                    guard let known = FleetPhase.all.first(where: { $0.phase == phase }) else { continue }
                    let found = try await histogram(of: known, source)
                    phases.append((name, found.histogram))
                    runs.insert(found.runs)
                }
                return (StartHistograms(models: models, phases: phases), runs)
            })
    }

    /// Sorted; with each provider once.
    private func models(of source: FleetSource) async throws -> [String] {
        let pairs = source.parts.map { "SELECT model, provider FROM \($0) GROUP BY model, provider" }
        var models: [String] = []
        try await each(
            """
            SELECT model, provider FROM (\(pairs.joined(separator: " UNION ALL ")))
            GROUP BY model, provider ORDER BY model, provider
            """, with: source.tables
        ) { reader in
            let (model, _) = try (reader.text(), reader.text())
            return model
        } _: { model in
            models.append(model)
            return true
        }
        return models
    }

    private func histogram(
        of phase: FleetPhase, _ source: FleetSource
    ) async throws -> (histogram: DurationHistogram, runs: Int) {
        let parts = source.parts.map { part in
            "SELECT \(phase.bucket) AS bucket, count() AS runs, \(phase.states) FROM \(part) GROUP BY bucket"
        }
        var buckets: [Int: Int] = [:]
        var statistics: DurationStatistics?
        var runs = 0
        try await each(
            """
            SELECT groupArray((bucket, toInt64(runs))), \(phase.merged) FROM (\(parts.joined(separator: " UNION ALL ")))
            """, with: source.tables
        ) { reader in
            try (reader.array { try (bucket: $0.optionalInt(), runs: $0.int()) }, DurationStatistics(&reader))
        } _: { counts, durations in
            for count in counts {
                runs += count.runs
                if let bucket = count.bucket { buckets[bucket, default: 0] += count.runs }
            }
            statistics = durations
            return true
        }
        return (DurationHistogram(buckets: buckets, statistics: statistics), runs)
    }
}
