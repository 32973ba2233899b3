import GRDB

extension DurationStatistics {
    /// The same figures as of all values in the digests: the buckets tell where a rank lies, and only the values of
    /// that bucket are read.
    /// - Returns: nil for no values.
    package init?(digests: [DurationDigest]) throws {
        let count = digests.reduce(0) { $0 + $1.count }
        guard count > 0 else { return nil }
        let counts = BucketCounts(digests)
        func value(_ place: Int) throws -> Int64 { try counts.value(at: place, in: digests) }
        func rank(_ percent: Int) throws -> Int64 { try value(NearestRank.place(percent, of: count)) }
        self.count = count
        mean = digests.reduce(0) { $0 + Double($1.sum) } / Double(count)
        min = try value(0)
        p50 = try rank(50)
        p90 = try rank(90)
        p95 = try rank(95)
        p99 = try rank(99)
        max = try value(count - 1)
    }
}

/// How many values lie in each bucket, of all digests together.
private struct BucketCounts {
    private var counts = [Int](repeating: 0, count: DurationDigest.bucketCount)

    init(_ digests: [DurationDigest]) {
        for digest in digests {
            for bucket in digest.buckets { counts[bucket.number] += bucket.count }
        }
    }

    /// - Parameter place: from 0 on, in ascending order.
    func value(at place: Int, in digests: [DurationDigest]) throws -> Int64 {
        var rest = place
        for (number, count) in counts.enumerated() where count > 0 {
            guard rest >= count else {
                var values: [Int64] = []
                for digest in digests {
                    if let bucket = digest.bucket(numbered: number) { try digest.append(bucket, to: &values) }
                }
                return values.element(at: rest)
            }
            rest -= count
        }
        throw VarintReader.damage
    }
}

extension [Int64] {
    /// What would stand at this place if they were sorted; by Hoare's selection, as only one is asked for.
    fileprivate mutating func element(at place: Int) -> Int64 {
        var (low, high) = (0, count - 1)
        while low < high {
            let pivot = self[(low + high) / 2]
            var (left, right) = (low, high)
            while left <= right {
                while self[left] < pivot { left += 1 }
                while self[right] > pivot { right -= 1 }
                if left <= right {
                    swapAt(left, right)
                    left += 1
                    right -= 1
                }
            }
            if place <= right {
                high = right
            } else if place >= left {
                low = left
            } else {
                break
            }
        }
        return self[place]
    }
}
