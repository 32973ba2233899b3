import TestSupport
import Testing

@testable import JournalCare
@testable import JournalReports
@testable import LifecycleJournal
@testable import ModelLifecycle

@Suite(.turn(of: "LifecycleJournalTests")) struct PostmortemTests {
    private let sandbox: Sandbox

    init() throws { sandbox = try Sandbox() }

    private func postmortem(_ selector: RunSelector? = nil, models: [String] = []) throws -> Postmortem? {
        try sandbox.reader().postmortem(selector, models: models)
    }

    @Test func withoutAFailureThereIsNone() async throws {
        let engine = try sandbox.engine()
        #expect(try postmortem() == nil)
        var driver = try await engine.claimDriver()
        try await driver.succeed()
        #expect(try postmortem() == nil)
    }

    @Test func theLatestFailureIsMeant() async throws {
        let engine = try sandbox.engine()
        var driver = try await engine.claimDriver("first")
        var other = try await engine.claimDriver("second")
        try await driver.start(runID: "f-1")
        try await driver.fail()
        try await other.start(runID: "s-1")
        try await other.move(
            .providerExited, .error, elapsed: .seconds(3),
            failure: Failure(.oomKilled, "killed", signal: 9, outputTail: "allocating…"))
        try await driver.succeed()
        let latest = try #require(try postmortem())
        #expect(latest.story.run.runID == "s-1")
        #expect(latest.story.run.failedPhase == "LOADING")
        #expect(latest.story.run.signal == 9)
        #expect(latest.story.outputTail == "allocating…")
        #expect(latest.story.transitions.map(\.to) == ["LOADING", "ERROR"])
        #expect(try postmortem(models: ["first"])?.story.run.runID == "f-1")
        #expect(try postmortem(.prefix("f-"))?.story.run.runID == "f-1")
        #expect(throws: JournalError.self) { try postmortem(models: ["third"]) }
    }

    @Test func aRunThatDidNotFailHasNone() async throws {
        let engine = try sandbox.engine()
        var driver = try await engine.claimDriver()
        try await driver.succeed()
        let error = #expect(throws: JournalError.self) { try postmortem(.last(1)) }
        #expect(error?.code == .invalidRequest)
        #expect(error?.message.contains("did not fail (unloaded)") == true)
        try await driver.start()
        #expect(throws: JournalError.self) { try postmortem(.last(1)) }
    }

    @Test func aRunWithAReasonHasOneAlthoughItDidNotFail() async throws {
        let engine = try sandbox.engine()
        var driver = try await engine.claimDriver()
        try await driver.reach(.warmingUp)
        try await driver.move(.warmupFailed, .ready, failure: Failure(.warmupFailed, "no audio"))
        #expect(try postmortem(.last(1))?.story.run.reason == "WarmupFailed")
        try await driver.finish()
        try await driver.start()
        try await driver.move(.unload, .unloading, failure: Failure(.cancelled, "unload was asked for"))
        #expect(try postmortem(.last(1))?.story.run.reason == "Cancelled")
        // Neither is what somebody means who does not say which.
        #expect(try postmortem() == nil)
    }

    @Test func aStreakCountsFailuresInARow() async throws {
        let engine = try sandbox.engine()
        var driver = try await engine.claimDriver()
        for id in ["old", "good", "one", "two", "cancelled", "three"] {
            try await driver.start(runID: id)
            switch id {
            case "good":
                try await driver.move(.loaded, .ready)
                try await driver.finish()
            case "cancelled":
                try await driver.move(.unload, .unloading, failure: Failure(.cancelled, "unload"))
                try await driver.move(.unloaded, .uninitialized)
            case "two": try await driver.move(.recovered, .error, elapsed: nil, failure: Failure(.interrupted, "x"))
            default: try await driver.fail()
            }
        }
        let latest = try #require(try postmortem())
        #expect(latest.streak.count == 3)
        #expect(latest.streak.firstFailure.runID == "one")
        #expect(latest.streak.sameReason)
        let second = try #require(try postmortem(.prefix("two")))
        #expect(second.streak.count == 2)
        #expect(!second.streak.sameReason)
        let oldest = try #require(try postmortem(.prefix("old")))
        #expect(oldest.streak.count == 1)
        #expect(oldest.streak.firstFailure.runID == "old")
        #expect(oldest.lastGoodRun == nil)
        #expect(oldest.changes.isEmpty)
    }

    /// As `resume` counts; and a model that began another run since is not in one.
    @Test func aCrashLoopIsTooManyInterruptionsInARow() async throws {
        let engine = try sandbox.engine()
        var driver = try await engine.claimDriver()
        for id in ["served", "one", "two", "three"] {
            try await driver.start(runID: id)
            if id == "served" { try await driver.move(.loaded, .ready) }
            try await driver.move(.recovered, .error, elapsed: nil, failure: Failure(.interrupted, "x"))
            #expect(try postmortem(.prefix(id))?.crashLoop == (id == "three" ? 3 : nil))
        }
        #expect(try postmortem(.prefix("two"))?.crashLoop == nil)
        try await driver.start(runID: "four")
        #expect(try postmortem(.prefix("three"))?.crashLoop == nil)
        try await driver.fail()
        #expect(try postmortem()?.crashLoop == nil)
    }

    /// Its engine died, and no other one has recorded that yet.
    @Test func anInterruptionThatIsNotRecordedYetCounts() async throws {
        let engine = try sandbox.engine()
        var driver = try await engine.claimDriver()
        for _ in 0..<2 {
            try await driver.start()
            try await driver.move(.recovered, .error, elapsed: nil, failure: Failure(.interrupted, "x"))
        }
        try await driver.start()
        engine.die()
        #expect(try postmortem()?.story.run.isSettled == false)
        #expect(try postmortem()?.crashLoop == 3)
    }

    @Test func anotherModelsRunsDoNotMatter() async throws {
        let engine = try sandbox.engine()
        var mine = try await engine.claimDriver("mine")
        var other = try await engine.claimDriver("other")
        try await mine.start()
        try await mine.fail()
        try await other.succeed()
        try await mine.start()
        try await mine.fail()
        let latest = try #require(try postmortem())
        #expect(latest.streak.count == 2)
        #expect(latest.lastGoodRun == nil)
        #expect(latest.comparison?.count == 0)
    }

    @Test func theConfigurationIsComparedWithTheLastGoodRun() async throws {
        var configuration = RunConfiguration(
            model: "en-us", provider: "scripted", modelPath: "/models/1", options: ["threads": "4", "old": "1"])
        let first = try sandbox.engine()
        var driver = try await first.claimDriver(configuration)
        try await driver.start(runID: "good")
        try await driver.move(.loaded, .ready, version: "1.0")
        try await driver.finish()
        try first.close()

        configuration.modelPath = nil
        configuration.options = ["threads": "8", "new": "x"]
        configuration.retry.maximumRetries = 2
        let second = try sandbox.engine()
        driver = try await second.claimDriver(configuration)
        try await driver.start()
        try await driver.move(.loaded, .warmingUp, version: "2.0 \"beta\"")
        try await driver.move(.warmupFailed, .error, failure: Failure(.warmupFailed, "x"))
        let latest = try #require(try postmortem())
        #expect(latest.lastGoodRun?.runID == "good")
        #expect(
            latest.changes == [
                Postmortem.Change(what: "model_path", before: "\"/models/1\"", after: nil),
                Postmortem.Change(what: "options.new", before: nil, after: "\"x\""),
                Postmortem.Change(what: "options.old", before: "\"1\"", after: nil),
                Postmortem.Change(what: "options.threads", before: "\"4\"", after: "\"8\""),
                Postmortem.Change(what: "retry.maximum_retries", before: "0", after: "2"),
                Postmortem.Change(what: "version", before: "\"1.0\"", after: "\"2.0 \\\"beta\\\"\""),
            ])
    }

    @Test func aRunThatFailedAfterReadyIsNoGoodRun() async throws {
        let engine = try sandbox.engine()
        var driver = try await engine.claimDriver()
        try await driver.start(runID: "good")
        try await driver.move(.loaded, .ready)
        try await driver.finish()
        try await driver.start(runID: "crashed")
        try await driver.move(.loaded, .ready)
        try await driver.move(.providerExited, .error, failure: Failure(.processExited, "x"))
        try await driver.start()
        try await driver.fail()
        #expect(try postmortem()?.lastGoodRun?.runID == "good")
        #expect(try postmortem()?.changes == [])
    }

    /// It served: what killed its engine later is no failure of a start, and the two answers agree on that.
    @Test func aRunThatServedEndsTheStreakOfFailedStarts() async throws {
        let engine = try sandbox.engine()
        var driver = try await engine.claimDriver()
        for id in ["one", "two", "served", "three", "crashed", "four"] {
            try await driver.start(runID: id)
            switch id {
            case "served", "crashed":
                try await driver.move(.loaded, .ready)
                try await driver.move(
                    id == "served" ? .recovered : .providerExited, .error,
                    failure: Failure(id == "served" ? .interrupted : .processExited, "x"))
            default: try await driver.fail()
            }
        }
        let latest = try #require(try postmortem())
        // One that failed while it served goes on with the streak.
        #expect(latest.streak.count == 3 && latest.streak.firstFailure.runID == "three")
        #expect(latest.lastGoodRun?.runID == "served")
        let served = try #require(try postmortem(.prefix("served")))
        #expect(served.streak.count == 1 && served.streak.firstFailure.runID == "served")
        #expect(served.lastGoodRun == nil && served.wasEverReady)
        let crashed = try #require(try postmortem(.prefix("crashed")))
        #expect(crashed.streak.count == 2 && crashed.lastGoodRun?.runID == "served")
        #expect(try postmortem(.prefix("two"))?.wasEverReady == false)
    }

    @Test(arguments: [ModelState.ready, .unloading]) func onlyAStartIsComparedWithEarlierOnes(phase: ModelState)
        async throws
    {
        let engine = try sandbox.engine()
        var driver = try await engine.claimDriver()
        try await driver.succeed()
        try await driver.reach(phase)
        try await driver.move(
            phase == .ready ? .providerUnhealthy : .unloadFailed, .error, elapsed: .seconds(95),
            failure: Failure(phase == .ready ? .runtimeUnhealthy : .unloadFailed, "x"))
        let latest = try #require(try postmortem())
        #expect(latest.story.run.failedPhase == phase)
        #expect(latest.comparison == nil && latest.elapsed == 95_000_000)
    }

    @Test func theFailingPhaseIsComparedWithItsPast() async throws {
        let engine = try sandbox.engine()
        var driver = try await engine.claimDriver()
        for load in 1...100 { try await driver.succeed(load: .milliseconds(load), warmup: .milliseconds(2 * load)) }
        try await driver.start()
        try await driver.move(.deadline, .error, elapsed: .seconds(9), failure: Failure(.startupTimeout, "x"))
        #expect(
            try postmortem()?.comparison
                == Postmortem.Comparison(phase: "LOADING", elapsed: 9_000_000, count: 100, p50: 50_000, p99: 99_000))
        try await driver.start()
        try await driver.move(.loaded, .warmingUp, elapsed: .milliseconds(7))
        try await driver.move(.warmupFailed, .error, elapsed: .seconds(8), failure: Failure(.warmupFailed, "x"))
        let warmup = try #require(try postmortem()?.comparison)
        #expect(warmup.phase == "WARMING_UP")
        #expect(warmup.elapsed == 8_000_000)
        #expect(warmup.p50 == 100_000)
        // What came later is no past.
        #expect(try postmortem(.last(2))?.comparison?.count == 100)
    }

    @Test func aWarmupRequestIsComparedWithGoodOnesOfEarlierRuns() async throws {
        let engine = try sandbox.engine()
        var driver = try await engine.claimDriver()
        for milliseconds in [4, 6] {
            try await driver.start()
            try await driver.move(.loaded, .warmingUp, elapsed: .seconds(1))
            try await driver.move(
                .warmed, .ready, elapsed: .seconds(1),
                warmups: [WarmupMeasurement(elapsed: .milliseconds(milliseconds))])
            try await driver.move(.unload, .unloading, elapsed: .zero)
            try await driver.move(.unloaded, .uninitialized, elapsed: .zero)
        }
        for _ in 0..<2 {
            try await driver.start()
            try await driver.move(.loaded, .warmingUp, elapsed: .seconds(1))
            try await driver.move(
                .warmupFailed, .error, elapsed: .seconds(9), failure: Failure(.warmupFailed, "500"),
                warmups: [WarmupMeasurement(elapsed: .seconds(9), error: "500")])
        }
        let usual = try #require(try postmortem()?.usualWarmupRequest)
        #expect(usual.count == 2 && usual.p50 == 4000 && usual.p99 == 6000)
    }
}
