import Foundation
package import ModelLifecycle

/// The engine's two clocks: one that only runs forward, for durations and timers, and the wall's.
package struct EngineClock: Sendable {
    package var now: @Sendable () -> MonotonicInstant
    package var wall: @Sendable () -> WallTime
    /// Returns at the instant, or throws when the task is cancelled before it.
    package var sleep: @Sendable (_ until: MonotonicInstant) async throws -> Void
    /// Calls the action at the instant, unless the result is called before.
    package var schedule: @Sendable (_ at: MonotonicInstant, _ action: @escaping @Sendable () -> Void) -> ScheduledCall

    /// Takes a scheduled call back; does nothing once it has happened.
    package typealias ScheduledCall = @Sendable () -> Void

    package init(
        now: @escaping @Sendable () -> MonotonicInstant, wall: @escaping @Sendable () -> WallTime,
        sleep: @escaping @Sendable (_ until: MonotonicInstant) async throws -> Void
    ) {
        self.now = now
        self.wall = wall
        self.sleep = sleep
        schedule = { instant, action in
            let task = Task {
                do { try await sleep(instant) } catch { return }
                action()
            }
            return { task.cancel() }
        }
    }

    /// Time that the machine spends asleep does not count, nor does a pause of this process: a closed lid is no slow load.
    package static let system: EngineClock = {
        let clock = SuspendingClock()
        let origin = clock.now
        let time = UnpausedTime {
            MonotonicInstant(sinceOrigin: origin.duration(to: clock.now))
        } systemSleep: { until in
            try await clock.sleep(until: origin.advanced(by: until.sinceOrigin), tolerance: .zero)
        }
        let now: @Sendable () -> MonotonicInstant = { time.now }
        let alarm = AlarmClock(now: now) { try await time.sleep(until: $0) }
        var engine = EngineClock(
            now: now,
            wall: { WallTime(microseconds: max(0, Int64(Date().timeIntervalSince1970 * 1_000_000))) },
            sleep: { try await alarm.sleep(until: $0) })
        // A timer of its own costs no task: nearly all are taken back.
        engine.schedule = { alarm.schedule(at: $0, $1) }
        return engine
    }()

    package var moment: Moment { Moment(instant: now(), wall: wall()) }
}
