import LifecycleEngine
import ModelLifecycle
import ModelLifecycleTesting
import TestSupport
import Testing

@Suite("Unload", .noDeadlock, .turn(of: "LifecycleEngineTests"))
struct UnloadTests {
    @Test func unloadWhileLoadingCancelsTheRun() async throws {
        try await withBench { bench in
            bench.provider.script(.load, .wait(Gate()))
            let starter = try await bench.startLoading()
            let joiner = try await bench.join(timeout: .seconds(60))
            #expect(await bench.preloader.unload())
            #expect(await starter.value == false)
            #expect(await joiner.value == false)
            #expect(bench.path == [.loading, .unloading, .uninitialized])
            #expect(bench.rows[1].failure?.reason == .cancelled)
            #expect(bench.provider.inMemory == 0)
            // A cancelled run is no failure of the model.
            #expect(bench.preloader.health.lastError == nil)
            #expect(bench.preloader.statistics.cancelled == 1)
            #expect(bench.preloader.statistics.failed == 0)
        }
    }

    @Test func aProcessThatHadToBeKilledIsUnloadedAndItsRowSaysSo() async throws {
        try await withBench { bench in
            var evidence = FailureEvidence()
            evidence.killedAfterStopTimeout = true
            bench.provider.script(
                .unload, .fail(Failure(.unloadTimeout, "it was killed", signal: 9, evidence: evidence)))
            #expect(await bench.preloader.initialize())
            #expect(await bench.preloader.unload())
            let last = try #require(bench.rows.last)
            #expect(last.to == .uninitialized && last.trigger == .unloaded)
            #expect(last.failure?.message == "it was killed" && last.failure?.evidence?.killedAfterStopTimeout == true)
        }
    }

    @Test func joinersHearBeforeTheUnloadIsOver() async throws {
        try await withBench { bench in
            let load = Gate()
            bench.provider.script(.load, .waitIgnoringCancellation(load))
            let starter = try await bench.startLoading()
            let unloader = Task { await bench.preloader.unload() }
            #expect(await starter.value == false)
            #expect(bench.preloader.state == .unloading)
            load.open()
            #expect(await unloader.value)
        }
    }

    @Test func aLateLoadDoesNotResurrectAnUnloadedModel() async throws {
        try await withBench { bench in
            let load = Gate()
            bench.provider.script(.load, .waitIgnoringCancellation(load))
            let starter = try await bench.startLoading()
            let unloader = Task { await bench.preloader.unload() }
            try await bench.seen(2)
            load.open()
            #expect(await unloader.value)
            #expect(await starter.value == false)
            await bench.settle()
            #expect(bench.path == [.loading, .unloading, .uninitialized])
            #expect(bench.provider.calls == [.availability, .load, .unload])
            #expect(bench.provider.inMemory == 0)
        }
    }

    @Test func unloadWhileWarmingUpCancelsTheRun() async throws {
        try await withBench { bench in
            bench.provider.script(.warmUp, .wait(Gate()))
            let starter = Task { await bench.preloader.initialize() }
            try await bench.provider.begun(.warmUp)
            #expect(await bench.preloader.unload())
            #expect(await starter.value == false)
            #expect(bench.path == [.loading, .warmingUp, .unloading, .uninitialized])
            #expect(bench.rows[2].failure?.reason == .cancelled)
            #expect(bench.provider.inMemory == 0)
        }
    }

    @Test func unloadWaitsForAnInferenceThatCannotBeCancelled() async throws {
        try await withBench { bench in
            let warmUp = Gate()
            bench.provider.script(.warmUp, .waitIgnoringCancellation(warmUp))
            let starter = Task { await bench.preloader.initialize() }
            try await bench.provider.begun(.warmUp)
            let unloader = Task { await bench.preloader.unload() }
            #expect(await starter.value == false)
            #expect(bench.provider.count(.unload) == 0)
            warmUp.open()
            #expect(await unloader.value)
            #expect(bench.provider.calls == [.availability, .load, .warmUp, .unload])
        }
    }

    @Test func unloadWhenUninitializedIsTrueWithoutARow() async throws {
        try await withBench { bench in
            #expect(await bench.preloader.unload())
            #expect(bench.rows.isEmpty)
            #expect(bench.provider.calls.isEmpty)
        }
    }

    @Test func unloadingTwiceJoinsTheUnloadInFlight() async throws {
        try await withBench { bench in
            let unload = Gate()
            bench.provider.script(.unload, .wait(unload))
            #expect(await bench.preloader.initialize())
            let first = Task { await bench.preloader.unload() }
            try await bench.provider.begun(.unload)
            let second = Task { await bench.preloader.unload() }
            await bench.settle()
            unload.open()
            #expect(await first.value)
            #expect(await second.value)
            #expect(bench.provider.count(.unload) == 1)
            #expect(bench.path.suffix(2) == [.unloading, .uninitialized])
        }
    }

