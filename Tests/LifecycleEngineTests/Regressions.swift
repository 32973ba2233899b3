import LifecycleEngine
import ModelLifecycle
import ModelLifecycleTesting
import TestSupport
import Testing

/// What the engine that this design replaces did wrong, each case as it was seen.
@Suite("Regressions", .noDeadlock, .turn(of: "LifecycleEngineTests"))
struct Regressions {
    /// `initialize(timeout: 0.2 s)` returned true after 5.0 s, when the load was through.
    @Test func aTimeoutIsKeptThoughTheLoadTakesLonger() async throws {
        try await withBench { bench in
            let load = Gate()
            bench.provider.script(.load, .waitIgnoringCancellation(load))
            let starter = Task { (await bench.preloader.initialize(timeout: .milliseconds(200)), bench.clock.now) }
            try await bench.provider.begun(.load)
            try await bench.clock.advance(toSleeperAt: .milliseconds(200))
            #expect(await starter.value == (false, .milliseconds(200)))
            bench.clock.advance(by: .milliseconds(4800))
            load.open()
            try await bench.provider.returned(.unload)
            await bench.settle()
            #expect(bench.path == [.loading, .error])
            #expect(bench.preloader.state == .error)
        }
    }

    /// An unload during warm-up was overtaken by the warm-up's end: READY, with no provider.
    @Test func anUnloadDuringWarmupIsNotOvertakenByItsEnd() async throws {
        try await withBench { bench in
            let warmUp = Gate()
            bench.provider.script(.warmUp, .waitIgnoringCancellation(warmUp))
            let starter = Task { await bench.preloader.initialize() }
            try await bench.provider.begun(.warmUp)
            let unloader = Task { await bench.preloader.unload() }
            try await bench.seen(3)
            warmUp.open()
            #expect(await unloader.value)
            #expect(await starter.value == false)
            await bench.settle()
            #expect(bench.path == [.loading, .warmingUp, .unloading, .uninitialized])
            #expect(!bench.preloader.health.ready)
            await #expect(throws: ModelNotReady.self) { try await bench.preloader.transcribe(anyAudio) }
        }
    }

    /// Callers who waited while the load failed were forgotten, and left to time out.
    @Test func everybodyWhoWaitsHearsOfAFailureAtOnce() async throws {
        try await withBench { bench in
            let load = Gate()
            bench.provider.script(.load, .wait(load), .fail(ProviderError(description: "no")))
            let starter = try await bench.startLoading()
            let joiners = (0..<100).map { _ in Task { await bench.preloader.waitUntilReady() } }
            try await bench.clock.sleeper(at: .seconds(60))
            load.open()
            #expect(await starter.value == false)
            for joiner in joiners { #expect(await joiner.value == false) }
            // The clock never moved: nobody was told by a timeout.
            #expect(bench.clock.now == .zero)
        }
    }

    /// Warm-up slept to make its time look plausible.
    @Test func warmupAsksForNoSleep() async throws {
        try await withBench(prepare: { $0.warmup.level = .full }) { bench in
            let load = Gate()
            bench.provider.script(.load, .wait(load))
            let starter = try await bench.startLoading()
            try await bench.clock.sleepers(2)
            let asked = bench.clock.asked
            load.open()
            #expect(await starter.value)
            #expect(bench.clock.asked == asked)
            #expect(bench.clock.now == .zero)
            #expect(bench.preloader.health.warmupTime == .zero)
            #expect(bench.provider.count(.warmUp) == 5)
        }
    }
}
