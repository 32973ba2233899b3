import JournalRendering
import ModelLifecycle
import TestSupport
import Testing

@testable import modeljournal

/// Durations as they are typed.
@Suite(.turn(of: "CommandLineTests")) struct DurationTests {
    @Test(
        arguments: [
            ("250ms", 250_000), ("10s", 10_000_000), ("5m", 300_000_000), ("2h", 7_200_000_000), ("1d", 86_400_000_000),
            ("1w", 604_800_000_000), ("1h30m", 5_400_000_000), ("1.5s", 1_500_000), (".5s", 500_000), ("7us", 7),
            ("7µs", 7), ("0s", 0), ("3min", 180_000_000), ("2sec", 2_000_000), ("1m30s", 90_000_000),
            ("1h30min", 5_400_000_000), ("1h 30min", 5_400_000_000), (" 10 s ", 10_000_000),
            ("2 days", 172_800_000_000),
            ("1hr 2minutes 3seconds 4msec 5usec", 3_723_004_005), ("36500d", 3_153_600_000_000_000),
        ] as [(String, Int64)]) func aDurationIsRead(text: String, microseconds: Int64)
    {
        #expect(DurationArgument.parse(text)?.wholeMicroseconds == microseconds)
    }

    @Test(arguments: [
        "", " ", "10", "s", "ms", "-5s", "+5s", "1y", "1.2.3s", "1e9s", "1h30", "5M", "1month", "2 years", "1h ago",
        "s10", "10 20s", "- 5s",
        "1.s.", "..s", "10s10", "∞s", "9223372036854775807s", "36601d", "ten s", "nan s",
        "0x10s", "99999d", "999999999999999999999h", "١s", "1S", "1_000s",
    ]) func anythingElseIsRefused(text: String) {
        #expect(DurationArgument.parse(text) == nil)
    }

    @Test(arguments: [(300_000_000, "300s"), (250_000, "250ms"), (1, "1us"), (0, "0s")] as [(Int64, String)])
    func aDefaultIsShownAsItIsTyped(microseconds: Int64, text: String) {
        #expect(DurationText.short(microseconds) == text)
        #expect(DurationArgument.parse(text)?.wholeMicroseconds == microseconds)
    }
}
