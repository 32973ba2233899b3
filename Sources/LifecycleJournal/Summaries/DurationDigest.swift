import GRDB

/// Durations of one phase, sorted, in little more than a byte each; any of them can be found without reading the others.
///
/// They lie in buckets, each a thirty-second part of a power of two. First comes a directory, then the values:
///
///     count, sum, number of buckets
///     for each bucket: its number less the one before, how many values, how many bytes
///     for each bucket: each value less the one before, the first one less the bucket's lowest
///
/// all of them as varints. The same durations always give the same bytes.
package struct DurationDigest: Sendable, Hashable {
    package struct Bucket: Sendable, Hashable {
        package var number: Int
        package var count: Int
        /// Where its values begin, and how many bytes they take.
        package var offset: Int
        package var length: Int
    }

    package let bytes: [UInt8]
    package let count: Int
    /// Of all durations, in microseconds; modulo 2^64.
    package let sum: Int64
    package let buckets: [Bucket]

    // MARK: - Buckets

    private static let bits = 5

    /// - Parameter value: not negative.
    package static func bucket(_ value: Int64) -> Int {
        guard value >= 1 << bits else { return Int(max(0, value)) }
        let shift = 63 - value.leadingZeroBitCount - bits
        return (shift << bits) + Int(value >> shift)
    }

    /// The lowest value of a bucket.
    package static func lowest(_ bucket: Int) -> Int64 {
        guard bucket >= 2 << bits else { return Int64(bucket) }
        let shift = (bucket >> bits) - 1
        return Int64(bucket - (shift << bits)) << shift
    }

    /// No value of a journal lies beyond.
    static let bucketCount = bucket(CheckedRow.largest) + 1

    // MARK: - Encoding

    /// - Parameter values: in any order.
    /// - Returns: nil for no values.
    package init?(_ values: [Int64]) {
        guard !values.isEmpty else { return nil }
        let sorted = values.sorted()
        var encoder = Encoder()
        var begin = 0
        while begin < sorted.count {
            let bucket = Self.bucket(sorted[begin])
            var end = begin + 1
            while end < sorted.count, Self.bucket(sorted[end]) == bucket { end += 1 }
            encoder.add(bucket, sorted[begin..<end])
            begin = end
        }
        self = encoder.finished()
    }

    /// - Returns: nil for nothing.
    package init?(merging digests: [DurationDigest]) throws {
        guard digests.count != 1 else { self = digests[0]; return }
        var places: [Int: [(digest: Int, bucket: Int)]] = [:]
        for (digest, content) in digests.enumerated() {
            for (bucket, entry) in content.buckets.enumerated() {
                places[entry.number, default: []].append((digest, bucket))
            }
        }
        guard !places.isEmpty else { return nil }
        var encoder = Encoder()
        for number in places.keys.sorted() {
            var values: [Int64] = []
            for place in places[number] ?? [] {
                try digests[place.digest].append(digests[place.digest].buckets[place.bucket], to: &values)
            }
            encoder.add(number, values.sorted()[...])
        }
        self = encoder.finished()
    }

    private struct Encoder {
        private var directory = VarintWriter()
        private var payload = VarintWriter()
        private var buckets: [Bucket] = []
        private var count = 0
        private var sum: Int64 = 0

        mutating func add(_ bucket: Int, _ values: ArraySlice<Int64>) {
            let begin = payload.bytes.count
            var last = DurationDigest.lowest(bucket)
            for value in values {
                payload.add(value - last)
                last = value
                sum &+= value
            }
            count += values.count
            directory.add(bucket - (buckets.last?.number ?? 0))
            directory.add(values.count)
            directory.add(payload.bytes.count - begin)
            buckets.append(
                Bucket(number: bucket, count: values.count, offset: begin, length: payload.bytes.count - begin))
        }

        func finished() -> DurationDigest {
            var all = VarintWriter()
            all.add(count)
            all.add(sum)
            all.add(buckets.count)
            all.append(directory.bytes)
            let begin = all.bytes.count
            all.append(payload.bytes)
            return DurationDigest(
                bytes: all.bytes, count: count, sum: sum,
                buckets: buckets.map { bucket in
                    var bucket = bucket
                    bucket.offset += begin
                    return bucket
                })
        }
    }

    private init(bytes: [UInt8], count: Int, sum: Int64, buckets: [Bucket]) {
        self.bytes = bytes
        self.count = count
        self.sum = sum
        self.buckets = buckets
    }

    // MARK: - Decoding

    /// - Throws: `DatabaseError` where these are no such bytes.
    package init(bytes: [UInt8]) throws {
        let (count, sum, buckets) = try bytes.withUnsafeBytes { try Self.directory($0) }
        self.init(bytes: bytes, count: count, sum: sum, buckets: buckets)
    }

    private static func directory(_ bytes: UnsafeRawBufferPointer) throws -> (Int, Int64, [Bucket]) {
        var reader = VarintReader(bytes)
        let total = try reader.count()
        let sum = try reader.next()
        let size = try reader.count()
        var buckets: [Bucket] = []
        buckets.reserveCapacity(size)
        var number = 0
        var length = 0
        var found = 0
        for index in 0..<size {
            let step = try reader.next()
            let bucket = Bucket(
                number: number + Int(truncatingIfNeeded: step), count: try reader.count(), offset: length,
                length: try reader.count())
            guard step > 0 || index == 0, bucket.number >= number, bucket.number < bucketCount, bucket.count > 0,
                bucket.length >= bucket.count
            else { throw VarintReader.damage }
            number = bucket.number
            length += bucket.length
            found += bucket.count
            buckets.append(bucket)
        }
        guard found == total, reader.offset + length == bytes.count else { throw VarintReader.damage }
        let begin = reader.offset
        buckets.withUnsafeMutableBufferPointer { for index in $0.indices { $0[index].offset += begin } }
        return (total, sum, buckets)
    }

    /// The bucket of this number, if it holds anything.
    package func bucket(numbered number: Int) -> Bucket? {
        var low = 0
        var high = buckets.count
        while low < high {
            let middle = (low + high) / 2
            if buckets[middle].number < number { low = middle + 1 } else { high = middle }
        }
        return low < buckets.count && buckets[low].number == number ? buckets[low] : nil
    }

    /// The values of a bucket, ascending.
    package func append(_ bucket: Bucket, to values: inout [Int64]) throws {
        try bytes.withUnsafeBytes { bytes in
            var reader = VarintReader(
                UnsafeRawBufferPointer(rebasing: bytes[bucket.offset..<bucket.offset + bucket.length]))
            let end = Self.lowest(bucket.number + 1)
            var value = Self.lowest(bucket.number)
            values.reserveCapacity(values.count + bucket.count)
            for _ in 0..<bucket.count {
                let (next, overflow) = value.addingReportingOverflow(try reader.next())
                guard !overflow, next >= value, next < end else { throw VarintReader.damage }
                value = next
                values.append(value)
            }
            guard reader.isAtEnd else { throw VarintReader.damage }
        }
    }
}
