import ModelLifecycle
import Testing

/// A load that cannot be cancelled returns when it likes; by then its run may be over.
@Suite("Late results and generations")
struct LateResultTests {
    @Test(arguments: [WorkResult.loaded, .failed(.unreadable)])
    func aLoadThatReturnsAfterTheDeadlineIsReleasedAndNeverReady(late: WorkResult) {
        let bench = Bench()
        bench.initialize()
        bench.fire(.deadline)
        #expect(bench.state == .error)
        #expect(bench.finish(late) == .stays(.start(.release)))
        #expect(bench.machine.holdsModel)
        #expect(bench.finish(.released) == .stays(.settle(.release, true)))
        #expect(!bench.machine.holdsModel)
        #expect(bench.state == .error)
    }

    @Test func aLoadThatReturnsAfterAStallIsReleasedAndNeverReady() {
        let bench = Bench()
        bench.initialize()
        bench.fire(.stall)
        #expect(bench.finish(.loaded) == .stays(.start(.release)))
        #expect(bench.state == .error)
        #expect(bench.lastRow?.failure?.reason == .stalled)
    }

    @Test func aLoadThatReturnsAfterItsProviderExitedIsReleasedAndNeverReady() {
        let bench = Bench()
        bench.initialize()
        bench.providerExits()
        #expect(bench.finish(.loaded) == .stays(.start(.release)))
        #expect(bench.state == .error)
    }

    @Test func aWarmupThatReturnsAfterTheDeadlineIsReleasedAndNeverReady() {
        let bench = Bench()
        bench.initialize()
        bench.finish(.loaded)
        bench.fire(.deadline)
        #expect(bench.finish(.warmed) == .stays(.start(.release)))
        #expect(bench.state == .error)
    }

    @Test(arguments: [WorkResult.loaded, .failed(.unreadable)])
    func aLoadThatReturnsDuringAnUnloadIsReleased(late: WorkResult) {
        let bench = Bench()
        bench.initialize()
        bench.unload()
        #expect(bench.finish(late) == .stays(.start(.release)))
        #expect(
            bench.finish(.released)
                == .moves(
                    .uninitialized, .unloaded, .drop(.unload), .settle(.unload, true), .settle(.release, true)))
        #expect(!bench.machine.holdsModel)
    }

    @Test func aWarmupThatReturnsDuringAnUnloadIsReleased() {
        let bench = Bench()
        bench.initialize()
        bench.finish(.loaded)
        bench.unload()
        #expect(bench.finish(.warmed) == .stays(.start(.release)))
        #expect(bench.finish(.released).to == .uninitialized)
    }

    @Test func aNewRunWaitsUntilTheOldLoadHasReturnedAndIsReleased() {
        let bench = Bench()
        bench.initialize()
        bench.fire(.deadline)
        let old = bench.started.last
        #expect(
            bench.initialize()
                == .moves(.loading, .initialize, .enrol(.start), .drop(.retry), .set(.deadline), .set(.stall)))
        #expect(bench.finish(old, .loaded) == .stays(.start(.release)))
        #expect(bench.state == .loading)
        #expect(bench.finish(.released) == .stays(.set(.stall), .settle(.release, true), .start(.load)))
        #expect(bench.finish(.loaded).to == .warmingUp)
        #expect(bench.finish(.warmed).to == .ready)
        #expect(bench.started.map(\.kind) == [.load, .release, .load, .warmUp])
    }

    @Test func theWaitForAnOldLoadCountsTowardsTheNewRunsDeadline() {
        let bench = Bench { $0.loadStallTimeout = nil }
        bench.initialize()
        bench.fire(.deadline)
        bench.initialize()
        #expect(bench.fire(.deadline).reason == .startupTimeout)
        #expect(bench.started.map(\.kind) == [.load])
        #expect(bench.finish(.loaded) == .stays(.start(.release)))
        #expect(bench.state == .error)
    }

    @Test func aNewLoadGetsItsWholeStallTimeoutAfterWaitingForAnOldOne() {
        let bench = Bench()
        bench.initialize()
        bench.fire(.deadline)
        bench.initialize()
        bench.advance(by: .seconds(4))
        bench.finish(.loaded)
        bench.finish(.released)
        #expect(bench.started.last?.kind == .load)
        #expect(bench.armed[.stall] == bench.moment.instant + .seconds(5))
    }

    @Test func anUnloadWhileANewRunWaitsForAnOldLoadLeavesNothingBehind() {
        let bench = Bench()
        bench.initialize()
        bench.fire(.deadline)
        bench.initialize()
        #expect(bench.unload().reason == .cancelled)
        #expect(bench.finish(.loaded) == .stays(.start(.release)))
        #expect(bench.finish(.released).to == .uninitialized)
        #expect(bench.started.map(\.kind) == [.load, .release])
    }

    @Test func aSecondAnswerOfTheSameLoadIsIgnored() {
        let bench = Bench()
        bench.initialize()
        let load = bench.started.last
        bench.finish(load, .loaded)
        #expect(bench.finish(load, .loaded) == .stays())
        #expect(bench.finish(load, .failed(.unreadable)) == .stays())
        #expect(bench.state == .warmingUp)
    }

    @Test func progressOfAnAbandonedLoadDoesNotFeedTheNewRun() {
        let bench = Bench()
        bench.initialize()
        bench.fire(.deadline)
        bench.initialize()
        #expect(bench.progress() == .stays())
    }

    @Test func aTimerOfAnEarlierRunDoesNotEndTheNextOne() {
        let bench = Bench()
        bench.initialize()
        let old = bench.runGeneration
        bench.finish(.failed(.unreadable))
        bench.finish(.released)
        bench.initialize()
        for timer in LifecycleTimer.allCases {
            #expect(bench.send(.timerFired(timer, generation: old)) == .stays(), "\(timer)")
        }
        #expect(bench.state == .loading)
    }

    @Test func aStallTimerThatFiredBeforeProgressWasHandledIsSetAgain() {
        let bench = Bench()
        bench.initialize()
        bench.advance(by: .milliseconds(4_999))
        bench.progress()
        bench.advance(by: .milliseconds(1))
        #expect(bench.send(.timerFired(.stall, generation: bench.runGeneration)) == .stays(.set(.stall)))
        #expect(bench.state == .loading)
        #expect(bench.fire(.stall).reason == .stalled)
    }

    @Test func theTimerOfAFailedUnloadDoesNotEndTheNextOne() {
        let bench = Bench()
        bench.becomeReady()
        bench.unload()
        bench.advance(by: .seconds(9))
        bench.finish(.failed(.stuck))
        bench.unload()
        bench.advance(by: .seconds(1))
        #expect(bench.send(.timerFired(.unload, generation: bench.runGeneration)) == .stays(.set(.unload)))
        #expect(bench.state == .unloading)
        #expect(bench.fire(.unload).reason == .unloadTimeout)
    }

    @Test func aProviderThatDiesIsReportedByTheGenerationOfItsLoad() {
        let bench = Bench()
        bench.liveOnce()
        bench.initialize()
        let load = bench.started.last
        bench.finish(.loaded)
        bench.finish(.warmed)
        let event = LifecycleEvent.providerFailed(generation: load?.generation ?? 0, .providerExited, .exited)
        #expect(bench.send(event).to == .error)
    }
}
