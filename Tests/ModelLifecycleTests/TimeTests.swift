import ModelLifecycle
import Testing

@Suite("Times and delays")
struct TimeTests {
    @Test(arguments: [
        (Duration.microseconds(900), "0 ms"), (.milliseconds(250), "250 ms"), (.seconds(5), "5 s"),
        (.milliseconds(1430), "1.43 s"), (.milliseconds(2_007), "2.00 s"), (.seconds(300), "5 min"),
        (.seconds(90), "1 min 30 s"), (.milliseconds(60_500), "1 min 0 s"),
    ])
    func aDurationIsShortForPeople(duration: Duration, text: String) {
        #expect(duration.brief == text)
    }

    @Test func wallTimeMovesByADurationAndStopsAtItsEnds() {
        let time = WallTime(microseconds: 1_000_000)
        #expect(time + .milliseconds(250) == WallTime(microseconds: 1_250_000))
        #expect(time + .seconds(-2) == WallTime(microseconds: -1_000_000))
        #expect(time + .seconds(Int64.max) == WallTime(microseconds: .max))
    }

    static let microseconds: [(Duration, Int64)] = [
        (.zero, 0), (.microseconds(1), 1), (.seconds(3), 3_000_000), (.milliseconds(-1_500), -1_500_000),
        (.nanoseconds(999), 0), (.nanoseconds(-999), 0), (.nanoseconds(1_999), 1), (.nanoseconds(-1_999), -1),
    ]

    @Test(arguments: microseconds)
    func wholeMicrosecondsAreCutTowardsZero(duration: Duration, expected: Int64) {
        #expect(duration.wholeMicroseconds == expected)
    }

    @Test func wholeMicrosecondsStopAtTheEndsOfTheirType() {
        let limit = Int64.max / 1_000_000
        #expect(Duration.seconds(Int64.max).wholeMicroseconds == .max)
        #expect(Duration.seconds(Int64.min).wholeMicroseconds == .min)
        #expect(Duration.seconds(limit).wholeMicroseconds == limit * 1_000_000)
        #expect((Duration.seconds(limit) + .microseconds(775_807)).wholeMicroseconds == .max)
        #expect((Duration.seconds(limit) + .microseconds(775_808)).wholeMicroseconds == .max)
        #expect((Duration.seconds(-limit) - .microseconds(775_808)).wholeMicroseconds == .min)
        #expect((Duration.seconds(-limit) - .microseconds(775_809)).wholeMicroseconds == .min)
    }

    @Test func millisecondsKeepTheMicroseconds() {
        #expect(Duration.microseconds(1_234_567).milliseconds == 1_234.567)
        #expect(Duration.microseconds(-500).milliseconds == -0.5)
        #expect(Duration.nanoseconds(10).milliseconds == 0)
    }

    @Test func instantsAreOrderedAndTheirDifferenceIsADuration() {
        let early = MonotonicInstant(sinceOrigin: .seconds(5))
        let late = early + .milliseconds(1)
        #expect(early < late)
        #expect(late - early == .milliseconds(1))
        #expect(WallTime(microseconds: 1) < WallTime(microseconds: 2))
    }

    @Test(arguments: [(0, 10), (1, 10), (2, 20), (3, 40), (4, 80), (5, 100), (6, 100), (1_000, 100)])
    func theDelayBeforeARetryDoublesUpToItsLimit(retry: Int, seconds: Int) {
        let policy = RetryPolicy(maximumRetries: 9, backoff: .seconds(10), maximumDelay: .seconds(100))
        #expect(policy.delay(beforeRetry: retry) == .seconds(seconds))
    }

    @Test func aBackoffAboveItsLimitIsCut() {
        let policy = RetryPolicy(maximumRetries: 1, backoff: .seconds(10), maximumDelay: .seconds(3))
        #expect(policy.delay(beforeRetry: 1) == .seconds(3))
    }

    @Test func noBackoffMeansNoDelay() {
        #expect(RetryPolicy(maximumRetries: 5, backoff: .zero).delay(beforeRetry: 5) == .zero)
    }

    @Test func theLongestDelayThatCanBeNamedDoesNotOverflow() {
        let policy = RetryPolicy(maximumRetries: 200, backoff: .seconds(1), maximumDelay: .seconds(Int64.max))
        #expect(policy.delay(beforeRetry: 200) == .seconds(Int64.max))
    }

    @Test func aModelMayBeInterruptedAtLeastThreeTimes() {
        #expect(RetryPolicy.none.interruptionLimit == 3)
        #expect(RetryPolicy(maximumRetries: 2).interruptionLimit == 3)
        #expect(RetryPolicy(maximumRetries: 7).interruptionLimit == 8)
    }
}
