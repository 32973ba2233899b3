import TestSupport
import Testing

@testable import JournalCare
@testable import JournalReports
@testable import LifecycleJournal
@testable import ModelLifecycle

/// A crash that no engine has settled yet, as the reports tell it.
@Suite(.turn(of: "LifecycleJournalTests")) struct UnsettledRunTests {
    private let sandbox: Sandbox

    init() throws { sandbox = try Sandbox() }

    private func runs(_ change: (inout ReportFilter) -> Void = { _ in }) throws -> [RunRow] {
        var filter = ReportFilter()
        change(&filter)
        return try sandbox.reader().runs(filter)
    }

    @Test(arguments: [ModelState.loading, .warmingUp, .ready, .unloading])
    func aDeadEnginesRunIsInterrupted(state: ModelState) async throws {
        let engine = try sandbox.engine()
        var driver = try await engine.claimDriver()
        try await driver.reach(state)
        #expect(try runs().first?.isSettled == true)
        #expect(try sandbox.reader().postmortem(nil) == nil)

        engine.die()
        let run = try #require(try runs().first)
        #expect(run.outcome == "interrupted" && run.state == state && run.failedPhase == state)
        #expect(run.reason == "Interrupted" && run.endedAt == nil && !run.isSettled)
        let story = try sandbox.reader().story(.last(1))
        #expect(story.run == run && story.transitions.last?.to == state)
        let postmortem = try #require(try sandbox.reader().postmortem(nil))
        #expect(postmortem.story.run == run && postmortem.elapsed == nil && postmortem.streak.count == 1)
        #expect(try sandbox.reader().statistics(ReportFilter()).first?.interrupted == 1)

        // What the next engine writes says the same.
        _ = try sandbox.engine()
        var settled = try #require(try runs().first)
        #expect(settled.isSettled && settled.state != run.state)
        settled.endedAt = nil
        (settled.state, settled.isSettled) = (run.state, false)
        #expect(settled == run)
    }

    @Test func filtersKnowIt() async throws {
        let engine = try sandbox.engine()
        var driver = try await engine.claimDriver()
        try await driver.reach(.ready)
        engine.die()
        #expect(try runs { $0.outcomes = [.interrupted] }.count == 1)
        #expect(try runs { $0.outcomes = [.ready] }.isEmpty)
        #expect(try runs { $0.reasons = [.interrupted] }.count == 1)
        #expect(try runs { $0.grep = "ended while READY" }.count == 1)
        var filter = ReportFilter()
        filter.outcomes = [.interrupted]
        #expect(try sandbox.reader().history(filter).count == 3)
    }

    @Test func aLivingEnginesRunIsNot() async throws {
        let dead = try sandbox.engine()
        var first = try await dead.claimDriver("a")
        try await first.reach(.ready)
        dead.die()
        let alive = try sandbox.engine()
        var second = try await alive.claimDriver("b")
        try await second.reach(.warmingUp)
        #expect(try runs().map(\.outcome) == ["interrupted", "in_progress"])
        #expect(try runs().map(\.isSettled) == [true, true])
    }

    /// The cancellation stood before the engine died.
    @Test func whatEndedBeforeTheDeathStands() async throws {
        let engine = try sandbox.engine()
        var driver = try await engine.claimDriver()
        try await driver.start()
        try await driver.move(.unload, .unloading, failure: Failure(.cancelled, "unload was asked for"))
        engine.die()
        #expect(try runs().map(\.outcome) == ["cancelled"])
        #expect(try sandbox.reader().postmortem(nil) == nil)
    }

    @Test func readingWritesNothing() async throws {
        let engine = try sandbox.engine()
        var driver = try await engine.claimDriver()
        try await driver.reach(.loading)
        engine.die()
        let names = try sandbox.names()
        _ = try runs()
        _ = try sandbox.reader().postmortem(nil)
        #expect(try sandbox.names() == names)
        #expect(try sandbox.reader().lastSeq() == 1)
    }
}
