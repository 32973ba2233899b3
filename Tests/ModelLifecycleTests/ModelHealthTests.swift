import ModelLifecycle
import Testing

@Suite("Health and statistics")
struct ModelHealthTests {
    /// Health and statistics as they are after the rows of this bench.
    static func after(_ bench: Bench) -> (health: ModelHealth, statistics: ModelStatistics) {
        var health = ModelHealth(state: .uninitialized)
        var statistics = ModelStatistics()
        for row in bench.rows {
            health.apply(row)
            statistics.apply(row)
        }
        return (health, statistics)
    }

    @Test func beforeAnythingHappenedTheBackendIsNotReady() {
        let health = ModelHealth(state: .uninitialized)
        #expect(!health.ready && !health.modelLoaded && !health.warmupComplete && !health.journalDegraded)
        #expect(health.summary == "Backend not ready (UNINITIALIZED)")
    }

    @Test(arguments: Situation.allCases)
    func onlyReadyIsReady(situation: Situation) {
        let health = Self.after(situation.bench()).health
        #expect(health.state == situation.state)
        #expect(health.ready == (situation == .ready))
        #expect((health.summary == "Ready") == (situation == .ready))
        #expect(health.ready || health.summary.hasPrefix("Backend not ready ("))
    }

    @Test func theTimesOfTheRunAreThoseOfItsPhases() {
        let bench = Bench()
        bench.initialize()
        bench.advance(by: .seconds(3))
        bench.finish(.loaded)
        #expect(Self.after(bench).health.loadTime == .seconds(3))
        #expect(Self.after(bench).health.modelLoaded)
        #expect(Self.after(bench).health.warmupTime == nil)
        bench.advance(by: .milliseconds(400))
        bench.finish(.warmed)
        let (health, statistics) = Self.after(bench)
        #expect(health.loadTime == .seconds(3))
        #expect(health.warmupTime == .milliseconds(400))
        #expect(health.warmupComplete)
        #expect(health.run == bench.machine.run)
        #expect(statistics.lastLoadTime == .seconds(3))
        #expect(statistics.lastWarmupTime == .milliseconds(400))
    }

    @Test func withoutWarmupTheLoadTimeIsKnownAndNoWarmupIsComplete() {
        let bench = Bench { $0.warmup.level = .none }
        bench.initialize()
        bench.advance(by: .seconds(2))
        bench.finish(.loaded)
        let (health, statistics) = Self.after(bench)
        #expect(health.ready && health.modelLoaded && !health.warmupComplete)
        #expect(health.loadTime == .seconds(2))
        #expect(health.warmupTime == nil)
        #expect(statistics.lastLoadTime == .seconds(2))
    }

    @Test func aWarmupThatFailedUnderThePolicyWarnIsReadyWithItsError() {
        let bench = WarmupTests.warming(.warn)
        bench.finish(.failed(.silent))
        let health = Self.after(bench).health
        #expect(health.ready && !health.warmupComplete)
        #expect(health.lastError == .silent)
        #expect(health.summary == "Ready")
    }

    @Test func aFailedRunSaysWhy() {
        let bench = Bench()
        bench.initialize()
        bench.finish(.failed(.unavailable))
        let health = Self.after(bench).health
        #expect(health.lastError == .unavailable)
        #expect(!health.modelLoaded)
        #expect(health.summary == "Backend not ready (ProviderNotAvailable: the library is not installed)")
    }

    @Test func aNewRunForgetsTheErrorAndTheTimesOfTheLast() {
        let bench = Bench()
        bench.initialize()
        bench.finish(.loaded)
        bench.finish(.failed(.silent))
        bench.finish(.released)
        bench.initialize()
        let health = Self.after(bench).health
        #expect(health.lastError == nil)
        #expect(health.loadTime == nil && health.warmupTime == nil)
        #expect(!health.modelLoaded)
    }

    @Test func anUnloadedModelKeepsTheTimesOfItsLastRun() {
        let bench = Bench()
        bench.initialize()
        bench.advance(by: .seconds(3))
        bench.finish(.loaded)
        bench.finish(.warmed)
        bench.unload()
        bench.finish(.released)
        let health = Self.after(bench).health
        #expect(!health.modelLoaded && !health.warmupComplete && !health.ready)
        #expect(health.loadTime == .seconds(3))
    }

    @Test func everyRunIsCountedWithItsEnd() {
        let bench = Bench()
        bench.liveOnce()
        bench.initialize()
        bench.unload()
        bench.finish(.loaded)
        bench.finish(.released)
        bench.initialize()
        bench.finish(.failed(.unreadable))
        bench.finish(.released)
        bench.becomeReady()
        let statistics = Self.after(bench).statistics
        #expect(statistics.runs == 4)
        #expect(statistics.reachedReady == 2)
        #expect(statistics.cancelled == 1)
        #expect(statistics.failed == 1)
        #expect(statistics.unloads == 2)
    }
}
