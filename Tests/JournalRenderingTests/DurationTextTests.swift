import JournalRendering
import ModelLifecycle
import Testing

/// Durations as they are shown.
@Suite struct DurationTextTests {
    @Test(
        arguments: [
            (0, "0 µs"), (417, "417 µs"), (999, "999 µs"), (1000, "1.00 ms"), (9_994, "9.99 ms"), (9_996, "10.0 ms"),
            (48_020, "48.0 ms"), (99_940, "99.9 ms"), (99_960, "100 ms"), (352_417, "352 ms"), (999_499, "999 ms"),
            (999_500, "1.00 s"), (1_240_000, "1.24 s"), (9_994_999, "9.99 s"), (9_995_000, "10.0 s"),
            (59_940_000, "59.9 s"), (59_960_000, "1 min"), (60_000_000, "1 min"), (200_000_000, "3 min 20 s"),
            (3_599_400_000, "59 min 59 s"), (3_599_900_000, "1 h"), (3_600_000_000, "1 h"),
            (7_500_000_000, "2 h 5 min"),
            (86_369_000_000, "23 h 59 min"), (86_371_000_000, "1 d"), (86_400_000_000, "1 d"),
            (90_000_000_000, "1 d 1 h"),
        ] as [(Int64, String)]) func aDurationIsShownInThreeFigures(microseconds: Int64, text: String)
    {
        #expect(DurationText.long(microseconds) == text)
    }

    @Test func anUnknownDurationIsADash() {
        #expect(DurationText.optional(nil) == "–")
    }
}
