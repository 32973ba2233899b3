package import ModelLifecycle
import Synchronization

/// A clock that does not count the time in which this process was stopped: in a container that is paused, by a debugger,
/// or by SIGSTOP. A load that could do nothing has not been slow.
///
/// A pause is noticed by a sleep that should have ended long before.
package final class UnpausedTime: Sendable {
    private struct State {
        var paused = Duration.zero
        /// When the pieces that are being slept through should end, by the clock underneath.
        var ends: [UInt64: MonotonicInstant] = [:]
        var nextID: UInt64 = 0
        /// The last look at the clock underneath: the process ran then.
        var lastLook: MonotonicInstant?
    }

    private let monotonic: @Sendable () -> MonotonicInstant
    private let systemSleep: @Sendable (MonotonicInstant) async throws -> Void
    private let state = Mutex(State())

    /// Sleeps are cut into pieces of this length, so that a pause is noticed whenever it ends.
    private static let piece = Duration.seconds(1)
    /// A machine that is only busy does not let a piece end this late.
    private static let tolerance = Duration.seconds(2)

    /// - Parameters:
    ///   - monotonic: a clock that only runs forward.
    ///   - systemSleep: returns at the instant of that clock, or throws when the task is cancelled before it.
    package init(
        monotonic: @escaping @Sendable () -> MonotonicInstant,
        systemSleep: @escaping @Sendable (MonotonicInstant) async throws -> Void
    ) {
        self.monotonic = monotonic
        self.systemSleep = systemSleep
    }

    /// Runs only forward.
    package var now: MonotonicInstant { state.withLock { look(&$0).unpaused } }

    /// - Throws: `CancellationError` if the task is cancelled before the instant.
    package func sleep(until instant: MonotonicInstant) async throws {
        while true {
            let piece: (id: UInt64, end: MonotonicInstant)? = state.withLock { state in
                let (now, unpaused) = look(&state)
                guard instant > unpaused else { return nil }
                let end = now + min(instant - unpaused, Self.piece)
                state.nextID += 1
                state.ends[state.nextID] = end
                return (state.nextID, end)
            }
            guard let piece else { return }
            defer { _ = state.withLock { $0.ends.removeValue(forKey: piece.id) } }
            try await systemSleep(piece.end)
            // Before this piece is forgotten.
            _ = now
        }
    }

    /// The first look after a pause notices it, so that the time with the pause in it is never seen.
    private func look(_ state: inout State) -> (now: MonotonicInstant, unpaused: MonotonicInstant) {
        let now = monotonic()
        if let end = state.ends.values.min() {
            let begin = max(end, state.lastLook ?? end)
            if now - begin > Self.tolerance { state.paused += now - begin }
        }
        state.lastLook = now
        return (now, MonotonicInstant(sinceOrigin: now.sinceOrigin - state.paused))
    }
}
