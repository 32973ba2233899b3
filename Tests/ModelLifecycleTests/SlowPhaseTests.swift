import ModelLifecycle
import Testing

@Suite("Phases that are slower than ever")
struct SlowPhaseTests {
    static let expected = ExpectedPhases(load: .seconds(2), warmup: .milliseconds(500))

    @Test func aSlowLoadIsSaidOnceAndHarmsNothing() {
        let bench = Bench(expected: Self.expected)
        bench.initialize()
        #expect(bench.armed[.slow]?.sinceOrigin == bench.now + .seconds(2))
        #expect(bench.fire(.slow) == .stays(.warn))
        #expect(bench.fire(.slow) == .stays())
        #expect(bench.state == .loading)
        bench.finish(.loaded)
        #expect(bench.state == .warmingUp)
    }

    @Test func theWarmupHasATimeOfItsOwn() {
        let bench = Bench(expected: Self.expected)
        bench.initialize()
        bench.advance(by: .seconds(1))
        bench.finish(.loaded)
        #expect(bench.armed[.slow]?.sinceOrigin == bench.now + .milliseconds(500))
        // The load's timer may fire late, and has nothing to say any more.
        #expect(bench.send(.timerFired(.slow, generation: bench.runGeneration)) == .stays())
        #expect(bench.fire(.slow) == .stays(.warn))
        bench.finish(.warmed)
        #expect(bench.state == .ready)
        #expect(bench.fire(.slow) == .stays())
    }

    @Test func whatEndsInTimeIsNoMatter() {
        let bench = Bench(expected: Self.expected)
        bench.becomeReady()
        #expect(bench.armed[.slow] == nil)
        bench.unload()
        bench.finish(.released)
        bench.initialize()
        bench.finish(.failed(.unreadable))
        #expect(bench.armed[.slow] == nil)
    }

    @Test func withoutAPastNothingIsRemarkable() {
        let bench = Bench()
        bench.initialize()
        #expect(bench.armed[.slow] == nil)
    }
}
