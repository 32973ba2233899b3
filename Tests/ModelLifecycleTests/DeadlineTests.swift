import ModelLifecycle
import Testing

@Suite("A deadline that the model moves")
struct DeadlineTests {
    /// The run's load has the generation after the run's own.
    private func extend(_ bench: Bench, by time: Duration, generation: Int? = nil) -> Outcome {
        bench.send(.deadlineExtended(generation: generation ?? bench.runGeneration + 1, by: time))
    }

    @Test func itMovesAwayAndNeverNearer() {
        let bench = Bench()
        bench.initialize()
        #expect(extend(bench, by: .seconds(1)) == .stays())
        bench.advance(by: .seconds(10))
        // Nearer than the deadline, and later than the stall.
        #expect(extend(bench, by: .seconds(19)) == .stays(.set(.stall)))
        #expect(extend(bench, by: .seconds(60)) == .stays(.set(.deadline), .set(.stall)))
        #expect(bench.armed[.deadline] == bench.moment.instant + .seconds(60))
        #expect(bench.armed[.stall] == bench.moment.instant + .seconds(60))
        // The old one may have been on its way.
        bench.advance(by: .seconds(21))
        #expect(bench.send(.timerFired(.deadline, generation: bench.runGeneration)) == .stays(.set(.deadline)))
        #expect(bench.state == .loading)
        bench.advance(by: .seconds(39))
        #expect(bench.fire(.deadline).reason == .startupTimeout)
        #expect(bench.lastRow?.failure?.message.contains("within the time that it had asked for") == true)
    }

    @Test func itCountsWhileTheModelWarmsUp() {
        let bench = Bench()
        bench.initialize()
        bench.finish(.loaded)
        #expect(extend(bench, by: .seconds(60)) == .stays(.set(.deadline), .set(.warmup)))
        // The one of before may have been on its way.
        #expect(bench.send(.timerFired(.warmup, generation: bench.runGeneration)) == .stays(.set(.warmup)))
        bench.advance(by: .seconds(60))
        #expect(bench.fire(.warmup).reason == .warmupFailed)
    }

    @Test func nothingIsMovedAfterTheStart() {
        let bench = Bench()
        bench.initialize()
        bench.finish(.loaded)
        bench.finish(.warmed)
        #expect(extend(bench, by: .seconds(60)) == .stays())
        bench.unload()
        #expect(extend(bench, by: .seconds(60)) == .stays())
    }

    @Test func anEarlierRunsLoadMovesNothing() {
        let bench = Bench()
        bench.initialize()
        bench.finish(.failed(.unreadable))
        bench.initialize()
        #expect(extend(bench, by: .seconds(600), generation: 2) == .stays())
    }
}
