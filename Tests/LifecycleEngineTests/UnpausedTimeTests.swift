import LifecycleEngine
import ModelLifecycle
import TestSupport
import Testing

@Suite("Time without pauses", .noDeadlock, .turn(of: "LifecycleEngineTests"))
struct UnpausedTimeTests {
    private let system = ManualClock()
    private let time: UnpausedTime

    init() {
        let engine = system.engine
        time = UnpausedTime(monotonic: engine.now, systemSleep: engine.sleep)
    }

    private func instant(_ seconds: Int) -> MonotonicInstant { MonotonicInstant(sinceOrigin: .seconds(seconds)) }

    private func sleeper(_ seconds: Int) -> Task<Void, any Error> {
        Task { [time, until = instant(seconds)] in try await time.sleep(until: until) }
    }

    @Test func withoutAPauseItIsTheSystemsTime() async throws {
        let task = sleeper(3)
        for second in 1...3 { try await system.advance(toSleeperAt: .seconds(second)) }
        try await task.value
        #expect(time.now == instant(3))
    }

    /// A sleep that ends an hour late was not awake for that hour.
    @Test func aPauseDoesNotCount() async throws {
        let task = sleeper(3)
        try await system.advance(toSleeperAt: .seconds(1))
        try await system.sleeper(at: .seconds(2))
        system.pause(for: .seconds(3601))
        // The first look does not count the pause, although the sleeper has not woken yet.
        #expect(time.now == instant(2))
        system.advance(by: .zero)
        try await system.advance(toSleeperAt: .seconds(3603))
        try await task.value
        #expect(time.now == instant(3))
    }

    @Test func aMachineThatIsBusyIsNotPaused() async throws {
        let task = sleeper(3)
        try await system.sleeper(at: .seconds(1))
        system.pause(for: .milliseconds(2900))
        #expect(time.now.sinceOrigin == .milliseconds(2900))
        system.advance(by: .zero)
        try await system.advance(toSleeperAt: .seconds(3))
        try await task.value
    }

    /// A look in between proves that the process ran, and the time never runs backwards.
    @Test func lookingOftenIsNoPause() async throws {
        let task = sleeper(3)
        try await system.sleeper(at: .seconds(1))
        for milliseconds in [2900, 200, 1500, 1500] {
            let before = time.now
            system.pause(for: .milliseconds(milliseconds))
            #expect(time.now == before + .milliseconds(milliseconds))
        }
        system.advance(by: .zero)
        try await task.value
    }

    @Test func aSleepThatIsTakenBackNoticesNothing() async throws {
        let task = sleeper(3)
        try await system.sleeper(at: .seconds(1))
        task.cancel()
        await #expect(throws: CancellationError.self) { try await task.value }
        system.advance(by: .seconds(100))
        #expect(time.now == instant(100))
    }

    @Test func severalSleepersNoticeAPauseOnce() async throws {
        let tasks = [sleeper(5), sleeper(5)]
        try await system.sleepers(2)
        system.pause(for: .seconds(101))
        #expect(time.now == instant(1))
        system.advance(by: .zero)
        for second in 102...105 {
            try await system.sleepers(2)
            try await system.advance(toSleeperAt: .seconds(second))
        }
        for task in tasks { try await task.value }
        #expect(time.now == instant(5))
    }
}
