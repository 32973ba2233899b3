import JournalRendering
import LifecycleJournal
import ModelLifecycle
import Testing

/// How long a start will still take until READY.
@Suite struct ForecastTests {
    /// p50 and p99, in milliseconds.
    private static func phase(_ p50: Int64, _ p99: Int64) -> DurationStatistics? {
        DurationStatistics(Array(repeating: p50 * 1000, count: 50) + Array(repeating: p99 * 1000, count: 50))
    }

    private static let known = PhaseExpectation(load: phase(2000, 9000), warmup: phase(500, 800))
    private static let firstWarmup = PhaseExpectation(load: phase(2000, 9000))

    @Test(
        arguments: [
            // What is left of the load, and the warm-up that follows.
            (.loading, 0, "about 2.50 s left"), (.loading, 1500, "about 1.00 s left"),
            (.loading, 2000, "about 500 ms left"), (.loading, 8000, "about 500 ms left"),
            (.loading, 9001, "slower than its p99 of 9.00 s"),
            (.warmingUp, 0, "about 500 ms left"), (.warmingUp, 499, "about 1.00 ms left"),
            (.warmingUp, 500, "any moment now"), (.warmingUp, 800, "any moment now"),
            (.warmingUp, 801, "slower than its p99 of 800 ms"), (.ready, 0, nil), (.error, 0, nil),
        ] as [(ModelState, Int64, String?)])
    func theTimeLeftIsThatUntilReady(state: ModelState, elapsed: Int64, text: String?) {
        #expect(Forecast.text(state, elapsed: elapsed * 1000, Self.known, warmsUp: true) == text)
    }

    @Test(
        arguments: [
            (0, "about 2.00 s left"), (2000, "any moment now"), (9000, "any moment now"),
            (9001, "slower than its p99 of 9.00 s"),
        ] as [(Int64, String)]) func withoutAWarmupTheLoadIsAll(elapsed: Int64, text: String)
    {
        #expect(Forecast.text(.loading, elapsed: elapsed * 1000, Self.known, warmsUp: false) == text)
    }

    @Test func aWarmupWithoutAPastPromisesNothing() {
        #expect(
            Forecast.text(.loading, elapsed: 0, Self.firstWarmup, warmsUp: true) == "about 2.00 s left in LOADING")
        #expect(Forecast.text(.loading, elapsed: 3_000_000, Self.firstWarmup, warmsUp: true) == nil)
        #expect(Forecast.text(.warmingUp, elapsed: 0, Self.firstWarmup, warmsUp: true) == nil)
        #expect(Forecast.text(.loading, elapsed: 0, PhaseExpectation(), warmsUp: true) == nil)
    }
}