    @Test func unloadAfterAFailureMakesTheModelUninitialized() async throws {
        try await withBench { bench in
            bench.provider.script(.load, .fail(ProviderError(description: "no")))
            #expect(await bench.preloader.initialize() == false)
            #expect(await bench.preloader.unload())
            #expect(bench.path == [.loading, .error, .unloading, .uninitialized])
            #expect(bench.rows[2].failure == nil)
        }
    }

    @Test func initializeDuringAnUnloadIsFalseWithAWarningAndNoRow() async throws {
        try await withBench { bench in
            let unload = Gate()
            bench.provider.script(.unload, .wait(unload))
            #expect(await bench.preloader.initialize())
            let unloader = Task { await bench.preloader.unload() }
            try await bench.provider.begun(.unload)
            #expect(await bench.preloader.initialize() == false)
            #expect(await bench.preloader.waitUntilReady() == false)
            #expect(bench.path == [.loading, .warmingUp, .ready, .unloading])
            #expect(bench.warnings == ["initialize refused: the model is being unloaded"])
            unload.open()
            #expect(await unloader.value)
            #expect(bench.provider.count(.load) == 1)
        }
    }

    @Test func whoeverJoinsAnUnloadWaitsNoLongerThanTheySaid() async throws {
        try await withBench { bench in
            let unload = Gate()
            bench.provider.script(.unload, .wait(unload))
            #expect(await bench.preloader.initialize())
            let first = Task { await bench.preloader.unload() }
            try await bench.provider.begun(.unload)
            let second = Task { await bench.preloader.unload(timeout: .seconds(1)) }
            try await bench.clock.advance(toSleeperAt: .seconds(1))
            #expect(await second.value == false)
            #expect(bench.preloader.state == .unloading)
            unload.open()
            #expect(await first.value)
        }
    }

    @Test func anUnloadThatHangsEndsInErrorByItsDeadline() async throws {
        try await withBench { bench in
            let unload = Gate()
            bench.provider.script(.unload, .waitIgnoringCancellation(unload))
            #expect(await bench.preloader.initialize())
            let unloader = Task { await bench.preloader.unload(timeout: .seconds(10)) }
            try await bench.provider.begun(.unload)
            try await bench.clock.advance(toSleeperAt: .seconds(10))
            #expect(await unloader.value == false)
            #expect(bench.rows.last?.to == .error)
            #expect(bench.rows.last?.failure?.reason == .unloadTimeout)
            #expect(bench.rows.last?.elapsed == .seconds(10))

            // The model may still be in memory: a new load has to wait for the hanging unload.
            let next = Task { await bench.preloader.initialize() }
            try await bench.seen(6)
            await bench.settle()
            #expect(bench.provider.count(.load) == 1)
            unload.open()
            #expect(await next.value)
            #expect(bench.provider.calls.suffix(4) == [.unload, .availability, .load, .warmUp])
        }
    }

    @Test func anUnloadThatThrowsKeepsTheErrorAndCanBeAskedForAgain() async throws {
        try await withBench { bench in
            bench.provider.script(.unload, .fail(ProviderError(description: "device is busy")))
            #expect(await bench.preloader.initialize())
            #expect(await bench.preloader.unload() == false)
            #expect(bench.rows.last?.to == .error)
            #expect(bench.rows.last?.trigger == .unloadFailed)
            #expect(bench.rows.last?.failure == Failure(.unloadFailed, "device is busy"))
            #expect(bench.preloader.health.summary == "Backend not ready (UnloadFailed: device is busy)")
            #expect(bench.provider.inMemory == 1)

            #expect(await bench.preloader.unload())
            #expect(bench.preloader.state == .uninitialized)
            #expect(bench.provider.inMemory == 0)
        }
    }

    @Test func aModelThatWasNotReleasedIsReleasedBeforeTheNextLoad() async throws {
        try await withBench { bench in
            bench.provider.script(.unload, .fail(ProviderError(description: "device is busy")))
            #expect(await bench.preloader.initialize())
            #expect(await bench.preloader.unload() == false)
            #expect(await bench.preloader.initialize())
            #expect(bench.provider.calls.suffix(5) == [.unload, .unload, .availability, .load, .warmUp])
        }
    }

    @Test func anUnloadOutlivesItsCaller() async throws {
        try await withBench { bench in
            let unload = Gate()
            bench.provider.script(.unload, .wait(unload))
            #expect(await bench.preloader.initialize())
            let unloader = Task { await bench.preloader.unload() }
            try await bench.provider.begun(.unload)
            unloader.cancel()
            #expect(await unloader.value == false)
            unload.open()
            try await bench.recorder.stored(5)
            #expect(bench.path.last == .uninitialized)
        }
    }
}
