import LifecycleEngine
import ModelLifecycle
import ModelLifecycleTesting
import TestSupport
import Testing

@Suite("Callers who join a run", .noDeadlock, .turn(of: "LifecycleEngineTests"))
struct JoiningTests {
    @Test func tenThousandCallersShareOneLoad() async throws {
        try await withBench { bench in
            let load = Gate()
            bench.provider.script(.load, .wait(load))
            let starter = try await bench.startLoading()
            let answers = await withTaskGroup(of: Bool.self) { group in
                for caller in 0..<10_000 {
                    group.addTask { await bench.preloader.initialize() }
                    // The load ends among them, so that late callers find the model READY.
                    if caller == 9_000 { load.open() }
                }
                return await group.reduce(into: [true: 0, false: 0]) { $0[$1, default: 0] += 1 }
            }
            #expect(answers == [true: 10_000, false: 0])
            #expect(await starter.value)
            #expect(bench.provider.count(.load) == 1)
            #expect(bench.path == [.loading, .warmingUp, .ready])
        }
    }

    @Test func callersWhoComeTogetherStartOneRun() async throws {
        try await withBench { bench in
            let answers = await withTaskGroup(of: Bool.self) { group in
                for _ in 0..<100 { group.addTask { await bench.preloader.initialize() } }
                return await group.reduce(into: []) { $0.append($1) }
            }
            #expect(answers == Array(repeating: true, count: 100))
            #expect(bench.provider.count(.load) == 1)
            #expect(bench.path == [.loading, .warmingUp, .ready])
        }
    }

    @Test func aJoinersTimeoutDetachesItAlone() async throws {
        try await withBench { bench in
            let load = Gate()
            bench.provider.script(.load, .wait(load))
            let starter = try await bench.startLoading(timeout: .seconds(60))
            let patient = try await bench.join(timeout: .seconds(50))
            let hasty = try await bench.join(timeout: .seconds(5))
            bench.clock.advance(by: .seconds(5))
            #expect(await hasty.value == false)
            #expect(bench.preloader.state == .loading)
            load.open()
            #expect(await starter.value)
            #expect(await patient.value)
            #expect(bench.path == [.loading, .warmingUp, .ready])
        }
    }

    @Test func timeoutsAreHonouredOneAfterAnother() async throws {
        try await withBench { bench in
            bench.provider.script(.load, .wait(Gate()))
            let starter = try await bench.startLoading(timeout: .seconds(60))
            let third = try await bench.join(timeout: .seconds(30))
            let second = try await bench.join(timeout: .seconds(20))
            let first = try await bench.join(timeout: .seconds(10))
            for (joiner, instant) in [(first, Duration.seconds(10)), (second, .seconds(20)), (third, .seconds(30))] {
                try await bench.clock.advance(toSleeperAt: instant)
                #expect(await joiner.value == false)
            }
            #expect(bench.path == [.loading])
            try await bench.clock.advance(toSleeperAt: .seconds(60))
            #expect(await starter.value == false)
        }
    }

    @Test func aJoinersCancellationDetachesItAlone() async throws {
        try await withBench { bench in
            let load = Gate()
            bench.provider.script(.load, .wait(load))
            let starter = try await bench.startLoading(timeout: .seconds(60))
            let patient = try await bench.join(timeout: .seconds(50))
            let leaving = try await bench.join(timeout: .seconds(5))
            leaving.cancel()
            #expect(await leaving.value == false)
            await bench.settle()
            #expect(bench.path == [.loading])
            load.open()
            #expect(await starter.value)
            #expect(await patient.value)
        }
    }

    @Test func theStartersCancellationDetachesItAlone() async throws {
        try await withBench { bench in
            let load = Gate()
            bench.provider.script(.load, .wait(load))
            let starter = try await bench.startLoading(timeout: .seconds(60))
            let patient = try await bench.join(timeout: .seconds(50))
            starter.cancel()
            #expect(await starter.value == false)
            await bench.settle()
            #expect(bench.path == [.loading])
            load.open()
            #expect(await patient.value)
            #expect(bench.path == [.loading, .warmingUp, .ready])
        }
    }

    @Test func aCancelledCallerStartsNothing() async throws {
        try await withBench { bench in
            let caller = Task {
                withUnsafeCurrentTask { $0?.cancel() }
                return await bench.preloader.initialize()
            }
            #expect(await caller.value == false)
            await bench.settle()
            #expect(bench.rows.isEmpty)
            #expect(bench.provider.calls.isEmpty)
        }
    }

    @Test func aCallerCancelledBeforeItWasHandledStartsNothing() async throws {
        try await withBench { bench in
            // The driver is held at the row that ends the first run, while the second caller comes and goes.
            let load = Gate()
            bench.provider.script(.load, .wait(load), .fail(ProviderError(description: "no")))
            let first = try await bench.startLoading()
            let append = bench.recorder.block()
            load.open()
            try await bench.recorder.tried(2)
            let second = Task { await bench.preloader.initialize() }
            second.cancel()
            #expect(await second.value == false)
            append.open()
            #expect(await first.value == false)
            await bench.settle()
            #expect(bench.path == [.loading, .error])
        }
    }

    @Test func waitUntilReadyStartsNothingAndHearsOfAnotherCallersRun() async throws {
        try await withBench { bench in
            let waiting = Task { await bench.preloader.waitUntilReady(timeout: .seconds(60)) }
            try await bench.clock.sleeper(at: .seconds(60))
            #expect(bench.rows.isEmpty)
            #expect(await bench.preloader.initialize())
            #expect(await waiting.value)
        }
    }

    @Test func waitUntilReadyEndsWithItsOwnTimeout() async throws {
        try await withBench { bench in
            let waiting = Task { await bench.preloader.waitUntilReady() }
            try await bench.clock.advance(toSleeperAt: .seconds(60))
            #expect(await waiting.value == false)
            #expect(bench.rows.isEmpty)
        }
    }

    @Test func waitUntilReadyIsFalseAtOnceAfterAFailure() async throws {
        try await withBench { bench in
            bench.provider.script(.load, .fail(ProviderError(description: "no")))
            #expect(await bench.preloader.initialize() == false)
            // The clock stands still, so no timeout can answer.
            #expect(await bench.preloader.waitUntilReady() == false)
        }
    }
}
