import GRDB
import Testing

@testable import JournalCare
@testable import JournalReports
@testable import LifecycleJournal

/// Sorted durations in few bytes.
@Suite struct DurationDigestTests {
    /// Most of them small, some of any size.
    static func values(_ count: Int, seed: UInt64) -> [Int64] {
        let numbers = StartupStatisticsTests.numbers(2 * count, seed: seed)
        return (0..<count).map { numbers[$0] << (numbers[count + $0] % 5 == 0 ? numbers[count + $0] % 36 : 3) }
    }

    @Test func bucketsFollowOnEachOther() {
        var last = -1
        for value in (0..<3000).map(Int64.init) + (12...59).map({ Int64(1) << $0 }) {
            let bucket = DurationDigest.bucket(value)
            #expect(bucket >= last)
            #expect(DurationDigest.lowest(bucket) <= value && value < DurationDigest.lowest(bucket + 1))
            #expect(value < 64 || Double(DurationDigest.lowest(bucket + 1)) <= 1.04 * Double(value))
            last = bucket
        }
        #expect(DurationDigest.bucket(CheckedRow.largest) == DurationDigest.bucketCount - 1)
        for bucket in 0..<DurationDigest.bucketCount {
            #expect(DurationDigest.bucket(DurationDigest.lowest(bucket)) == bucket)
        }
    }

    private func all(_ digest: DurationDigest) throws -> [Int64] {
        try digest.buckets.reduce(into: []) { try digest.append($1, to: &$0) }
    }

    @Test(arguments: [1, 2, 31, 500, 5000]) func whatGoesInComesOut(count: Int) throws {
        let values = Self.values(count, seed: UInt64(count))
        let digest = try #require(DurationDigest(values))
        #expect(digest.count == count && digest.sum == values.reduce(0, &+))
        #expect(try all(digest) == values.sorted())
        let read = try DurationDigest(bytes: digest.bytes)
        #expect(read == digest)
        #expect(DurationDigest(values.reversed()) == digest, "the same durations give the same bytes")
        #expect(DurationDigest([]) == nil)
    }

    @Test func durationsTakeLittleMoreThanAByte() throws {
        let values = StartupStatisticsTests.numbers(20_000, seed: 4).map { 400_000 + $0 * 100 }
        #expect(try #require(DurationDigest(values)).bytes.count < 2 * values.count)
    }

    @Test(arguments: [1, 2, 16]) func mergedTheyAreAsIfTheyHadComeTogether(parts: Int) throws {
        let values = (0..<parts).map { Self.values(100 + 50 * $0, seed: UInt64($0)) }
        let merged = try DurationDigest(merging: values.compactMap { DurationDigest($0) })
        #expect(merged == DurationDigest(values.flatMap { $0 }))
        #expect(try DurationDigest(merging: []) == nil)
    }

    @Test(arguments: [1, 2, 3, 10, 99, 100, 101, 4000]) func percentilesAreThoseOfAllValues(count: Int) throws {
        for parts in [1, 3] {
            let values = (0..<parts).map { Self.values(count, seed: UInt64(31 * count + $0)) }
            let digests = values.compactMap { DurationDigest($0) }
            let expected = try #require(DurationStatistics(values.flatMap { $0 }))
            let found = try #require(try DurationStatistics(digests: digests))
            #expect(abs(found.mean - expected.mean) < 1e-6 * expected.mean)
            var (one, other) = (found, expected)
            (one.mean, other.mean) = (0, 0)
            #expect(one == other)
        }
        #expect(try DurationStatistics(digests: []) == nil)
        let equal = try #require(DurationDigest(Array(repeating: 7, count: count)))
        #expect(try DurationStatistics(digests: [equal])?.p99 == 7)
    }

    /// Of a damaged file. What is still read as something is somebody else's to find out.
    @Test func damageIsAnErrorAndNoCrash() throws {
        let bytes = try #require(DurationDigest(Self.values(60, seed: 9))).bytes
        var refused = 0
        func look(_ bytes: [UInt8]) {
            do { _ = try all(DurationDigest(bytes: bytes)) } catch { refused += 1 }
        }
        for length in bytes.indices { look(Array(bytes[..<length])) }
        #expect(refused == bytes.count, "what was cut off is missed")
        for index in bytes.indices {
            for bit in 0..<8 {
                var changed = bytes
                changed[index] ^= 1 << bit
                look(changed)
            }
        }
        #expect(refused > 2 * bytes.count)
        look([0x80])
        look(Array(repeating: 0xFF, count: 40))
    }
}
