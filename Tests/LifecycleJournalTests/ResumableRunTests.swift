import TestSupport
import Testing

@testable import JournalCare
@testable import JournalReports
@testable import LifecycleJournal
@testable import ModelLifecycle

/// What a new engine is told to carry on.
@Suite(.turn(of: "LifecycleJournalTests")) struct ResumableRunTests {
    @Test(arguments: [ModelState.loading, .warmingUp, .ready])
    func anInterruptedRunIsResumable(state: ModelState) async throws {
        let sandbox = try Sandbox()
        let configuration = ConfigurationJSONTests.full
        let dead = try sandbox.engine()
        var driver = try await dead.claimDriver(configuration)
        try await driver.reach(state, attempt: 3)
        dead.die()
        let runs = try await sandbox.engine().resumableRuns()
        let interruptions = state == .ready ? 0 : 1
        #expect(
            runs == [ResumableRun(run: driver.run, configuration: configuration, interruptionsInARow: interruptions)])
        #expect(runs.first?.isCrashLoop == false)
    }

    @Test func nobodyWantsAModelBackThatWasBeingUnloaded() async throws {
        let sandbox = try Sandbox()
        let dead = try sandbox.engine()
        for (name, state) in [("unloading", ModelState.unloading), ("unloaded", .uninitialized)] {
            var driver = try await dead.claimDriver(name)
            try await driver.reach(state)
        }
        dead.die()
        #expect(try await sandbox.engine().resumableRuns().isEmpty)
    }

    @Test func whatSomebodyElseHasTakenIsNotResumed() async throws {
        let sandbox = try Sandbox()
        let dead = try sandbox.engine()
        var driver = try await dead.claimDriver()
        try await driver.reach(.ready)
        dead.die()
        let second = try sandbox.engine()
        let third = try sandbox.engine()
        _ = try await second.claimDriver()
        #expect(try await third.resumableRuns().isEmpty)
        #expect(try await second.resumableRuns().isEmpty)
    }

    @Test func aRunThatWasUnloadedAfterwardsIsNotResumed() async throws {
        let sandbox = try Sandbox()
        let dead = try sandbox.engine()
        var driver = try await dead.claimDriver()
        try await driver.reach(.ready)
        dead.die()
        let second = try sandbox.engine()
        var heir = try await second.claimDriver()
        try await heir.move(.unload, .unloading)
        try await heir.move(.unloaded, .uninitialized)
        try second.close()
        #expect(try await sandbox.engine().resumableRuns().isEmpty)
    }

    @Test func theOldestComesFirst() async throws {
        let sandbox = try Sandbox()
        let dead = try sandbox.engine()
        for name in ["c", "a", "b"] {
            var driver = try await dead.claimDriver(name)
            try await driver.reach(.loading)
        }
        dead.die()
        #expect(try await sandbox.engine().resumableRuns().map(\.configuration.model) == ["c", "a", "b"])
    }

    /// The engine died between a failed attempt and the next. The number of the attempt says nothing: it
    /// grows with each resume too, and the budget begins anew with each.
    @Test(arguments: [1, 2, 3, 30])
    func aRunThatWaitedForARetryIsResumable(attempt: Int) async throws {
        let sandbox = try Sandbox()
        let dead = try sandbox.engine()
        var driver = try await dead.claimDriver(
            RunConfiguration(model: "en-us", provider: "scripted", retry: RetryPolicy(maximumRetries: 2)))
        try await driver.start(attempt: attempt)
        try await driver.fail(retryAt: .now + .seconds(10))
        dead.die()
        let runs = try await sandbox.engine().resumableRuns()
        #expect(runs.map(\.run) == [driver.run])
        #expect(runs.allSatisfy { $0.interruptionsInARow == 0 })
    }

    /// Whoever takes the model over, and dies before it has begun anything, leaves the plan as it was.
    @Test func aPlannedRetryOutlivesAnHeirThatDidNothing() async throws {
        let sandbox = try Sandbox()
        let dead = try sandbox.engine()
        var driver = try await dead.claimDriver()
        try await driver.start()
        try await driver.fail(retryAt: .now + .seconds(10))
        dead.die()
        let heir = try sandbox.engine()
        _ = try await heir.claimDriver()
        heir.die()
        #expect(try await sandbox.engine().resumableRuns().map(\.run) == [driver.run])
    }

    @Test func aFailureAfterWhichNoRetryWasPlannedIsNotResumed() async throws {
        let sandbox = try Sandbox()
        let dead = try sandbox.engine()
        var driver = try await dead.claimDriver(
            RunConfiguration(model: "en-us", provider: "scripted", retry: RetryPolicy(maximumRetries: 2)))
        try await driver.start()
        try await driver.fail()
        dead.die()
        #expect(try await sandbox.engine().resumableRuns().isEmpty)
    }

    @Test func aFailedModelOfAnEngineThatClosedIsNotResumed() async throws {
        let sandbox = try Sandbox()
        let first = try sandbox.engine()
        var driver = try await first.claimDriver(
            RunConfiguration(model: "en-us", provider: "scripted", retry: RetryPolicy(maximumRetries: 2)))
        try await driver.start()
        try await driver.fail(retryAt: .now + .seconds(10))
        try first.close()
        #expect(try await sandbox.engine().resumableRuns().isEmpty)
    }

    @Test func aFailedModelOfALivingEngineIsItsOwnAffair() async throws {
        let sandbox = try Sandbox()
        let alive = try sandbox.engine()
        var driver = try await alive.claimDriver(
            RunConfiguration(model: "en-us", provider: "scripted", retry: RetryPolicy(maximumRetries: 2)))
        try await driver.start()
        try await driver.fail(retryAt: .now + .seconds(10))
        #expect(try await sandbox.engine().resumableRuns().isEmpty)
    }

    /// Engines that die while loading, one after the other.
    private func interrupt(_ sandbox: Sandbox, _ state: ModelState, retries: Int = 0) async throws {
        let engine = try sandbox.engine()
        var driver = try await engine.claimDriver(
            RunConfiguration(model: "en-us", provider: "scripted", retry: RetryPolicy(maximumRetries: retries)))
        try await driver.reach(state)
        engine.die()
    }

    @Test(arguments: [(0, 3), (2, 3), (4, 5)])
    func interruptionsInARowAreACrashLoop(retries: Int, limit: Int) async throws {
        let sandbox = try Sandbox()
        for count in 1...limit {
            try await interrupt(sandbox, count.isMultiple(of: 2) ? .warmingUp : .loading, retries: retries)
            let run = try #require(try await sandbox.engine().resumableRuns().first)
            #expect(run.interruptionsInARow == count)
            #expect(run.isCrashLoop == (count == limit))
            #expect(try sandbox.reader().status(models: []).first?.isCrashLoop == (count == limit))
        }
    }

    @Test func reachingReadyEndsTheCount() async throws {
        let sandbox = try Sandbox()
        try await interrupt(sandbox, .loading)
        try await interrupt(sandbox, .loading)
        try await interrupt(sandbox, .ready)
        #expect(try await sandbox.engine().resumableRuns().map(\.interruptionsInARow) == [0])
        try await interrupt(sandbox, .loading)
        #expect(try await sandbox.engine().resumableRuns().map(\.interruptionsInARow) == [1])
    }

    @Test func anotherEndEndsTheCount() async throws {
        let sandbox = try Sandbox()
        try await interrupt(sandbox, .loading)
        let engine = try sandbox.engine()
        var driver = try await engine.claimDriver()
        try await driver.reach(.error)
        try engine.close()
        try await interrupt(sandbox, .loading)
        #expect(try await sandbox.engine().resumableRuns().map(\.interruptionsInARow) == [1])
    }

    @Test func modelsAreCountedSeparately() async throws {
        let sandbox = try Sandbox()
        try await interrupt(sandbox, .loading)
        let other = try sandbox.engine()
        var driver = try await other.claimDriver("other")
        try await driver.reach(.ready)
        try await interrupt(sandbox, .loading)
        #expect(try await sandbox.engine().resumableRuns().map(\.interruptionsInARow) == [2])
    }
}
