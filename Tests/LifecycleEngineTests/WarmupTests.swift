import LifecycleEngine
import ModelLifecycle
import ModelLifecycleTesting
import TestSupport
import Testing

@Suite("Warm-up", .noDeadlock, .turn(of: "LifecycleEngineTests"))
struct WarmupTests {
    @Test func aSingleWarmupIsOneInferenceOfTwoSecondsOfSilence() async throws {
        try await withBench { bench in
            #expect(await bench.preloader.initialize())
            #expect(bench.provider.count(.warmUp) == 1)
            let audio = try #require(bench.provider.audio.first)
            #expect(audio.sampleRate == 16_000)
            #expect(audio.samples.count == 32_000)
            #expect(audio.samples.allSatisfy { $0 == 0 })
        }
    }

    @Test func aFullWarmupMeasuresEachInference() async throws {
        try await withBench(prepare: { $0.warmup.level = .full }) { bench in
            let gates = (0..<5).map { _ in Gate() }
            for gate in gates { bench.provider.script(.warmUp, .wait(gate)) }
            let starter = Task { await bench.preloader.initialize() }
            for (index, gate) in gates.enumerated() {
                try await bench.provider.begun(.warmUp, times: index + 1)
                bench.clock.advance(by: .milliseconds(100 * (index + 1)))
                gate.open()
            }
            #expect(await starter.value)
            let measured = bench.rows[2].warmups
            #expect(measured.map(\.elapsed) == (1...5).map { .milliseconds(100 * $0) })
            #expect(measured.allSatisfy { $0.error == nil })
            #expect(bench.preloader.health.warmupTime == .milliseconds(1500))
        }
    }

    @Test func withoutWarmupALoadedModelIsReady() async throws {
        try await withBench(prepare: { $0.warmup.level = .none }) { bench in
            #expect(await bench.preloader.initialize())
            #expect(bench.path == [.loading, .ready])
            #expect(bench.provider.count(.warmUp) == 0)
            let health = bench.preloader.health
            #expect(health.ready && health.modelLoaded && !health.warmupComplete)
        }
    }

    @Test func aFailedWarmupKeepsTheErrorAndTheMeasurements() async throws {
        try await withBench(prepare: { $0.warmup.level = .full }) { bench in
            let second = Gate()
            bench.provider.script(.warmUp)
            bench.provider.script(.warmUp, .wait(second), .fail(ProviderError(description: "shape mismatch")))
            let starter = Task { await bench.preloader.initialize() }
            try await bench.provider.begun(.warmUp, times: 2)
            bench.clock.advance(by: .milliseconds(30))
            second.open()
            #expect(await starter.value == false)
            #expect(bench.path == [.loading, .warmingUp, .error])
            let row = bench.rows[2]
            #expect(row.trigger == .warmupFailed)
            #expect(row.failure == Failure(.warmupFailed, "shape mismatch"))
            #expect(
                row.warmups == [
                    WarmupMeasurement(elapsed: .zero),
                    WarmupMeasurement(elapsed: .milliseconds(30), error: "shape mismatch"),
                ])
            #expect(bench.provider.count(.warmUp) == 2)
            try await bench.provider.returned(.unload)
            #expect(bench.provider.inMemory == 0)
        }
    }

    @Test func underThePolicyWarnAFailedWarmupIsReadyWithTheReason() async throws {
        try await withBench(prepare: { $0.warmup.policy = .warn }) { bench in
            bench.provider.script(.warmUp, .fail(ProviderError(description: "shape mismatch")))
            #expect(await bench.preloader.initialize())
            #expect(bench.path == [.loading, .warmingUp, .ready])
            #expect(bench.rows[2].failure == Failure(.warmupFailed, "shape mismatch"))
            #expect(bench.provider.count(.unload) == 0)
            await bench.settle()
            #expect(bench.warnings == ["READY without a complete warm-up: shape mismatch"])
            let health = bench.preloader.health
            #expect(health.ready && !health.warmupComplete)
            #expect(health.lastError?.reason == .warmupFailed)
        }
    }

    @Test func aWarmupThatTakesTooLongFails() async throws {
        try await withBench(prepare: { $0.warmup.timeout = .seconds(3) }) { bench in
            bench.provider.script(.warmUp, .wait(Gate()))
            let starter = Task { await bench.preloader.initialize() }
            try await bench.provider.begun(.warmUp)
            try await bench.clock.advance(toSleeperAt: .seconds(3))
            #expect(await starter.value == false)
            #expect(bench.rows[2].to == .error)
            #expect(bench.rows[2].failure?.reason == .warmupFailed)
            #expect(bench.rows[2].elapsed == .seconds(3))
            try await bench.provider.returned(.unload)
            #expect(bench.provider.inMemory == 0)
        }
    }

    @Test func underThePolicyWarnAWarmupThatTakesTooLongIsReadyOnceItIsOut() async throws {
        try await withBench(prepare: {
            $0.warmup.timeout = .seconds(3)
            $0.warmup.policy = .warn
        }) { bench in
            let inference = Gate()
            bench.provider.script(.warmUp, .waitIgnoringCancellation(inference))
            let starter = Task { await bench.preloader.initialize() }
            try await bench.provider.begun(.warmUp)
            try await bench.clock.advance(toSleeperAt: .seconds(3))
            await bench.settle()
            #expect(bench.path == [.loading, .warmingUp])
            inference.open()
            #expect(await starter.value)
            #expect(bench.rows[2].failure?.reason == .warmupFailed)
        }
    }
}
