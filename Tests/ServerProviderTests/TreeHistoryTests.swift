import ModelLifecycle
import Testing

@testable import ServerProvider

@Suite("What a server's processes were seen to do") struct TreeHistoryTests {
    private let start = ContinuousClock.now

    private func process(_ pid: Int32, name: String = "python3") -> SeenProcess {
        // The text has all fields that are read.
        guard let process = SeenProcess(stat: "\(pid) (\(name)) S 1 1 1 0 0 0 0 0 0 0 0 0 0 0 0 0 1 0 \(pid * 10)")
        else {
            preconditionFailure("a line of /proc/PID/stat")
        }
        return process
    }

    private func end(_ pid: Int32, after seconds: Double, status: Int32?, isBeforeServer: Bool = true) -> EndedProcess {
        EndedProcess(
            process: process(pid), at: start + .seconds(seconds), waitStatus: status, isBeforeServer: isBeforeServer)
    }

    private func facts(
        _ history: TreeHistory, end: ServerProcess.End? = nil, since: Double = 0, serverPID: Int32? = 100
    ) -> TreeFacts {
        TreeFacts(
            history: history, since: start + .seconds(since), limit: nil, serverPID: serverPID, leastAvailable: nil,
            end: end)
    }

    @Test func aWorkerThatGoesAsTheCountGoesUpWasKilledForMemory() {
        var history = TreeHistory()
        history.isShared = false
        history.add(kills: 1, at: start + .seconds(1))
        history.add(end(4711, after: 1.2, status: nil))
        #expect(history.kills(since: start).processes.map(\.process.pid) == [4711])
        #expect(facts(history).oomKill == .confirmed)
    }

    @Test("where others are in the group, only a known SIGKILL confirms it", arguments: [true, false])
    func shared(isKnown: Bool) {
        var history = TreeHistory()
        history.add(kills: 1, at: start + .seconds(1))
        history.add(end(4711, after: 1, status: isKnown ? 9 : nil))
        #expect(facts(history).oomKill == (isKnown ? .confirmed : .suspected))
    }

    @Test func whatEndedInAnotherWayOrAtAnotherTimeWasNotKilledForIt() {
        var history = TreeHistory()
        history.isShared = false
        history.add(end(1, after: 1, status: nil))
        history.add(kills: 1, at: start + .seconds(60))
        history.add(end(2, after: 60, status: 11))
        history.add(end(3, after: 60, status: 1 << 8))
        history.add(end(4, after: 90, status: 9))
        #expect(history.kills(since: start).processes == [])
        #expect(facts(history).oomKill == .suspected)
    }

    /// Which one it was is known only if each one's end is.
    @Test func ofMoreThatWentThanWereKilledNoneIsGuessed() {
        var history = TreeHistory()
        history.isShared = false
        history.add(kills: 1, at: start)
        history.add(end(1, after: 1, status: nil))
        history.add(end(2, after: 1, status: nil))
        #expect(history.kills(since: start).processes == [])
        history.add(end(3, after: 1, status: 9))
        #expect(history.kills(since: start).processes.map(\.process.pid) == [3])
    }

    @Test func aKillLongAgoExplainsNothing() {
        var history = TreeHistory()
        history.isShared = false
        history.add(kills: 1, at: start)
        history.add(end(1, after: 0, status: 9))
        let later = facts(history, end: .exited(1), since: 100)
        #expect(later.oomKill == .notSeen && later.kills.count == 0 && later.totalKills == 1)
    }

    @Test func whereNoGroupCanBeReadItIsUnknown() {
        let history = TreeHistory()
        #expect(facts(history, end: .exited(1)).oomKill == nil)
        #expect(facts(history, end: .signaled(9)).oomKill == .suspected)
        #expect(facts(history).totalKills == nil)
    }

    @Test func whereTheCountDidNotGoUpThereWasNone() {
        var history = TreeHistory()
        history.couldCount()
        #expect(facts(history, end: .signaled(9)).oomKill == .notSeen)
        #expect(facts(history, end: .exited(0)).oomKill == .notSeen)
        #expect(facts(history).oomKill == nil)
        #expect(facts(history).totalKills == 0)
    }

    /// It may have moved to a group that no look has found it in.
    @Test func aKillSomewhereOnTheHostAtThatTimeIsSuspected() {
        var history = TreeHistory()
        history.couldCount()
        history.noteHostKill(at: .now)
        #expect(facts(history, end: .signaled(9)).oomKill == .suspected)
        #expect(facts(history, end: .exited(1)).oomKill == .notSeen)
    }

    @Test func theSumAndTheLargestAreDifferentNumbers() {
        var history = TreeHistory()
        history.add([.init(now: 10, peak: 30), .init(now: 20, peak: 20)])
        history.add([.init(now: 5, peak: 30)])
        #expect(history.residentPeak == 30 && history.treePeak == 30)
        history.add([.init(now: 15, peak: 30), .init(now: 25, peak: 25)])
        #expect(history.residentPeak == 30 && history.treePeak == 40)
    }

    /// Those that the lifeline ends after the server are no reason for its end.
    @Test func onlyWhatEndedBeforeTheServerComesBeforeIt() {
        var history = TreeHistory()
        history.add(end(1, after: 1, status: 11))
        history.add(end(2, after: 5, status: 15, isBeforeServer: false))
        #expect(facts(history).earlierEnd?.process.pid == 1)
    }
}
