import JournalRendering
import LifecycleJournal
import ModelLifecycle
import TestSupport
import Testing

@testable import modeljournal

/// Times as people type them.
@Suite(.turn(of: "CommandLineTests")) struct TimeArgumentTests {
    /// 2026-11-23T02:31:07.120482Z
    private static let now = WallTime(microseconds: 1_795_401_067_120_482)

    @Test(arguments: [
        ("2026-11-23T02:31:07.120482Z", 0), ("2026-11-23t02:31:07.120482z", 0), ("2026-11-23 02:31:07.120482Z", 0),
        ("2026-11-23T08:01:07.120482+05:30", 0), ("2026-11-22T18:31:07.120482-08:00", 0),
        ("2026-11-23T02:31:07.120482999Z", 0), ("2026-11-23T02:31:07.12Z", -482), ("2026-11-23T02:31:07Z", -120_482),
        ("2026-11-23T02:31Z", -7_120_482), ("now", 0), ("NOW", 0), (" now ", 0), ("-2h", -7_200_000_000),
        ("-1h30m", -5_400_000_000), ("-250ms", -250_000), ("2h ago", -7_200_000_000), ("1h 30m ago", -5_400_000_000),
        ("1 h ago", -3_600_000_000), ("-1d", -86_400_000_000), ("-2w", -1_209_600_000_000),
        ("2 days ago", -172_800_000_000), ("3 hours ago", -10_800_000_000), ("-1day", -86_400_000_000),
        ("-1month", -2_630_016_000_000), ("-1M", -2_630_016_000_000), ("-1m", -60_000_000), ("+1h", 3_600_000_000),
        ("-1y", -31_557_600_000_000), ("1 year 2 months ago", -36_817_632_000_000), ("1h30min ago", -5_400_000_000),
        ("-1week 2 days", -777_600_000_000), ("5 min left", 300_000_000), ("- 5 min", -300_000_000),
        ("@1795401067", -120_482), ("@1795401067.120482", 0), ("@1795401067.12", -482),
        ("2026-11-23 02:31:07.120482 UTC", 0), ("2026-11-23 02:31:07.120482UTC", 0),
    ]) func absoluteAndRelativeTimesAreTold(text: String, offset: Int64) {
        #expect(TimeArgument.parse(text, now: Self.now)?.microseconds == Self.now.microseconds + offset)
    }

    @Test func datesAndClocksAreLocal() throws {
        let today = try #require(TimeArgument.parse("today", now: Self.now))
        let tomorrow = try #require(TimeArgument.parse("tomorrow", now: Self.now))
        let yesterday = try #require(TimeArgument.parse("yesterday", now: Self.now))
        #expect(yesterday < today && today <= Self.now && Self.now < tomorrow)
        let date = TimeText.date(Self.now, utc: false)
        #expect(TimeArgument.parse(date, now: Self.now) == today)
        #expect(TimeArgument.parse("00:00", now: Self.now) == today)
        #expect(TimeArgument.parse("\(date) 00:00:00.000", now: Self.now) == today)
        let clock = TimeText.clock(Self.now, utc: false)
        #expect(TimeArgument.parse(clock, now: Self.now)?.microseconds == Self.now.microseconds - 482)
    }

    @Test func aTimeBeforeTheEpochIsTheEpoch() {
        #expect(TimeArgument.parse("-99y", now: Self.now)?.microseconds == 0)
        #expect(TimeArgument.parse("@0", now: Self.now)?.microseconds == 0)
        #expect(TimeArgument.parse("-36500d", now: Self.now)?.microseconds == 0)
    }

    @Test(arguments: [
        "", " ", "nonsense", "2h", "-", "-5x", "-h", "ago", " ago", "2026", "2026-11", "2026-1-1", "2026-13-01",
        "2026-00-10", "2026-02-30", "2026-02-29", "2026-11-31", "2026-11-23T", "2026-11-23T25:00", "24:00", "12:60",
        "12:00:61", "12", "12:3", "2026-11-23Z", "2026-11-23T02:31:07.Z", "2026-11-23T02:31:07.1234567890Z",
        "2026-11-23T02:31:07+5:30", "2026-11-23T02:31:07+0530", "2026-11-23T02:31:07Z tail", "26-11-23",
        "1900-01-01", "--2h", "-2h30", "1e3s ago", "inf ago", "2026-11-23T02:31:07+99:00", "2026-02-30T00:00:00Z",
        "2026-11-23T02:31+01:60", "@", "@x", "@-1", "@1.", "@1.1234567", "@99999999999999999999", "@253402300800",
        "@ 1",
        "-101y", "-9999999999999999999999999999d", "-1e400s", "+", "+ ", "--1h", "+-1h", "1h", "2 days", "ago 2h",
        "1h ago ago", "2 fortnights ago", "left", "-1h left", "2026-11-23 UTC", "-10", "yesterday 10:00",
        "２０２６-１１-２３", "١٢:٣٠", "@１７",
    ]) func anythingElseIsRefused(text: String) {
        #expect(TimeArgument.parse(text, now: Self.now) == nil)
    }

    @Test(arguments: ["2024-02-29", "2026-12-31", "2026-01-01", "2000-02-29"])
    func realDaysAreTaken(text: String) throws {
        let time = try #require(TimeArgument.parse(text, now: Self.now))
        #expect(TimeText.date(time, utc: false) == text)
    }
}
