import LifecycleEngine
import ModelLifecycle
import ModelLifecycleTesting
import TestSupport
import Testing

@Suite("Clocks", .noDeadlock, .turn(of: "LifecycleEngineTests"))
struct ClockTests {
    @Test func theSystemsClockNeverWakesTooEarly() async throws {
        let clock = EngineClock.system
        let instant = clock.now() + .milliseconds(2)
        try await clock.sleep(instant)
        #expect(clock.now() >= instant)
        // What is over already is not waited for.
        try await clock.sleep(instant)
    }

    @Test(arguments: [Duration.seconds(3600), .seconds(Int64.max)])
    func aSleepEndsWithItsTask(length: Duration) async throws {
        let clock = EngineClock.system
        let sleeper = Task { try await clock.sleep(clock.now() + length) }
        sleeper.cancel()
        await #expect(throws: CancellationError.self) { try await sleeper.value }
    }

    @Test func theManualClockWakesSleepersInOrderEachAtItsInstant() async throws {
        let clock = ManualClock()
        let engine = clock.engine
        let woken = Watched<[Duration]>([])
        for seconds in [3, 1, 2] {
            let instant = MonotonicInstant(sinceOrigin: .seconds(seconds))
            Task {
                try await engine.sleep(instant)
                woken.update { $0.append(instant.sinceOrigin) }
            }
        }
        try await clock.sleepers(3)
        clock.advance(by: .seconds(1))
        try await woken.wait { $0 == [.seconds(1)] }
        clock.advance(by: .seconds(5))
        try await woken.wait { Set($0) == [.seconds(1), .seconds(2), .seconds(3)] }
        #expect(clock.now == .seconds(6))
        #expect(engine.wall().microseconds == ManualClock().engine.wall().microseconds + 6_000_000)
    }

    @Test func aCancelledSleeperIsForgotten() async throws {
        let clock = ManualClock()
        let instant = MonotonicInstant(sinceOrigin: .seconds(1))
        let sleeper = Task { try await clock.engine.sleep(instant) }
        try await clock.sleeper(at: .seconds(1))
        sleeper.cancel()
        try await clock.noSleeper(at: .seconds(1))
        await #expect(throws: CancellationError.self) { try await sleeper.value }
    }
}
