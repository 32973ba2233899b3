import Foundation
import ModelLifecycle
import Testing

@Suite("Times as RFC 3339") struct RFC3339Tests {
    @Test(arguments: [
        (0, "1970-01-01T00:00:00.000000Z"), (951_782_400_000_001, "2000-02-29T00:00:00.000001Z"),
        (951_868_799_999_999, "2000-02-29T23:59:59.999999Z"), (1_764_553_867_120_482, "2025-12-01T01:51:07.120482Z"),
        (4_107_542_400_000_000, "2100-03-01T00:00:00.000000Z"), (-1, "1969-12-31T23:59:59.999999Z"),
    ])
    func aTimeIsWrittenInUTC(microseconds: Int64, text: String) {
        #expect(WallTime(microseconds: microseconds).rfc3339 == text)
        #expect(WallTime(microseconds: microseconds).day == text.prefix(10))
    }

    /// Every day for 400 years, against the C library's calendar.
    @Test func everyDayIsTheCLibrarys() {
        for day in Int64(0)..<146_097 {
            var seconds = time_t(day * 86_400 + 3_723)
            var fields = tm()
            gmtime_r(&seconds, &fields)
            let time = WallTime(microseconds: Int64(seconds) * 1_000_000 + day)
            let parts = time.rfc3339.split { !$0.isNumber }.map { Int64($0) ?? -1 }
            let expected = [
                Int64(fields.tm_year) + 1900, Int64(fields.tm_mon) + 1, Int64(fields.tm_mday), 1, 2, 3, day,
            ]
            guard parts == expected, WallTime(rfc3339: time.rfc3339) == time else {
                Issue.record("day \(day): \(time.rfc3339)")
                return
            }
        }
    }

    @Test(arguments: [
        "", "2025-12-01", "2025-12-01T01:51:07", "2025-12-01T01:51:07+00:00", "2025-13-01T01:51:07Z",
        "2025-02-29T01:51:07Z", "1969-12-31T23:59:59Z", "2025-12-01T24:00:00Z", "2025-12-01T01:51:07.Z",
        "2025-12-01T01:51:07.1234567Z", "2025-12-01t01:51:07Z", "²025-12-01T01:51:07Z",
    ])
    func whatIsNotSuchATimeIsNotRead(text: String) { #expect(WallTime(rfc3339: text) == nil) }

    @Test func fewerDigitsOfASecondAreRead() {
        #expect(WallTime(rfc3339: "1970-01-01T00:00:01Z") == WallTime(microseconds: 1_000_000))
        #expect(WallTime(rfc3339: "1970-01-01T00:00:01.25Z") == WallTime(microseconds: 1_250_000))
    }
}
