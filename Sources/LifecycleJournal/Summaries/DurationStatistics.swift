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

    package init(count: Int, mean: Double, min: Int64, p50: Int64, p90: Int64, p95: Int64, p99: Int64, max: Int64) {
        self.count = count
        self.mean = mean
        self.min = min
        self.p50 = p50
        self.p90 = p90
        self.p95 = p95
        self.p99 = p99
        self.max = max
    }

    /// - Returns: nil for no values.
    package init?(_ values: [Int64]) {
        guard !values.isEmpty else { return nil }
        let sorted = values.sorted()
        func rank(_ percent: Int) -> Int64 { sorted[NearestRank.place(percent, of: sorted.count)] }
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
