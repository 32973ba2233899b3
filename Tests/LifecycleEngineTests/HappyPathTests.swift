import LifecycleEngine
import ModelLifecycle
import ModelLifecycleTesting
import TestSupport
import Testing

@Suite("A model from nothing to READY and back", .noDeadlock, .turn(of: "LifecycleEngineTests"))
struct HappyPathTests {
    @Test func fiveTransitionsAreRecordedWithTheirTimes() async throws {
        try await withBench { bench in
            let load = Gate()
            let warmUp = Gate()
            let unload = Gate()
            bench.provider.script(.load, .wait(load))
            bench.provider.script(.warmUp, .wait(warmUp))
            bench.provider.script(.unload, .wait(unload))

            let starter = try await bench.startLoading()
            bench.clock.advance(by: .milliseconds(1500))
            load.open()
            try await bench.provider.begun(.warmUp)
            bench.clock.advance(by: .microseconds(250_001))
            warmUp.open()
            #expect(await starter.value)
            bench.clock.advance(by: .seconds(60))
            let unloader = Task { await bench.preloader.unload() }
            try await bench.provider.begun(.unload)
            bench.clock.advance(by: .milliseconds(7))
            unload.open()
            #expect(await unloader.value)

            #expect(bench.path == [.loading, .warmingUp, .ready, .unloading, .uninitialized])
            #expect(bench.rows.map(\.trigger) == [.initialize, .loaded, .warmed, .unload, .unloaded])
            // Nobody saw the first state begin.
            #expect(
                bench.rows.map(\.elapsed) == [
                    nil, .milliseconds(1500), .microseconds(250_001), .seconds(60), .milliseconds(7),
                ])
            let sum = bench.rows.compactMap(\.elapsed).reduce(.zero, +)
            #expect(sum == bench.clock.now)
            let wall = bench.rows[4].at.microseconds - bench.rows[0].at.microseconds
            #expect(wall == sum.wholeMicroseconds)
            #expect(bench.rows[1].version == "1.2.3")
            #expect(bench.rows[2].warmups == [WarmupMeasurement(elapsed: .microseconds(250_001))])
        }
    }

    @Test func theProviderIsCalledInOrder() async throws {
        try await withBench { bench in
            #expect(await bench.preloader.initialize())
            #expect(await bench.preloader.unload())
            #expect(bench.provider.calls == [.availability, .load, .warmUp, .unload])
            #expect(bench.provider.inMemory == 0)
        }
    }

    @Test func theCallersCorrelationIDStandsOnEveryRowAndReachesTheProvider() async throws {
        try await withBench { bench in
            let correlationID = try #require(CorrelationID(rawValue: "deploy-42"))
            #expect(await bench.preloader.initialize(correlationID: correlationID))
            #expect(bench.rows.allSatisfy { $0.run.correlationID == correlationID })
            let context = try #require(bench.provider.contexts.first)
            #expect(context.correlationID == correlationID)
            #expect(context.runID == bench.rows[0].run.runID)
            #expect(context.attempt == 1)
        }
    }

    @Test func healthAndStatisticsTellThePhases() async throws {
        try await withBench { bench in
            let load = Gate()
            bench.provider.script(.load, .wait(load))
            #expect(bench.preloader.health.summary == "Backend not ready (UNINITIALIZED)")
            let starter = try await bench.startLoading()
            #expect(bench.preloader.state == .loading)
            #expect(!bench.preloader.health.modelLoaded)
            bench.clock.advance(by: .seconds(3))
            load.open()
            #expect(await starter.value)

            let health = bench.preloader.health
            #expect(health.ready && health.modelLoaded && health.warmupComplete)
            #expect(health.loadTime == .seconds(3))
            #expect(health.warmupTime == .zero)
            #expect(health.lastError == nil)
            #expect(health.summary == "Ready")
            #expect(health.run == bench.rows[0].run)
            let statistics = bench.preloader.statistics
            #expect(statistics.runs == 1 && statistics.reachedReady == 1 && statistics.failed == 0)
            #expect(statistics.lastLoadTime == .seconds(3))
        }
    }

    @Test func initializeWhenReadyIsTrueAtOnceWithoutARow() async throws {
        try await withBench { bench in
            #expect(await bench.preloader.initialize())
            let rows = bench.rows.count
            #expect(await bench.preloader.initialize(timeout: .zero))
            #expect(bench.rows.count == rows)
            #expect(bench.provider.count(.load) == 1)
        }
    }

    @Test func aSecondLifeIsANewRunOfANewRequest() async throws {
        try await withBench { bench in
            #expect(await bench.preloader.initialize())
            #expect(await bench.preloader.unload())
            bench.clock.advance(by: .seconds(5))
            #expect(await bench.preloader.initialize())
            #expect(bench.rows[5].run.runID != bench.rows[0].run.runID)
            #expect(bench.rows[5].run.correlationID != bench.rows[0].run.correlationID)
            #expect(bench.rows[5].run.attempt == 1)
            #expect(bench.rows[5].ordinal == 1)
            #expect(bench.rows[5].elapsed == .seconds(5))
        }
    }

    @Test func beginReturnsAtOnceAndTheModelBecomesReady() async throws {
        try await withBench { bench in
            let correlationID = try #require(CorrelationID(rawValue: "deploy-42"))
            bench.preloader.begin(correlationID: correlationID)
            #expect(await bench.preloader.waitUntilReady())
            #expect(bench.rows[0].trigger == .initialize)
            #expect(bench.rows[0].run.correlationID == correlationID)
        }
    }

    @Test func withoutAJournalTheModelServesAllTheSame() async throws {
        let registry = ASRProviderRegistry()
        registry.register(ProviderInformation(name: "scripted", summary: "for tests")) { _ in ScriptedProvider() }
        let preloader = try await ModelPreloader(
            configuration: RunConfiguration(model: "en-us", provider: "scripted"), registry: registry,
            logger: .silent, clock: ManualClock().engine)
        #expect(await preloader.initialize())
        #expect(await preloader.unload())
        #expect(preloader.health.journalDegraded == false)
    }
}
