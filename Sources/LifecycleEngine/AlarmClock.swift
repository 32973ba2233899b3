package import ModelLifecycle
import Synchronization

/// Lets many tasks sleep on one timer of the system. Nearly every deadline of a lifecycle is cancelled
/// long before it is due, and the system keeps a cancelled timer until then: here it costs an entry in
/// a list, and leaves nothing behind.
package final class AlarmClock: Sendable {
    private struct Sleeper: Sendable {
        let until: MonotonicInstant
        let id: UInt64
        /// Told whether it was cancelled.
        let wake: @Sendable (_ cancelled: Bool) -> Void

        func isBefore(_ until: MonotonicInstant, _ id: UInt64) -> Bool {
            self.until == until ? self.id < id : self.until < until
        }
    }

    private struct Contents: Sendable {
        /// Sorted by `until`, then `id`.
        var sleepers: [Sleeper] = []
        var nextID: UInt64 = 0
        /// Cancelled before they lay down.
        var cancelled: Set<UInt64> = []
        /// The one timer that is set. It may be earlier than needed, never later.
        var timer: (at: MonotonicInstant, task: Task<Void, Never>)?

        func index(_ until: MonotonicInstant, _ id: UInt64) -> Int {
            var low = 0
            var high = sleepers.count
            while low < high {
                let middle = (low + high) / 2
                if sleepers[middle].isBefore(until, id) { low = middle + 1 } else { high = middle }
            }
            return low
        }
    }

    private let contents = Mutex(Contents())
    private let now: @Sendable () -> MonotonicInstant
    private let systemSleep: @Sendable (MonotonicInstant) async throws -> Void

    package init(
        now: @escaping @Sendable () -> MonotonicInstant,
        systemSleep: @escaping @Sendable (MonotonicInstant) async throws -> Void
    ) {
        self.now = now
        self.systemSleep = systemSleep
    }

    /// - Throws: `CancellationError` where the task is cancelled before the instant.
    package func sleep(until: MonotonicInstant) async throws {
        let id = contents.withLock { contents in
            contents.nextID += 1
            return contents.nextID
        }
        try await withTaskCancellationHandler {
            try await withCheckedThrowingContinuation { (continuation: CheckedContinuation<Void, any Error>) in
                let answer: Result<Void, any Error>? = contents.withLock { contents in
                    if contents.cancelled.remove(id) != nil { return .failure(CancellationError()) }
                    guard until > now() else { return .success(()) }
                    lieDown(
                        Sleeper(until: until, id: id) { cancelled in
                            if cancelled {
                                continuation.resume(throwing: CancellationError())
                            } else {
                                continuation.resume()
                            }
                        }, &contents)
                    return nil
                }
                if let answer { continuation.resume(with: answer) }
            }
        } onCancel: {
            let sleeper: Sleeper? = contents.withLock { contents in
                let index = contents.index(until, id)
                guard index < contents.sleepers.count, contents.sleepers[index].id == id else {
                    contents.cancelled.insert(id)
                    return nil
                }
                return contents.sleepers.remove(at: index)
            }
            sleeper?.wake(true)
        }
        // A cancellation that came after the awakening has left its mark.
        _ = contents.withLock { $0.cancelled.remove(id) }
    }

    /// Calls `action` at the instant, from any thread, unless the result is called before.
    package func schedule(at until: MonotonicInstant, _ action: @escaping @Sendable () -> Void) -> @Sendable () -> Void
    {
        let id = contents.withLock { contents in
            contents.nextID += 1
            let id = contents.nextID
            lieDown(
                Sleeper(until: until, id: id) { cancelled in
                    if !cancelled { action() }
                }, &contents)
            return id
        }
        return { [self] in
            contents.withLock { contents in
                let index = contents.index(until, id)
                guard index < contents.sleepers.count, contents.sleepers[index].id == id else { return }
                contents.sleepers.remove(at: index)
            }
        }
    }

    private func lieDown(_ sleeper: Sleeper, _ contents: inout Contents) {
        contents.sleepers.insert(sleeper, at: contents.index(sleeper.until, sleeper.id))
        arm(&contents)
    }

    /// Sets the timer where the first sleeper is due before it.
    private func arm(_ contents: inout Contents) {
        guard let first = contents.sleepers.first?.until else { return }
        if let timer = contents.timer {
            guard first < timer.at else { return }
            timer.task.cancel()
        }
        let task = Task.detached { [weak self, systemSleep] in
            guard (try? await systemSleep(first)) != nil else { return }
            self?.wake(at: first)
        }
        contents.timer = (first, task)
    }

    private func wake(at instant: MonotonicInstant) {
        let due: ArraySlice<Sleeper> = contents.withLock { contents in
            // A timer that was replaced at the last moment leaves the waking to its successor.
            guard contents.timer?.at == instant else { return [] }
            contents.timer = nil
            let now = max(instant, now())
            let count = contents.sleepers.firstIndex { $0.until > now } ?? contents.sleepers.count
            let due = contents.sleepers.prefix(count)
            contents.sleepers.removeFirst(count)
            arm(&contents)
            return due
        }
        for sleeper in due { sleeper.wake(false) }
    }
}
