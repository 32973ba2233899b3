import JournalReports
import LifecycleJournal
import ModelLifecycle

/// One of the durations of a start, as an expression.
struct FleetPhase: Sendable {
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

    /// As `DurationDigest` numbers them: 32 for each power of two. NULL where there is no duration.
    var bucket: String {
        let us = "assumeNotNull(\(column))"
        let shift = "(toInt64(floor(log2(greatest(\(us), 32)))) - 5)"
        let shifted = "toInt64(bitShiftLeft(\(shift), 5)) + toInt64(intDiv(\(us), toInt64(exp2(\(shift)))))"
        return "if(\(column) IS NULL, NULL, multiIf(\(us) < 32, \(us), \(shifted)))"
    }

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
    init?(_ reader: inout RowBinaryReader) throws {
        let (count, sum) = try (reader.int(), reader.number())
        let ranks = try reader.numbers()
        guard count > 0 else { return nil }
        guard ranks.count == 6 else { throw FleetError(.damaged, "the store's answer is none") }
        self.init(
            count: count, mean: Double(sum) / Double(count), min: ranks[0], p50: ranks[1], p90: ranks[2], p95: ranks[3],
            p99: ranks[4], max: ranks[5])
    }
}
