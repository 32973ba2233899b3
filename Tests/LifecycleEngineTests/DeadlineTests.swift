import LifecycleEngine
import ModelLifecycle
import ModelLifecycleTesting
import TestSupport
import Testing

@Suite("The deadline of a run, and loads that stall", .noDeadlock, .turn(of: "LifecycleEngineTests"))
struct DeadlineTests {
    @Test func theStartersTimeoutEndsTheRunAndEveryJoinerHearsAtOnce() async throws {
        try await withBench { bench in
            bench.provider.script(.load, .wait(Gate()))
            let starter = try await bench.startLoading(timeout: .seconds(5))
            // These would wait far longer; their own timers cannot be what tells them.
            let joiners = (0..<20).map { _ in Task { await bench.preloader.waitUntilReady(timeout: .seconds(1000)) } }
            await bench.settle()
            try await bench.clock.advance(toSleeperAt: .seconds(5))
            #expect(await starter.value == false)
            for joiner in joiners { #expect(await joiner.value == false) }
            #expect(bench.path == [.loading, .error])
            #expect(bench.rows[1].trigger == .deadline)
            #expect(bench.rows[1].failure?.reason == .startupTimeout)
            #expect(bench.rows[1].elapsed == .seconds(5))
            #expect(bench.preloader.health.summary.hasPrefix("Backend not ready (StartupTimeout: "))
        }
    }

    @Test(arguments: 1...10)
    func theStarterHearsOnlyAfterTheRow(time: Int) async throws {
        try await withBench { bench in
            bench.provider.script(.load, .wait(Gate()))
            let answered = Watched(false)
            let starter = Task {
                let answer = await bench.preloader.initialize(timeout: .seconds(5))
                answered.update { $0 = true }
                return answer
            }
            try await bench.provider.begun(.load)
            // The run's deadline and the starter's own timeout come at the same instant.
            try await bench.clock.sleepers(2)
            let append = bench.recorder.block()
            bench.clock.advance(by: .seconds(5))
            try await bench.recorder.tried(2)
            for _ in 0..<200 { await Task.yield() }
            #expect(!answered.value)
            append.open()
            #expect(await starter.value == false)
            #expect(bench.path == [.loading, .error])
        }
    }

    @Test func theDeadlineCoversTheWarmupToo() async throws {
        try await withBench { bench in
            bench.provider.script(.warmUp, .wait(Gate()))
            let starter = Task { await bench.preloader.initialize(timeout: .seconds(5)) }
            try await bench.provider.begun(.warmUp)
            try await bench.clock.advance(toSleeperAt: .seconds(5))
            #expect(await starter.value == false)
            #expect(bench.path == [.loading, .warmingUp, .error])
            #expect(bench.rows[2].failure?.reason == .startupTimeout)
            try await bench.provider.returned(.unload)
            #expect(bench.provider.inMemory == 0)
        }
    }

    @Test func aReadyModelHasNoDeadline() async throws {
        try await withBench { bench in
            bench.preloader.begin()
            #expect(await bench.preloader.waitUntilReady())
            try await bench.clock.noSleeper(at: .seconds(300))
            bench.clock.advance(by: .seconds(3600))
            await bench.settle()
            #expect(bench.preloader.state == .ready)
        }
    }

    @Test func aLoadThatCannotBeCancelledIsAbandonedAndItsResultReleased() async throws {
        try await withBench { bench in
            let load = Gate()
            bench.provider.script(.load, .waitIgnoringCancellation(load))
            let starter = try await bench.startLoading(timeout: .seconds(5))
            try await bench.clock.advance(toSleeperAt: .seconds(5))
            #expect(await starter.value == false)
            load.open()
            try await bench.provider.returned(.unload)
            await bench.settle()
            #expect(bench.path == [.loading, .error])
            #expect(bench.provider.calls == [.availability, .load, .unload])
            #expect(bench.provider.inMemory == 0)
            #expect(bench.preloader.health.modelLoaded == false)
        }
    }

    @Test func aNewLoadWaitsUntilTheAbandonedOneHasReturned() async throws {
        try await withBench { bench in
            let load = Gate()
            bench.provider.script(.load, .waitIgnoringCancellation(load))
            let first = try await bench.startLoading(timeout: .seconds(5))
            try await bench.clock.advance(toSleeperAt: .seconds(5))
            #expect(await first.value == false)

            let second = Task { await bench.preloader.initialize(timeout: .seconds(60)) }
            try await bench.seen(3)
            await bench.settle()
            #expect(bench.path == [.loading, .error, .loading])
            #expect(bench.provider.calls == [.availability, .load])
            load.open()
            #expect(await second.value)
            #expect(bench.provider.calls == [.availability, .load, .unload, .availability, .load, .warmUp])
            #expect(bench.provider.mostInMemory == 1)
            #expect(bench.provider.inMemory == 1)
        }
    }

    @Test func aNewLoadThatWaitsInVainEndsByItsOwnDeadline() async throws {
        try await withBench { bench in
            let load = Gate()
            bench.provider.script(.load, .waitIgnoringCancellation(load))
            let first = try await bench.startLoading(timeout: .seconds(5))
            try await bench.clock.advance(toSleeperAt: .seconds(5))
            #expect(await first.value == false)
            let second = Task { await bench.preloader.initialize(timeout: .seconds(7)) }
            try await bench.clock.advance(toSleeperAt: .seconds(12))
            #expect(await second.value == false)
            #expect(bench.path == [.loading, .error, .loading, .error])
            #expect(bench.provider.count(.load) == 1)
            load.open()
            try await bench.provider.returned(.unload)
            #expect(bench.provider.inMemory == 0)
        }
    }

    // MARK: - Stalls

    @Test func aLoadWithoutProgressStalls() async throws {
        try await withBench(prepare: { $0.loadStallTimeout = .seconds(5) }) { bench in
            bench.provider.script(.load, .wait(Gate()))
            let starter = try await bench.startLoading()
            try await bench.clock.advance(toSleeperAt: .seconds(5))
            #expect(await starter.value == false)
            #expect(bench.rows.last?.trigger == .stalled)
            #expect(bench.rows.last?.failure?.reason == .stalled)
        }
    }

    @Test func progressPutsTheStallOff() async throws {
        try await withBench(prepare: { $0.loadStallTimeout = .seconds(5) }) { bench in
            bench.provider.script(.load, .wait(Gate()))
            let starter = try await bench.startLoading()
            let context = try #require(bench.provider.contexts.first)
            for second in 1...4 {
                bench.clock.advance(by: .seconds(4))
                context.reportProgress()
                try await bench.clock.sleeper(at: .seconds(second * 4 + 5))
            }
            #expect(bench.path == [.loading])
            try await bench.clock.advance(toSleeperAt: .seconds(21))
            #expect(await starter.value == false)
            #expect(bench.rows.last?.elapsed == .seconds(21))
            #expect(bench.rows.last?.failure?.reason == .stalled)
        }
    }

    @Test func aWarmupDoesNotStall() async throws {
        try await withBench(prepare: { $0.loadStallTimeout = .seconds(5) }) { bench in
            let warmUp = Gate()
            bench.provider.script(.warmUp, .wait(warmUp))
            let starter = try await bench.startLoading()
            try await bench.provider.begun(.warmUp)
            bench.clock.advance(by: .seconds(6))
            await bench.settle()
            warmUp.open()
            #expect(await starter.value)
        }
    }
}
