package import LifecycleJournal

/// The durations of all starts of one model with one provider, from the sums that the journal keeps.
package struct StartDurations: Sendable {
    package var model: String
    package var provider: String
    private let digests: [StartPhase: [DurationDigest]]

    init(model: String, provider: String, parts: [StartSums]) {
        self.model = model
        self.provider = provider
        var digests: [StartPhase: [DurationDigest]] = [:]
        for part in parts { for (phase, digest) in part.phases { digests[phase, default: []].append(digest) } }
        self.digests = digests
    }

    /// All of several models together.
    package init(merging others: [StartDurations]) {
        model = others.first?.model ?? ""
        provider = others.first?.provider ?? ""
        digests = others.reduce(into: [:]) { all, other in all.merge(other.digests) { $0 + $1 } }
    }

    /// - Throws: where the sums are damaged.
    package func histogram(_ phase: StartPhase) throws -> DurationHistogram {
        let digests = digests[phase] ?? []
        return DurationHistogram(digests, statistics: try DurationStatistics(digests: digests))
    }

    /// How many durations are no longer than each bound.
    /// - Parameter bounds: microseconds, ascending.
    package func counts(_ phase: StartPhase, upTo bounds: [Int64]) throws -> CumulativeCounts {
        let digests = digests[phase] ?? []
        var counts = [Int](repeating: 0, count: bounds.count)
        for digest in digests {
            for bucket in digest.buckets {
                let (low, end) = (DurationDigest.lowest(bucket.number), DurationDigest.lowest(bucket.number + 1))
                var values: [Int64]?
                for (place, bound) in bounds.enumerated() where bound >= low {
                    if bound >= end - 1 {
                        counts[place] += bucket.count
                    } else {
                        // The bound lies within: only the values themselves tell.
                        let known = try values ?? digest.values(bucket)
                        values = known
                        counts[place] += known.count { $0 <= bound }
                    }
                }
            }
        }
        return CumulativeCounts(
            counts: counts, count: digests.reduce(0) { $0 + $1.count }, sum: digests.reduce(0) { $0 &+ $1.sum })
    }
}

package struct CumulativeCounts: Sendable, Hashable {
    /// For each bound.
    package var counts: [Int]
    package var count: Int
    /// Microseconds.
    package var sum: Int64
}

/// How often durations of which size came.
package struct DurationHistogram: Sendable, Hashable {
    /// Microseconds: from the first on, and less than the second.
    package struct Count: Sendable, Hashable {
        package var from: Int64
        package var to: Int64
        package var count: Int
    }

    /// Ascending; none that is empty.
    package var counts: [Count]
    /// nil for no durations.
    package var statistics: DurationStatistics?

    /// A digest's buckets are narrower than anybody could see; eight of them are a quarter of a power of two.
    private static let bucketsTogether = 8

    init(_ digests: [DurationDigest], statistics: DurationStatistics?) {
        var sums: [Int: Int] = [:]
        for bucket in digests.flatMap(\.buckets) { sums[bucket.number, default: 0] += bucket.count }
        self.init(buckets: sums, statistics: statistics)
    }

    /// - Parameter buckets: how many durations lie in each, as a digest numbers them: those below 32 by themselves, and the
    ///   thirty-second parts of each power of two.
    package init(buckets: [Int: Int], statistics: DurationStatistics?) {
        var sums: [Int: Int] = [:]
        for (number, count) in buckets { sums[number / Self.bucketsTogether, default: 0] += count }
        counts = sums.sorted { $0.key < $1.key }.map { place, count in
            Count(
                from: DurationDigest.lowest(place * Self.bucketsTogether),
                to: DurationDigest.lowest((place + 1) * Self.bucketsTogether), count: count)
        }
        self.statistics = statistics
    }
}

extension DurationDigest {
    fileprivate func values(_ bucket: Bucket) throws -> [Int64] {
        var values: [Int64] = []
        try append(bucket, to: &values)
        return values
    }
}

extension JournalReader {
    /// Sorted by model and provider.
    /// - Throws: `JournalError`.
    package func durations(_ filter: ReportFilter) throws -> [StartDurations] {
        try sums(filter, by: .model)
            .map { key, parts in StartDurations(model: key.model, provider: key.provider, parts: parts) }
            .sorted { ($0.model, $0.provider) < ($1.model, $1.provider) }
    }
}
