import LifecycleEngine
import ModelLifecycle
import ModelLifecycleTesting
import TestSupport
import Testing

@Suite("Retries", .noDeadlock, .turn(of: "LifecycleEngineTests"))
struct RetryTests {
    private static let failure = ProviderError(description: "no")

    @Test func delaysDoubleUntilTheBudgetIsSpent() async throws {
        try await withBench(prepare: {
            $0.retry = RetryPolicy(maximumRetries: 4, backoff: .seconds(10), maximumDelay: .seconds(60))
        }) { bench in
            for _ in 0..<5 { bench.provider.script(.load, .fail(Self.failure)) }
            let correlationID = try #require(CorrelationID(rawValue: "deploy-42"))
            let starter = Task {
                await bench.preloader.initialize(timeout: .seconds(1000), correlationID: correlationID)
            }
            for instant in [10, 30, 70, 130] { try await bench.clock.advance(toSleeperAt: .seconds(instant)) }
            #expect(await starter.value == false)

            #expect(bench.path == (0..<5).flatMap { _ in [ModelState.loading, .error] })
            let starts = bench.rows.filter { $0.to == .loading }
            #expect(starts.map(\.trigger) == [.initialize, .retry, .retry, .retry, .retry])
            #expect(starts.map(\.run.attempt) == [1, 2, 3, 4, 5])
            #expect(starts.map(\.elapsed) == [nil, .seconds(10), .seconds(20), .seconds(40), .seconds(60)])
            #expect(Set(starts.map(\.run.runID)).count == 5)
            #expect(bench.rows.allSatisfy { $0.run.correlationID == correlationID })
        }
    }

    @Test func callersWaitThroughTheRetries() async throws {
        try await withBench(prepare: { $0.retry.maximumRetries = 2 }) { bench in
            bench.provider.script(.load, .fail(Self.failure))
            bench.provider.script(.load, .fail(Self.failure))
            let starter = Task { await bench.preloader.initialize() }
            try await bench.clock.sleeper(at: .seconds(10))
            let joiner = Task { await bench.preloader.waitUntilReady(timeout: .seconds(200)) }
            try await bench.clock.advance(toSleeperAt: .seconds(10))
            try await bench.clock.advance(toSleeperAt: .seconds(30))
            #expect(await starter.value)
            #expect(await joiner.value)
            #expect(bench.path == [.loading, .error, .loading, .error, .loading, .warmingUp, .ready])
        }
    }

    @Test func aCallersOwnTimeoutIsHonouredDuringTheBackoff() async throws {
        try await withBench(prepare: { $0.retry.maximumRetries = 1 }) { bench in
            bench.provider.script(.load, .fail(Self.failure))
            let starter = Task { await bench.preloader.initialize(timeout: .seconds(4)) }
            try await bench.clock.sleeper(at: .seconds(10))
            let joiner = Task { await bench.preloader.waitUntilReady(timeout: .seconds(200)) }
            await bench.settle()
            try await bench.clock.advance(toSleeperAt: .seconds(4))
            #expect(await starter.value == false)
            // The request goes on without the one who made it.
            try await bench.clock.advance(toSleeperAt: .seconds(10))
            #expect(await joiner.value)
        }
    }

    @Test func theStarterWhoseDeadlineEndedTheFirstAttemptDoesNotWaitForTheSecond() async throws {
        try await withBench(prepare: { $0.retry.maximumRetries = 1 }) { bench in
            bench.provider.script(.load, .wait(Gate()))
            let starter = try await bench.startLoading(timeout: .seconds(5))
            let joiner = Task { await bench.preloader.waitUntilReady(timeout: .seconds(200)) }
            await bench.settle()
            try await bench.clock.advance(toSleeperAt: .seconds(5))
            #expect(await starter.value == false)
            #expect(bench.rows[1].failure?.reason == .startupTimeout)
            try await bench.clock.advance(toSleeperAt: .seconds(15))
            #expect(await joiner.value)
            #expect(bench.rows[2].run.attempt == 2)
        }
    }

