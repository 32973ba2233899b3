import ModelLifecycle
import ModelLifecycleTesting
import TestSupport
import Testing

@testable import LifecycleEngine

@Suite("Nothing is visible before it is durable", .noDeadlock, .turn(of: "LifecycleEngineTests"))
struct DurabilityTests {
    @Test func whileTheFirstRowIsWrittenNothingHasHappenedYet() async throws {
        try await withBench { bench in
            let append = bench.recorder.block()
            let starter = Task { await bench.preloader.initialize() }
            try await bench.recorder.tried(1)
            await giveOthersAChance()
            #expect(bench.preloader.state == .uninitialized)
            #expect(bench.preloader.statistics.runs == 0)
            #expect(bench.seen.value.isEmpty)
            #expect(bench.provider.calls.isEmpty)
            #expect(bench.log.isEmpty)
            append.open()
            #expect(await starter.value)
        }
    }

    @Test func whileTheReadyRowIsWrittenNobodyHearsOfIt() async throws {
        try await withBench { bench in
            let warmUp = Gate()
            bench.provider.script(.warmUp, .wait(warmUp))
            let answered = Watched(false)
            let starter = Task {
                let answer = await bench.preloader.initialize()
                answered.update { $0 = true }
                return answer
            }
            try await bench.provider.begun(.warmUp)
            try await bench.seen(2)
            let append = bench.recorder.block()
            warmUp.open()
            try await bench.recorder.tried(3)
            await giveOthersAChance()
            #expect(!answered.value)
            #expect(bench.preloader.state == .warmingUp)
            #expect(!bench.preloader.health.ready)
            #expect(bench.seen.value.count == 2)
            await #expect(throws: ModelNotReady(state: .warmingUp)) {
                try await bench.preloader.transcribe(anyAudio)
            }
            append.open()
            #expect(await starter.value)
            #expect(bench.preloader.state == .ready)
        }
    }

    @Test func whoeverHearsFindsTheRowInTheJournal() async throws {
        try await withBench { bench in
            let told = Task {
                var rowsWhenTold: [Int] = []
                for await _ in bench.preloader.transitions { rowsWhenTold.append(bench.rows.count) }
                return rowsWhenTold
            }
            #expect(await bench.preloader.initialize())
            #expect(bench.rows.count == 3)
            #expect(await bench.preloader.unload())
            #expect(bench.rows.count == 5)
            await bench.preloader.close()
            for (index, rows) in await told.value.enumerated() { #expect(rows > index) }
        }
    }

    @Test func anUnloadIsAnsweredOnlyAfterItsRow() async throws {
        try await withBench { bench in
            let unload = Gate()
            bench.provider.script(.unload, .wait(unload))
            #expect(await bench.preloader.initialize())
            let answered = Watched(false)
            let unloader = Task {
                let answer = await bench.preloader.unload()
                answered.update { $0 = true }
                return answer
            }
            try await bench.provider.begun(.unload)
            let append = bench.recorder.block()
            unload.open()
            try await bench.recorder.tried(5)
            await giveOthersAChance()
            #expect(!answered.value)
            #expect(bench.preloader.state == .unloading)
            append.open()
            #expect(await unloader.value)
        }
    }

    @Test func callersLeaveInTimeWhileADiskDoesNotAnswer() async throws {
        try await withBench { bench in
            let load = Gate()
            bench.provider.script(.load, .wait(load))
            let starter = try await bench.startLoading(timeout: .seconds(5))
            let append = bench.recorder.block()
            load.open()
            try await bench.recorder.tried(2)
            let joiner = Task { await bench.preloader.initialize(timeout: .seconds(2)) }
            try await bench.clock.sleeper(at: .seconds(2))
            bench.clock.advance(by: .seconds(2))
            #expect(await joiner.value == false)
            // The run's deadline was to answer its starter, and cannot.
            try await bench.clock.advance(toSleeperAt: .seconds(5))
            try await bench.clock.advance(toSleeperAt: .seconds(5) + WaiterTable.grace)
            #expect(await starter.value == false)
            #expect(bench.preloader.state == .loading)
            append.open()
            try await bench.seen(2)
        }
    }

    /// Lets every task run that could run now, so that one which must not run would be caught.
    private func giveOthersAChance() async {
        for _ in 0..<200 { await Task.yield() }
    }
}
