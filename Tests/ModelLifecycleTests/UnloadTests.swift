import ModelLifecycle
import Testing

@Suite("Unload and release")
struct UnloadTests {
    @Test func unloadingTwiceJoinsTheUnloadInFlight() {
        let bench = Situation.unloading.bench()
        let rows = bench.rows.count
        #expect(bench.unload() == .stays(.enrol(.unload)))
        #expect(bench.finish(.released).acts.contains(.settle(.unload, true)))
        #expect(bench.rows.count == rows + 1)
    }

    /// It is no failure of the run, but no clean end either.
    @Test func anUnloadByForceEndsTheRunAndSaysSo() {
        let bench = Situation.unloading.bench()
        let outcome = bench.finish(.releasedByForce(.stuck))
        #expect(outcome.to == .uninitialized && outcome.reason == Failure.stuck.reason)
        #expect(outcome.acts.contains(.settle(.unload, true)))
        #expect(bench.machine.failure == nil && !bench.machine.holdsModel)
    }

    @Test func aFailedRunsModelThatIsReleasedByForceIsWarnedAbout() {
        let bench = Situation.unloading.bench()
        bench.fire(.unload)
        #expect(bench.finish(.releasedByForce(.stuck)) == .stays(.warn, .settle(.release, true)))
        #expect(!bench.machine.holdsModel)
        #expect(bench.initialize().acts.last == .start(.load))
    }

    @Test func anUnloadDuringARunIsCancelledAndNoFailureOfTheModel() {
        let bench = Situation.loading.bench()
        #expect(bench.unload().reason == .cancelled)
        #expect(bench.machine.failure == nil)
    }

    @Test func anUnloadThatDoesNotEndInTimeIsAnErrorAtOnce() {
        let bench = Situation.unloading.bench()
        let due = bench.armed[.unload]
        #expect(due == bench.moment.instant + Bench.unloadTimeout)
        bench.fire(.unload)
        #expect(bench.machine.failure?.reason == .unloadTimeout)
        #expect(bench.machine.holdsModel)
        #expect(bench.initialize().acts.contains(.start(.load)) == false)
    }

    @Test func aReleaseThatSucceedsAfterItsTimeoutLeavesNothingInMemory() {
        let bench = Situation.unloading.bench()
        bench.fire(.unload)
        #expect(bench.finish(.released) == .stays(.settle(.release, true)))
        #expect(bench.state == .error)
        #expect(!bench.machine.holdsModel)
        #expect(bench.initialize().acts.last == .start(.load))
    }

    @Test func aReleaseThatFailsAfterItsTimeoutIsWarnedAbout() {
        let bench = Situation.unloading.bench()
        bench.fire(.unload)
        #expect(bench.finish(.failed(.stuck)) == .stays(.warn, .settle(.release, false)))
        #expect(bench.machine.holdsModel)
    }

    @Test func aLoadThatOutlivesTheUnloadsTimeoutIsReleasedWhenItReturns() {
        let bench = Situation.loading.bench()
        bench.unload()
        bench.fire(.unload)
        #expect(bench.state == .error)
        #expect(bench.finish(.loaded) == .stays(.start(.release)))
        bench.finish(.released)
        #expect(!bench.machine.holdsModel)
    }

    @Test func aFailedUnloadCanBeAskedForAgain() {
        let bench = Situation.unloading.bench()
        bench.finish(.failed(.stuck))
        #expect(bench.machine.failure == .stuck)
        #expect(bench.unload().acts.last == .start(.release))
        #expect(bench.finish(.released).to == .uninitialized)
    }

    @Test func aFailedReleaseInErrorIsNotTriedAgainByItself() {
        let bench = Bench()
        bench.initialize()
        bench.finish(.failed(.unreadable))
        #expect(bench.finish(.failed(.stuck)) == .stays(.warn, .settle(.release, false)))
        #expect(bench.machine.work == nil)
        #expect(bench.awaitReady() == .stays(.answer(false)))
        #expect(bench.machine.work == nil)
    }

    @Test func anInitializeAfterAFailedReleaseTriesTheReleaseFirst() {
        let bench = Bench()
        bench.initialize()
        bench.finish(.failed(.unreadable))
        bench.finish(.failed(.stuck))
        #expect(bench.initialize().acts.last == .start(.release))
        #expect(bench.finish(.released).acts.last == .start(.load))
    }

    @Test func aReleaseThatFailedOnceIsStillTriedAfterTheNextFailedRun() {
        let bench = Bench()
        bench.initialize()
        bench.finish(.failed(.unreadable))
        bench.finish(.failed(.stuck))
        bench.initialize()
        bench.finish(.released)
        #expect(bench.finish(.failed(.unreadable)).acts.last == .start(.release))
    }

    @Test func aReleaseThatFailsBeforeALoadFailsTheRun() {
        let bench = Bench()
        bench.initialize()
        bench.finish(.failed(.unreadable))
        bench.finish(.failed(.stuck))
        bench.initialize()
        #expect(
            bench.finish(.failed(.stuck))
                == .moves(
                    .error, .loadFailed, .modelLoadFailed,
                    .drop(.deadline, .stall, .warmup), .settle(.start, false), .settle(.release, false)))
        #expect(bench.machine.holdsModel)
        #expect(!bench.started.map(\.kind).dropFirst().contains(.load))
    }

    @Test func anUnloadJoinsTheReleaseOfAFailedRun() {
        let bench = Bench()
        bench.initialize()
        bench.finish(.failed(.unreadable))
        let rowsBefore = bench.rows.count
        #expect(!bench.unload().acts.contains(.start(.release)))
        #expect(bench.finish(.released).acts.contains(.settle(.unload, true)))
        #expect(bench.rows.count == rowsBefore + 2)
        #expect(bench.started.map(\.kind) == [.load, .release])
    }

    @Test func aCrashedModelIsReleasedBeforeItIsLoadedAgain() {
        let bench = Situation.ready.bench()
        bench.providerExits()
        #expect(!bench.initialize().acts.contains(.start(.load)))
        #expect(bench.finish(.released) == .stays(.set(.stall), .settle(.release, true), .start(.load)))
    }

    @Test func anUnloadOfAModelThatAnEarlierEngineLeftInErrorContinuesItsRun() throws {
        let wall = Bench.moment(.zero).wall
        let run = RunIdentity(runID: RunID(at: wall), correlationID: CorrelationID(at: wall), attempt: 3)
        let configuration = RunConfiguration(model: "en-us", provider: "scripted")
        var machine = LifecycleMachine(configuration: configuration, state: .error, run: run, ordinal: 4)
        let decision = machine.handle(.unload(caller: 1, timeout: .seconds(1)), at: Bench.moment(.seconds(1)))
        let row = try #require(decision.transition)
        #expect(row.run == run)
        #expect(row.ordinal == 5)
        #expect(row.elapsed == nil, "this process did not see ERROR begin")
    }
}
