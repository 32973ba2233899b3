import ModelLifecycle
import Testing

/// What stands on the rows, beyond from and to.
@Suite("Rows")
struct RowTests {
    @Test func theFirstRowHasNoDurationAndTheOthersHaveTheTimeInTheStateThatTheyLeave() {
        let bench = Bench()
        bench.advance(by: .seconds(50))
        bench.initialize()
        bench.advance(by: .seconds(3))
        bench.finish(.loaded)
        bench.advance(by: .milliseconds(700))
        bench.finish(.warmed)
        bench.advance(by: .seconds(60))
        bench.unload()
        bench.advance(by: .milliseconds(20))
        bench.finish(.released)
        bench.advance(by: .seconds(9))
        bench.initialize()
        #expect(
            bench.rows.map(\.elapsed) == [
                nil, .seconds(3), .milliseconds(700), .seconds(60), .milliseconds(20), .seconds(9),
            ])
    }

    @Test func ordinalsCountWithinARun() {
        let bench = Bench()
        bench.liveOnce()
        bench.becomeReady()
        #expect(bench.rows.map(\.ordinal) == [1, 2, 3, 4, 5, 1, 2, 3])
        #expect(Set(bench.rows.map(\.run.runID)).count == 2)
    }

    @Test func rowsCarryTheWallTimeOfTheirEvent() {
        let bench = Bench()
        bench.initialize()
        #expect(bench.lastRow?.at == bench.moment.wall)
    }

    @Test func theVersionStandsOnTheRowThatSaysLoaded() {
        let bench = Bench()
        bench.becomeReady()
        #expect(bench.rows.map(\.version) == [nil, "5.0", nil])
    }

    @Test func theMeasurementsStandOnTheRowThatEndsTheWarmup() {
        let bench = Bench()
        bench.becomeReady()
        #expect(bench.rows.map(\.warmups.count) == [0, 0, 1])
    }

    @Test func evidenceOfAFailureReachesTheRowUnchanged() {
        let bench = Bench()
        let killed = Failure(.oomKilled, "killed", exitCode: nil, signal: 9, outputTail: "loading 3/4")
        bench.initialize()
        bench.finish(.failed(killed))
        #expect(bench.lastRow?.failure == killed)
        #expect(bench.machine.failure == killed)
    }

    @Test func aNewRunForgetsTheFailureOfTheLast() {
        let bench = Situation.error.bench()
        #expect(bench.machine.failure != nil)
        bench.initialize()
        #expect(bench.machine.failure == nil)
    }

    @Test func theDeadlineIsTheStartersTimeoutAndAJoinerDoesNotMoveIt() {
        let bench = Bench()
        bench.initialize(timeout: .seconds(12))
        let due = bench.armed[.deadline]
        #expect(due == bench.moment.instant + .seconds(12))
        bench.advance(by: .seconds(2))
        bench.initialize(timeout: .seconds(500))
        #expect(bench.armed[.deadline] == due)
    }

    @Test func progressMovesTheStallTimeoutButNotTheDeadline() {
        let bench = Bench()
        bench.initialize()
        let deadline = bench.armed[.deadline]
        bench.advance(by: .seconds(4))
        bench.progress()
        #expect(bench.armed[.stall] == bench.moment.instant + .seconds(5))
        #expect(bench.armed[.deadline] == deadline)
    }

    @Test func withoutAStallTimeoutProgressSetsNoTimer() {
        let bench = Bench { $0.loadStallTimeout = nil }
        bench.initialize()
        #expect(bench.progress() == .stays())
        #expect(bench.armed[.stall] == nil)
    }
}
