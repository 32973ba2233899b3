import TestSupport
import Testing

@testable import JournalCare
@testable import JournalReports
@testable import LifecycleJournal
@testable import ModelLifecycle

/// A model that its engine has no use for any more can be taken by another one.
@Suite(.turn(of: "LifecycleJournalTests")) struct ReleaseTests {
    private let sandbox: Sandbox
    private let engine: EngineJournal
    private let other: EngineJournal

    init() throws {
        sandbox = try Sandbox()
        engine = try sandbox.engine()
        other = try sandbox.engine()
    }

    @Test(arguments: [ModelState.uninitialized, .error])
    func aSettledModelIsGivenBack(state: ModelState) async throws {
        var driver = try await engine.claimDriver()
        try await driver.reach(state)
        #expect(try await engine.release(model: "en-us"))

        var next = try await other.claimDriver()
        #expect(next.state == state)
        try await next.reach(.ready)
        // Whoever kept the old claim cannot move the model any more.
        await #expect(throws: RecorderFailure.self) { try await driver.start() }
    }

    @Test func aModelThatWasOnlyClaimedIsGivenBack() async throws {
        _ = try await engine.claimDriver()
        #expect(try await engine.release(model: "en-us"))
        _ = try await other.claimDriver()
    }

    @Test func theSameEngineMayClaimItAgain() async throws {
        var driver = try await engine.claimDriver()
        try await driver.reach(.uninitialized)
        #expect(try await engine.release(model: "en-us"))
        var again = try await engine.claimDriver()
        try await again.reach(.ready)
    }

    @Test(arguments: [ModelState.loading, .warmingUp, .ready, .unloading])
    func aModelInFlightStays(state: ModelState) async throws {
        var driver = try await engine.claimDriver()
        try await driver.reach(state)
        #expect(try await engine.release(model: "en-us") == false)
        let error = await journalError { _ = try await other.claimDriver() }
        #expect(error?.code == .busy)
    }

    @Test func aModelThatWaitsForARetryStays() async throws {
        var driver = try await engine.claimDriver()
        try await driver.start()
        try await driver.fail(retryAt: .now + .seconds(10))
        #expect(try await engine.release(model: "en-us") == false)
        engine.die()
        #expect(try await other.resumableRuns().map(\.run) == [driver.run])
    }

    @Test func nobodyGivesAwayWhatBelongsToAnother() async throws {
        var driver = try await engine.claimDriver()
        try await driver.reach(.uninitialized)
        #expect(try await other.release(model: "en-us"))
        let error = await journalError { _ = try await other.claimDriver() }
        #expect(error?.code == .busy)
        try await driver.start()
    }

    @Test func aModelThatNobodyKnowsIsNobodys() async throws {
        #expect(try await engine.release(model: "never seen"))
        #expect(try sandbox.reader().status(models: []).isEmpty)
    }
}
