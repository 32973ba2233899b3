package import LifecycleEngine
import ModelLifecycle
import ModelLifecycleTesting
import Synchronization

/// Time that moves only when a test says so. It begins at zero; the wall's clock moves with it.
package final class ManualClock: Sendable {
    /// What a sleeper sleeps until, and how to wake it.
    private struct Sleeper: Sendable {
        var id: Int
        var until: Duration
        var continuation: CheckedContinuation<Void, any Error>
    }

    private struct Contents: Sendable {
        var now = Duration.zero
        var sleepers: [Sleeper] = []
        var asked: [Duration] = []
        var cancelled: Set<Int> = []
        var nextSleeper = 0
    }

    /// 2026-01-01T00:00:00Z.
    private static let wallOrigin: Int64 = 1_767_225_600_000_000

    private let contents = Watched(Contents())

    package init() {}

    /// The engine's view of it.
    package var engine: EngineClock {
        EngineClock(
            now: { MonotonicInstant(sinceOrigin: self.now) },
            wall: { WallTime(microseconds: Self.wallOrigin + self.now.wholeMicroseconds) },
            sleep: { try await self.sleep(until: $0.sinceOrigin) })
    }

    package var now: Duration { contents.value.now }

    /// Every instant that anybody ever wanted to sleep until.
    package var asked: [Duration] { contents.value.asked }

    // MARK: - For tests

    /// Moves time on. Sleepers wake in the order of their instants, each at its own; what they do then
    /// happens in their tasks, so wait for that before moving on.
    package func advance(by duration: Duration) {
        let end = now + duration
        while true {
            let next: Sleeper? = contents.update { contents in
                let due = contents.sleepers.filter { $0.until <= end }
                guard let next = due.min(by: { ($0.until, $0.id) < ($1.until, $1.id) }) else {
                    contents.now = end
                    return nil
                }
                contents.now = max(contents.now, next.until)
                contents.sleepers.removeAll { $0.id == next.id }
                return next
            }
            guard let next else { return }
            next.continuation.resume()
        }
    }

    /// Moves time on without waking any sleeper, as when a process is stopped. `advance` wakes them.
    package func pause(for duration: Duration) { contents.update { $0.now += duration } }

    /// Moves time on to an instant, once somebody sleeps until then.
    package func advance(toSleeperAt instant: Duration) async throws {
        try await sleeper(at: instant)
        advance(by: instant - now)
    }

    /// Waits until somebody sleeps until this instant.
    package func sleeper(at instant: Duration) async throws {
        try await contents.wait { $0.sleepers.contains { $0.until == instant } }
    }

    /// Waits until nobody sleeps until this instant.
    package func noSleeper(at instant: Duration) async throws {
        try await contents.wait { !$0.sleepers.contains { $0.until == instant } }
    }

    /// Waits until this many sleep.
    package func sleepers(_ count: Int) async throws {
        try await contents.wait { $0.sleepers.count >= count }
    }

    // MARK: - For the engine

    private func sleep(until instant: Duration) async throws {
        let id = contents.update { contents in
            contents.nextSleeper += 1
            contents.asked.append(instant)
            return contents.nextSleeper
        }
        try await withTaskCancellationHandler {
            try await withCheckedThrowingContinuation { continuation in
                let answer: Result<Void, any Error>? = contents.update { contents in
                    if contents.cancelled.remove(id) != nil { return .failure(CancellationError()) }
                    if instant <= contents.now { return .success(()) }
                    contents.sleepers.append(Sleeper(id: id, until: instant, continuation: continuation))
                    return nil
                }
                if let answer { continuation.resume(with: answer) }
            }
        } onCancel: {
            let sleeper: Sleeper? = contents.update { contents in
                guard let index = contents.sleepers.firstIndex(where: { $0.id == id }) else {
                    contents.cancelled.insert(id)
                    return nil
                }
                return contents.sleepers.remove(at: index)
            }
            sleeper?.continuation.resume(throwing: CancellationError())
        }
    }
}
