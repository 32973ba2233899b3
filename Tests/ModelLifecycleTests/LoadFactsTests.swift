import ModelLifecycle
import Testing

@Suite("What a load tells while it lasts")
struct LoadFactsTests {
    private static func generation(_ bench: Bench) -> Int { bench.started.last?.generation ?? 0 }

    @Test func thePartsOfALoadStandOnTheRowThatEndsIt() {
        let bench = Bench()
        bench.initialize()
        bench.advance(by: .milliseconds(20))
        bench.send(.loadBegan(generation: Self.generation(bench)))
        bench.advance(by: .milliseconds(5))
        let identity = ModelIdentity(bytes: 42, modifiedAt: WallTime(microseconds: 1))
        bench.advance(by: .milliseconds(7))
        bench.send(.identified(generation: Self.generation(bench), identity, digest: .milliseconds(7)))
        bench.send(.spawned(generation: Self.generation(bench), processID: 4711))
        bench.advance(by: .seconds(1))
        bench.finish(.loaded)
        let facts = LoadFacts(
            queue: .milliseconds(20), digest: .milliseconds(7), spawn: .milliseconds(5), processID: 4711,
            identity: identity)
        #expect(bench.rows.map(\.load) == [LoadFacts(), facts])
        bench.finish(.warmed)
        #expect(bench.lastRow?.load == LoadFacts())
    }

    @Test func aFailedLoadKeepsThemToo() {
        let bench = Bench()
        bench.initialize()
        bench.send(.loadBegan(generation: Self.generation(bench)))
        bench.fire(.deadline)
        #expect(bench.lastRow?.load.queue == .zero)
    }

    @Test func anAbandonedLoadHasNothingToSayOfTheNext() {
        let bench = Bench()
        bench.initialize()
        let old = Self.generation(bench)
        bench.fire(.deadline)
        bench.initialize()
        bench.send(.loadBegan(generation: old))
        bench.send(.spawned(generation: old, processID: 1))
        bench.finish(.loaded)
        bench.finish(.released)
        bench.advance(by: .milliseconds(3))
        bench.send(.loadBegan(generation: Self.generation(bench)))
        bench.finish(.loaded)
        #expect(bench.lastRow?.load.processID == nil)
        #expect(bench.lastRow?.load.queue == bench.lastRow?.elapsed)
    }

    /// The clock of the one who reports and of the one who hears of it are not read at the same moment.
    @Test func noPartIsShorterThanNothing() {
        let bench = Bench()
        bench.initialize()
        let identity = ModelIdentity(bytes: 42, modifiedAt: WallTime(microseconds: 1))
        bench.send(.identified(generation: Self.generation(bench), identity, digest: .seconds(3)))
        bench.send(.spawned(generation: Self.generation(bench), processID: nil))
        bench.finish(.loaded)
        #expect(bench.lastRow?.load.spawn == .zero)
    }
}
