import TestSupport
import Testing

@testable import JournalCare
@testable import JournalReports
@testable import LifecycleJournal
@testable import ModelLifecycle

/// What the summary of a run says, for every way in which one can go.
@Suite(.turn(of: "LifecycleJournalTests")) struct RunOutcomeTests {
    /// One step of a run: trigger, state, and the reason that stands on the row.
    struct Step: Sendable {
        var trigger: Trigger
        var to: ModelState
        var reason: FailureReason?
        init(_ trigger: Trigger, _ to: ModelState, _ reason: FailureReason? = nil) {
            (self.trigger, self.to, self.reason) = (trigger, to, reason)
        }
    }

    struct Case: Sendable, CustomTestStringConvertible {
        var name: String
        var steps: [Step]
        var outcome: RunOutcome
        var phase: ModelState?
        var reason: FailureReason?
        /// The row, counted from 1, whose time is the run's end.
        var end: Int?
        var testDescription: String { name }
    }

    static let cases: [Case] = [
        Case(name: "loading", steps: [], outcome: .inProgress),
        Case(name: "warming up", steps: [Step(.loaded, .warmingUp)], outcome: .inProgress),
        Case(name: "ready", steps: [Step(.loaded, .warmingUp), Step(.warmed, .ready)], outcome: .ready),
        Case(name: "ready without warm-up", steps: [Step(.loaded, .ready)], outcome: .ready),
        Case(
            name: "ready with a warning",
            steps: [Step(.loaded, .warmingUp), Step(.warmupFailed, .ready, .warmupFailed)],
            outcome: .ready, reason: .warmupFailed),
        Case(name: "unloading", steps: [Step(.loaded, .ready), Step(.unload, .unloading)], outcome: .inProgress),
        Case(
            name: "unloaded",
            steps: [Step(.loaded, .ready), Step(.unload, .unloading), Step(.unloaded, .uninitialized)],
            outcome: .unloaded, end: 4),
        Case(
            name: "load failed", steps: [Step(.loadFailed, .error, .modelLoadFailed)], outcome: .failed,
            phase: .loading, reason: .modelLoadFailed, end: 2),
        Case(
            name: "deadline while loading", steps: [Step(.deadline, .error, .startupTimeout)], outcome: .failed,
            phase: .loading, reason: .startupTimeout, end: 2),
        Case(
            name: "stalled", steps: [Step(.stalled, .error, .stalled)], outcome: .failed, phase: .loading,
            reason: .stalled, end: 2),
        Case(
            name: "warm-up failed", steps: [Step(.loaded, .warmingUp), Step(.warmupFailed, .error, .warmupFailed)],
            outcome: .failed, phase: .warmingUp, reason: .warmupFailed, end: 3),
        Case(
            name: "deadline while warming up",
            steps: [Step(.loaded, .warmingUp), Step(.deadline, .error, .startupTimeout)],
            outcome: .failed, phase: .warmingUp, reason: .startupTimeout, end: 3),
        Case(
            name: "crashed while ready", steps: [Step(.loaded, .ready), Step(.providerExited, .error, .processExited)],
            outcome: .failed, phase: .ready, reason: .processExited, end: 3),
        Case(
            name: "unhealthy after a warning",
            steps: [
                Step(.loaded, .warmingUp), Step(.warmupFailed, .ready, .warmupFailed),
                Step(.providerUnhealthy, .error, .runtimeUnhealthy),
            ], outcome: .failed, phase: .ready, reason: .runtimeUnhealthy, end: 4),
        Case(
            name: "unload failed",
            steps: [Step(.loaded, .ready), Step(.unload, .unloading), Step(.unloadFailed, .error, .unloadTimeout)],
            outcome: .failed, phase: .unloading, reason: .unloadTimeout, end: 4),
        Case(
            name: "being cancelled", steps: [Step(.unload, .unloading, .cancelled)], outcome: .cancelled,
            reason: .cancelled),
        Case(
            name: "cancelled", steps: [Step(.unload, .unloading, .cancelled), Step(.unloaded, .uninitialized)],
            outcome: .cancelled, reason: .cancelled, end: 3),
        Case(
            name: "cancelled while warming up",
            steps: [
                Step(.loaded, .warmingUp), Step(.unload, .unloading, .cancelled), Step(.unloaded, .uninitialized),
            ], outcome: .cancelled, reason: .cancelled, end: 4),
        Case(
            name: "cancelled, then the unload failed",
            steps: [Step(.unload, .unloading, .cancelled), Step(.unloadFailed, .error, .unloadFailed)],
            outcome: .failed, phase: .unloading, reason: .unloadFailed, end: 3),
        Case(
            name: "failed, then unloaded",
            steps: [
                Step(.loadFailed, .error, .modelLoadFailed), Step(.unload, .unloading), Step(.unloaded, .uninitialized),
            ], outcome: .failed, phase: .loading, reason: .modelLoadFailed, end: 2),
        Case(
            name: "failed, then the unload failed too",
            steps: [
                Step(.loadFailed, .error, .modelLoadFailed), Step(.unload, .unloading),
                Step(.unloadFailed, .error, .unloadFailed),
            ], outcome: .failed, phase: .loading, reason: .modelLoadFailed, end: 2),
        Case(
            name: "interrupted while loading", steps: [Step(.recovered, .error, .interrupted)], outcome: .interrupted,
            phase: .loading, reason: .interrupted, end: 2),
        Case(
            name: "interrupted while warming up",
            steps: [Step(.loaded, .warmingUp), Step(.recovered, .error, .interrupted)],
            outcome: .interrupted, phase: .warmingUp, reason: .interrupted, end: 3),
        Case(
            name: "interrupted while ready", steps: [Step(.loaded, .ready), Step(.recovered, .error, .interrupted)],
            outcome: .interrupted, phase: .ready, reason: .interrupted, end: 3),
        Case(
            name: "interrupted while unloading",
            steps: [
                Step(.loaded, .ready), Step(.unload, .unloading), Step(.recovered, .uninitialized, .interrupted),
            ], outcome: .interrupted, phase: .unloading, reason: .interrupted, end: 4),
        Case(
            name: "interrupted, then unloaded",
            steps: [
                Step(.recovered, .error, .interrupted), Step(.unload, .unloading), Step(.unloaded, .uninitialized),
            ], outcome: .interrupted, phase: .loading, reason: .interrupted, end: 2),
        Case(
            name: "cancelled, then its engine died",
            steps: [Step(.unload, .unloading, .cancelled), Step(.recovered, .uninitialized, .interrupted)],
            outcome: .cancelled, reason: .cancelled, end: 3),
        Case(
            name: "failed, then its engine died while unloading",
            steps: [
                Step(.loadFailed, .error, .modelLoadFailed), Step(.unload, .unloading),
                Step(.recovered, .uninitialized, .interrupted),
            ], outcome: .failed, phase: .loading, reason: .modelLoadFailed, end: 2),
    ]

    @Test(arguments: cases)
    func aRunIsSummarised(expected: Case) async throws {
        let sandbox = try Sandbox()
        let engine = try sandbox.engine()
        var driver = try await engine.claimDriver()
        let begin = driver.wall
        try await driver.start()
        for step in expected.steps {
            try await driver.move(
                step.trigger, step.to, failure: step.reason.map { Failure($0, "because \($0.rawValue)") })
        }
        let runs = try sandbox.reader().runs(ReportFilter())
        #expect(runs.count == 1)
        let run = try #require(runs.first)
        #expect(run.outcome == expected.outcome)
        #expect(run.state == (expected.steps.last?.to ?? .loading))
        #expect(run.failedPhase?.known == expected.phase)
        #expect(run.reason?.known == expected.reason)
        #expect(run.message == expected.reason.map { "because \($0.rawValue)" })
        #expect(run.startedAt == begin)
        #expect(run.endedAt?.microseconds == expected.end.map { begin.microseconds + Int64($0 - 1) * 1_000_000 })
    }

    /// The contract's fields add up to the microsecond, however odd the numbers.
    @Test(.needsSQLiteProgram, arguments: [(1, 1), (999, 1001), (1_234_567, 89), (333_333, 666_667)])
    func startupIsLoadPlusWarmup(load: Int, warmup: Int) async throws {
        let sandbox = try Sandbox()
        let engine = try sandbox.engine()
        var driver = try await engine.claimDriver()
        try await driver.start()
        try await driver.move(.loaded, .warmingUp, elapsed: .microseconds(load))
        try await driver.move(.warmed, .ready, elapsed: .microseconds(warmup))
        try await driver.move(.unload, .unloading, elapsed: .microseconds(7_654_321))
        try await driver.move(.unloaded, .uninitialized, elapsed: .microseconds(5))
        let run = try #require(try sandbox.reader().runs(ReportFilter()).first)
        #expect(run.load == Int64(load))
        #expect(run.warmup == Int64(warmup))
        #expect(run.startup == Int64(load + warmup))
        #expect(run.ready == 7_654_321)
        let answer = try sqlite3(
            sandbox.journal,
            "SELECT round(startup_ms * 1000) = round(load_ms * 1000) + round(warmup_ms * 1000) FROM runs")
        #expect(answer.output == "1\n")
    }

    @Test func withoutWarmupStartupIsTheLoad() async throws {
        let sandbox = try Sandbox()
        let engine = try sandbox.engine()
        var driver = try await engine.claimDriver()
        try await driver.succeed(load: .microseconds(4321), warmup: nil)
        let run = try #require(try sandbox.reader().runs(ReportFilter()).first)
        #expect(run.load == 4321)
        #expect(run.warmup == nil)
        #expect(run.startup == 4321)
    }

    /// A warm-up that failed is no measurement of a warm-up, but the start took as long as it took.
    @Test func aWarningCountsForTheStartOnly() async throws {
        let sandbox = try Sandbox()
        let engine = try sandbox.engine()
        var driver = try await engine.claimDriver()
        try await driver.start()
        try await driver.move(.loaded, .warmingUp, elapsed: .microseconds(100))
        try await driver.move(
            .warmupFailed, .ready, elapsed: .microseconds(23), failure: Failure(.warmupFailed, "no audio"))
        let run = try #require(try sandbox.reader().runs(ReportFilter()).first)
        #expect(run.load == 100)
        #expect(run.warmup == nil)
        #expect(run.startup == 123)
    }

    @Test func anUnknownDurationStaysUnknown() async throws {
        let sandbox = try Sandbox()
        let engine = try sandbox.engine()
        var driver = try await engine.claimDriver()
        try await driver.start()
        try await driver.move(.loaded, .warmingUp, elapsed: nil)
        try await driver.move(.warmed, .ready, elapsed: .milliseconds(1))
        let run = try #require(try sandbox.reader().runs(ReportFilter()).first)
        #expect(run.load == nil)
        #expect(run.startup == nil)
        #expect(run.warmup == 1000)
    }
}