    @Test func aStarterLeavesInTheMiddleOfALaterAttempt() async throws {
        try await withBench(prepare: { $0.retry.maximumRetries = 1 }) { bench in
            let second = Gate()
            bench.provider.script(.load, .fail(Self.failure))
            bench.provider.script(.load, .wait(second))
            let starter = Task { await bench.preloader.initialize(timeout: .seconds(15)) }
            try await bench.clock.advance(toSleeperAt: .seconds(10))
            try await bench.provider.begun(.load, times: 2)
            try await bench.clock.advance(toSleeperAt: .seconds(15))
            #expect(await starter.value == false)
            #expect(bench.path == [.loading, .error, .loading])
            second.open()
            #expect(await bench.preloader.waitUntilReady())
        }
    }

    @Test func initializeDuringTheBackoffStartsANewRequestForEverybody() async throws {
        try await withBench(prepare: { $0.retry.maximumRetries = 1 }) { bench in
            bench.provider.script(.load, .fail(Self.failure))
            let first = Task { await bench.preloader.initialize() }
            try await bench.clock.sleeper(at: .seconds(10))
            #expect(await bench.preloader.initialize())
            #expect(await first.value)
            #expect(bench.rows[2].trigger == .initialize)
            #expect(bench.rows[2].run.correlationID != bench.rows[0].run.correlationID)
            // The retry that was planned must not come any more.
            bench.clock.advance(by: .seconds(60))
            await bench.settle()
            #expect(bench.path == [.loading, .error, .loading, .warmingUp, .ready])
        }
    }

    @Test func unloadDuringTheBackoffEndsTheRequest() async throws {
        try await withBench(prepare: { $0.retry.maximumRetries = 1 }) { bench in
            bench.provider.script(.load, .fail(Self.failure))
            let starter = Task { await bench.preloader.initialize() }
            try await bench.clock.sleeper(at: .seconds(10))
            #expect(await bench.preloader.unload())
            #expect(await starter.value == false)
            bench.clock.advance(by: .seconds(60))
            await bench.settle()
            #expect(bench.path == [.loading, .error, .unloading, .uninitialized])
        }
    }

    @Test func aProviderThatIsNotAvailableIsNotTriedAgain() async throws {
        try await withBench(prepare: { $0.retry.maximumRetries = 3 }) { bench in
            bench.provider.setAvailability(.unavailable(reason: "no library"))
            #expect(await bench.preloader.initialize() == false)
            #expect(bench.path == [.loading, .error])
        }
    }

    @Test func aRetryWaitsUntilTheAbandonedLoadHasReturned() async throws {
        try await withBench(prepare: { $0.retry.maximumRetries = 1 }) { bench in
            let load = Gate()
            bench.provider.script(.load, .waitIgnoringCancellation(load))
            let starter = try await bench.startLoading(timeout: .seconds(5))
            try await bench.clock.advance(toSleeperAt: .seconds(5))
            #expect(await starter.value == false)
            try await bench.clock.advance(toSleeperAt: .seconds(15))
            try await bench.seen(3)
            await bench.settle()
            #expect(bench.provider.count(.load) == 1)
            load.open()
            #expect(await bench.preloader.waitUntilReady())
            #expect(bench.provider.mostInMemory == 1)
        }
    }

    @Test func aModelThatDiesInReadyComesBack() async throws {
        try await withBench(prepare: { $0.retry.maximumRetries = 1 }) { bench in
            #expect(await bench.preloader.initialize())
            try #require(bench.provider.contexts.first).reportFailure(Failure(.processExited, "exited"))
            try await bench.clock.advance(toSleeperAt: .seconds(10))
            #expect(await bench.preloader.waitUntilReady())
            #expect(bench.path == [.loading, .warmingUp, .ready, .error, .loading, .warmingUp, .ready])
            #expect(bench.rows[4].trigger == .retry)
            #expect(bench.rows[4].run.correlationID == bench.rows[0].run.correlationID)
            #expect(bench.rows[4].run.attempt == 2)
        }
    }
}
