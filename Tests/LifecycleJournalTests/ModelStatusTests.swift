import TestSupport
import Testing

@testable import JournalCare
@testable import JournalReports
@testable import LifecycleJournal
@testable import ModelLifecycle

@Suite(.turn(of: "LifecycleJournalTests")) struct ModelStatusTests {
    private func status(_ sandbox: Sandbox) throws -> [ModelStatus] { try sandbox.reader().status(models: []) }

    @Test func anEmptyJournalHasNoModels() async throws {
        let sandbox = try Sandbox()
        let engine = try sandbox.engine()
        #expect(try status(sandbox).isEmpty)
        // A model that was claimed, and to which nothing has happened.
        _ = try await engine.claimDriver()
        #expect(try status(sandbox).isEmpty)
        #expect(try sandbox.reader().isEmpty())
    }

    @Test(.needsSQLiteProgram) func aPlannedRetryIsToldWhileTheEngineLives() async throws {
        let sandbox = try Sandbox()
        let engine = try sandbox.engine()
        var driver = try await engine.claimDriver()
        try await driver.start()
        let at = WallTime(microseconds: 1_795_401_067_000_042)
        try await driver.fail(retryAt: at)
        #expect(try status(sandbox).map(\.nextRetryAt) == [at])
        #expect(
            try sqlite3(sandbox.journal, "SELECT next_retry_at FROM current_states").output
                == "2026-11-23T02:31:07.000042Z\n")
        engine.die()
        #expect(try status(sandbox).map(\.nextRetryAt) == [nil])
        // The next owner has plans of its own.
        let heir = try sandbox.engine()
        var next = try await heir.claimDriver()
        #expect(try status(sandbox).map(\.nextRetryAt) == [nil])
        try await next.start(.retry)
        try await next.fail()
        #expect(try status(sandbox).map(\.nextRetryAt) == [nil])
        #expect(try sqlite3(sandbox.journal, "SELECT next_retry_at FROM current_states").output == "\n")
    }

    @Test func aReadyModelIsReadyWhileItsEngineLives() async throws {
        let sandbox = try Sandbox()
        let engine = try sandbox.engine()
        var driver = try await engine.claimDriver()
        try await driver.reach(.ready)
        let alive = try #require(try status(sandbox).first)
        #expect(alive.state == "READY")
        #expect(alive.isReady)
        #expect(!alive.isAbandoned)
        #expect(alive.owner?.liveness == .alive)
        #expect(alive.owner?.engineID == engine.engineID.rawValue)
        #expect(alive.since.microseconds == driver.wall.microseconds - 1_000_000)
        #expect(alive.run.runID == driver.run.runID.rawValue)

        engine.die()
        let dead = try #require(try status(sandbox).first)
        #expect(dead.state == "READY")
        #expect(!dead.isReady)
        #expect(dead.isAbandoned)
        #expect(dead.owner?.liveness == .dead)

        _ = try sandbox.engine()
        let settled = try #require(try status(sandbox).first)
        #expect(settled.state == "ERROR")
        #expect(settled.run.reason == "Interrupted")
        #expect(settled.owner == nil)
        #expect(!settled.isAbandoned)
    }

    @Test func aModelAtRestIsNotAbandoned() async throws {
        let sandbox = try Sandbox()
        let engine = try sandbox.engine()
        var driver = try await engine.claimDriver()
        try await driver.reach(.error)
        engine.die()
        let status = try #require(try status(sandbox).first)
        #expect(!status.isAbandoned && !status.isReady)
        #expect(status.owner?.liveness == .dead)
    }

    @Test func theLastRunOfEachModelCountsSortedByName() async throws {
        let sandbox = try Sandbox()
        let engine = try sandbox.engine()
        var second = try await engine.claimDriver("b")
        try await second.succeed()
        var first = try await engine.claimDriver("a")
        try await first.reach(.loading)
        try await second.reach(.error)
        let all = try status(sandbox)
        #expect(all.map(\.run.model) == ["a", "b"])
        #expect(all.map(\.state) == ["LOADING", "ERROR"])
        #expect(try sandbox.reader().status(models: ["b"]).map(\.state) == ["ERROR"])
        let error = #expect(throws: JournalError.self) { try sandbox.reader().status(models: ["c"]) }
        #expect(error?.code == .invalidRequest)
    }

    @Test func theExpectedTimeComesFromEarlierStarts() async throws {
        let sandbox = try Sandbox()
        let engine = try sandbox.engine()
        var driver = try await engine.claimDriver()
        for load in [30, 10, 20] { try await driver.succeed(load: .milliseconds(load), warmup: nil) }
        try await driver.start()
        let status = try #require(try status(sandbox).first)
        #expect(status.expectation.phase(status.state.known)?.p50 == 20_000)
        #expect(status.expectation.warmup == nil)
    }
}
