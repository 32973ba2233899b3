import ModelLifecycle
import Testing

@testable import ServerProvider

@Suite("Workers that come and go") struct WorkerWatchTests {
    private let start = ContinuousClock.now
    private let server: SeenProcess
    private var watch = WorkerWatch()

    init() {
        server = Self.process(100, parent: 1)
        watch.see([server, Self.process(4711), Self.process(4712)], at: start)
    }

    private static func process(_ pid: Int32, parent: Int32 = 100, name: String = "python3") -> SeenProcess {
        guard
            let process = SeenProcess(
                stat: "\(pid) (\(name)) S \(parent) 1 1 0 0 0 0 0 0 0 0 0 0 0 0 0 1 0 \(pid)")
        else { preconditionFailure("a line of /proc/PID/stat") }
        return process
    }

    private mutating func changes(
        at seconds: Double, _ running: [SeenProcess], _ ended: [(SeenProcess, Int32?)] = [], killed: Set<Int32> = [],
        limit: String = ""
    ) -> [String] {
        let now = start + .seconds(seconds)
        let ends = ended.map { EndedProcess(process: $0.0, at: now, waitStatus: $0.1) }
        return watch.changes([server] + running, ends, killedForMemory: killed, at: now).map { $0.text(limit: limit) }
    }

    @Test mutating func aReplacementIsToldWithTheEnd() {
        let rest = Self.process(4712)
        #expect(changes(at: 1, [rest], [(Self.process(4711), 9)]) == [])
        #expect(changes(at: 5, [rest]) == [])
        #expect(
            changes(at: 9, [rest, Self.process(4720)])
                == ["worker 4711 (python3) ended by SIGKILL, replaced by 4720 after 8 s"])
    }

    @Test mutating func aReplacementAtOnce() {
        #expect(
            changes(at: 1, [Self.process(4712), Self.process(4720)], [(Self.process(4711), nil)])
                == ["worker 4711 (python3) ended, replaced by 4720 at once"])
        // It is a worker in its turn.
        #expect(
            changes(at: 2, [Self.process(4712), Self.process(4730)], [(Self.process(4720), 3 << 8)])
                == ["worker 4720 (python3) ended with status 3, replaced by 4730 at once"])
    }

    /// Between fork and exec it has its parent's name.
    @Test mutating func aReplacementIsKnownOnceItHasItsName() {
        let rest = Self.process(4712)
        #expect(changes(at: 1, [rest, Self.process(4720, name: "sh")], [(Self.process(4711), 9)]) == [])
        #expect(
            changes(at: 1.5, [rest, Self.process(4720)])
                == ["worker 4711 (python3) ended by SIGKILL, replaced by 4720 at once"])
        // It has taken one place, and takes no other.
        #expect(changes(at: 2, [Self.process(4720)], [(rest, 9)]) == [])
    }

    @Test mutating func theEndOfTheWatchTellsWhoHasNoReplacementYet() {
        let rest = Self.process(4712)
        #expect(changes(at: 10, [rest], [(Self.process(4711), 9)]) == [])
        #expect(watch.unfinished().map { $0.text(limit: "") } == ["worker 4711 (python3) ended by SIGKILL"])
        #expect(watch.unfinished().isEmpty)
    }

    @Test mutating func withoutAReplacementItIsToldAfterAMinute() {
        let rest = Self.process(4712)
        #expect(changes(at: 10, [rest], [(Self.process(4711), 11)]) == [])
        #expect(changes(at: 69, [rest]) == [])
        #expect(
            changes(at: 70, [rest])
                == ["worker 4711 (python3) ended by SIGSEGV, and was not replaced within 1 min"])
        #expect(changes(at: 80, [rest]) == [])
    }

    @Test mutating func aKillForMemoryNamesTheLimit() {
        #expect(
            changes(
                at: 1, [Self.process(4712), Self.process(4720)], [(Self.process(4711), 9)], killed: [4711],
                limit: " (limit 2.0 GB)")
                == ["worker 4711 (python3) was killed for memory (limit 2.0 GB), replaced by 4720 at once"])
    }

    @Test mutating func aWorkerThatIsKilledInItsFirstSecondsIsTold() {
        let rest = Self.process(4712)
        #expect(changes(at: 2, [rest], [(Self.process(4711), 9)]) == [])
        #expect(watch.unfinished().map { $0.text(limit: "") } == ["worker 4711 (python3) ended by SIGKILL"])
    }

    @Test mutating func aCrashedWorkerIsMissingUntilItIsReplaced() {
        let rest = Self.process(4712)
        _ = changes(at: 2, [rest], [(Self.process(4711), 11)])
        #expect(watch.missing(at: start + .seconds(6)) == nil)
        #expect(watch.missing(at: start + .seconds(7))?.ended.process.pid == 4711)
        _ = changes(at: 8, [rest, Self.process(4720)])
        #expect(watch.missing(at: start + .seconds(20)) == nil)
    }

    @Test mutating func aWorkerThatEndsByItselfIsNotMissing() {
        _ = changes(at: 2, [Self.process(4712)], [(Self.process(4711), 0)])
        #expect(watch.missing(at: start + .seconds(20)) == nil)
    }

    /// A command that it runs for one request comes and goes.
    @Test mutating func aPassingHelperIsNoWorker() {
        let (rest, helper) = ([Self.process(4711), Self.process(4712)], Self.process(5000, name: "ffmpeg"))
        #expect(changes(at: 1, rest + [helper]) == [])
        #expect(changes(at: 20, rest, [(helper, 0)]) == [])
        #expect(changes(at: 90, rest) == [])
    }

    @Test mutating func anotherProgramDoesNotReplaceIt() {
        let helper = Self.process(5000, name: "ffmpeg")
        #expect(changes(at: 10, [Self.process(4712), helper], [(Self.process(4711), 9)]) == [])
        #expect(changes(at: 71, [Self.process(4712), helper]).count == 1)
    }

    @Test mutating func theProcessesOfAWorkerGoWithIt() {
        let child = Self.process(4713, parent: 4711, name: "loader")
        watch.see([server, Self.process(4711), Self.process(4712), child], at: start)
        _ = changes(at: 10, [Self.process(4712)], [(Self.process(4711), 9), (child, 9)])
        #expect(changes(at: 70, [Self.process(4712)]).count == 1)
    }

    @Test func notesAreBoundedAndTheRestIsCounted() {
        var limit = NoteLimit()
        #expect(limit.allows(.worker, at: start) == "")
        #expect(limit.allows(.worker, at: start + .seconds(5)) == nil)
        #expect(limit.allows(.liveness, at: start + .seconds(5)) == "")
        #expect(limit.allows(.worker, at: start + .seconds(10)) == "; 1 more of the kind before it are not listed")
        for index in 2..<100 { #expect(limit.allows(.worker, at: start + .seconds(10 * index)) == "") }
        #expect(limit.allows(.worker, at: start + .seconds(10_000)) == nil)
    }
}
