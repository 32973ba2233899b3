import Testing

@testable import ServerProvider

@Suite("The pace of probes")
struct ProbePaceTests {
    @Test(
        arguments: [
            (.zero, .zero, .milliseconds(5)), (.milliseconds(400), .milliseconds(1), .milliseconds(5)),
            (.seconds(2), .milliseconds(1), .milliseconds(20)), (.seconds(20), .milliseconds(1), .milliseconds(200)),
            (.seconds(600), .milliseconds(1), .milliseconds(250)),
            // A probe that costs something is sent less often.
            (.zero, .milliseconds(20), .milliseconds(80)), (.zero, .seconds(5), .milliseconds(250)),
        ] as [(Duration, Duration, Duration)])
    func theWaitGrowsWithTheTimeThatHasPassed(elapsed: Duration, cost: Duration, pause: Duration) {
        #expect(ProbePace(limit: .milliseconds(250)).pause(after: elapsed, cost: cost) == pause)
    }

    @Test func aShorterLimitIsKept() {
        #expect(ProbePace(limit: .milliseconds(2)).pause(after: .seconds(9), cost: .seconds(1)) == .milliseconds(2))
    }

    /// They refresh what a failure would tell.
    @Test func probesGoOnWhileNothingListens() {
        let pace = ProbePace(limit: .milliseconds(250))
        #expect(pace.pauseWithoutListener(after: .zero) == .milliseconds(20))
        #expect(pace.pauseWithoutListener(after: .seconds(2)) == .milliseconds(100))
        #expect(pace.pauseWithoutListener(after: .seconds(60)) == .seconds(1))
    }

    /// Each wait is what the record may be wrong by: at most 10 ms, or 1 % of the time.
    @Test func theErrorIsAHundredthAtMost() {
        let pace = ProbePace(limit: .milliseconds(250))
        for milliseconds in [1, 20, 200, 1000, 2000, 20_000] {
            let elapsed = Duration.milliseconds(milliseconds)
            #expect(pace.pause(after: elapsed, cost: .microseconds(500)) <= max(.milliseconds(10), elapsed / 100))
            #expect(pace.look(after: elapsed) <= max(.milliseconds(5), elapsed / 200))
        }
    }
}
