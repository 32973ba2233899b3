import LifecycleEngine
import ModelLifecycle
import TestSupport
import Testing

@Suite("Alarm clock", .noDeadlock, .turn(of: "LifecycleEngineTests"))
struct AlarmClockTests {
    private let system = ManualClock()
    private let alarm: AlarmClock

    init() {
        let engine = system.engine
        alarm = AlarmClock(now: engine.now, systemSleep: engine.sleep)
    }

    private func instant(_ seconds: Int) -> MonotonicInstant { MonotonicInstant(sinceOrigin: .seconds(seconds)) }

    private func sleeper(_ seconds: Int) -> Task<Int, any Error> {
        Task { [alarm, until = instant(seconds)] in
            try await alarm.sleep(until: until)
            return seconds
        }
    }

    @Test func laterSleepersShareTheTimerOfTheFirst() async throws {
        let first = sleeper(10)
        try await system.sleeper(at: .seconds(10))
        let (woken, awakening) = AsyncStream.makeStream(of: Int.self)
        // They lie down before time moves on, which a task might not.
        for seconds in [20, 30, 40] { _ = alarm.schedule(at: instant(seconds)) { awakening.yield(seconds) } }
        system.advance(by: .seconds(10))
        #expect(try await first.value == 10)
        var others = woken.makeAsyncIterator()
        for seconds in [20, 30, 40] {
            try await system.advance(toSleeperAt: .seconds(seconds))
            #expect(await others.next() == seconds)
        }
        #expect(system.asked.count == 4, "one timer at a time, each set once")
    }

    @Test func anEarlierSleeperSetsTheTimerAnew() async throws {
        let late = sleeper(60)
        try await system.sleeper(at: .seconds(60))
        let early = sleeper(5)
        try await system.advance(toSleeperAt: .seconds(5))
        #expect(try await early.value == 5)
        try await system.advance(toSleeperAt: .seconds(60))
        #expect(try await late.value == 60)
    }

    @Test func aCancelledSleeperHearsAtOnceAndHoldsNobodyUp() async throws {
        let kept = sleeper(20)
        try await system.sleeper(at: .seconds(20))
        let cancelled = sleeper(10)
        try await system.sleeper(at: .seconds(10))
        cancelled.cancel()
        await #expect(throws: CancellationError.self) { try await cancelled.value }
        // The timer was set for the cancelled one; it wakes nobody, and is set for the next.
        system.advance(by: .seconds(10))
        try await system.advance(toSleeperAt: .seconds(20))
        #expect(try await kept.value == 20)
    }

    @Test func manySleepersOfOneInstantAllWake() async throws {
        let sleepers = (0..<1000).map { _ in sleeper(7) }
        let done = Task {
            for sleeper in sleepers { _ = try await sleeper.value }
        }
        try await system.advance(toSleeperAt: .seconds(7))
        try await done.value
    }

    @Test func aScheduledCallHappensOnceUnlessItIsTakenBack() async throws {
        let (calls, continuation) = AsyncStream.makeStream(of: Int.self)
        let takeBack = alarm.schedule(at: instant(5)) { continuation.yield(5) }
        let happened = alarm.schedule(at: instant(6)) { continuation.yield(6) }
        takeBack()
        // The timer was set for the first, which is gone when it fires.
        try await system.advance(toSleeperAt: .seconds(5))
        try await system.advance(toSleeperAt: .seconds(6))
        var iterator = calls.makeAsyncIterator()
        #expect(await iterator.next() == 6)
        happened()
        continuation.finish()
        #expect(await iterator.next() == nil)
    }

    @Test func whatIsOverIsNotWaitedFor() async throws {
        try await alarm.sleep(until: instant(0))
        #expect(system.asked.isEmpty)
    }
}
