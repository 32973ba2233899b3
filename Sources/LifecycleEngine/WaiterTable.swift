import ModelLifecycle
import Synchronization

/// Those who wait for one model, each no longer than they said. Their timeouts are kept here and not in
/// the inbox: they hold also while the inbox waits for a disk that does not answer.
final class WaiterTable: Sendable {
    private struct Entry {
        var waiter: Waiter
        /// nil until the machine has said what the caller waits for.
        var group: CallerGroup?
    }

    private struct Contents {
        var entries: [CallerID: Entry] = [:]
        var spared: Set<CallerID> = []
        /// One timer serves all callers. It may be earlier than needed, never later.
        var timer: (at: MonotonicInstant, cancel: EngineClock.ScheduledCall)?
    }

    /// How much longer than its own timeout a caller waits whom a deadline of the machine is to answer,
    /// which it does as soon as its row is durable.
    static let grace = Duration.seconds(1)

    private let contents = Mutex(Contents())
    private let clock: EngineClock

    init(clock: EngineClock) { self.clock = clock }

    func add(_ waiter: Waiter) {
        contents.withLock { contents in
            contents.entries[waiter.id] = Entry(waiter: waiter)
            if let deadline = waiter.deadline { arm(deadline, &contents) }
        }
    }

    func enrol(_ id: CallerID, _ group: CallerGroup) { contents.withLock { $0.entries[id]?.group = group } }

    func answer(_ id: CallerID, _ answer: Bool) {
        contents.withLock { $0.entries.removeValue(forKey: id) }?.waiter.resolve(answer)
    }

    func remove(_ id: CallerID) { contents.withLock { $0.entries[id] = nil } }

    func settle(_ group: CallerGroup, _ answer: Bool) {
        take { $0.group == group }.forEach { $0.resolve(answer) }
    }

    func settleAll(_ answer: Bool) {
        contents.withLock { contents in
            contents.timer?.cancel()
            contents.timer = nil
        }
        take { _ in true }.forEach { $0.resolve(answer) }
    }

    private func take(where belongs: (Entry) -> Bool) -> [Waiter] {
        contents.withLock { contents in
            let taken = contents.entries.values.filter(belongs).map(\.waiter)
            if taken.count == contents.entries.count {
                contents.entries.removeAll(keepingCapacity: taken.count < 64)
            } else {
                for waiter in taken { contents.entries[waiter.id] = nil }
            }
            return taken
        }
    }

    /// Leaves the answer to these callers to the deadline of what they began, which ends at the same
    /// instant: it comes after the row, and must not be raced.
    func spare(_ ids: Set<CallerID>) {
        let changed = contents.withLock { contents in
            defer { contents.spared = ids }
            return !contents.spared.isSubset(of: ids)
        }
        if changed { expire() }
    }

    /// Sends away everybody whose time is over.
    private func expire() {
        let now = clock.now()
        let due = contents.withLock { contents in
            if let timer = contents.timer, timer.at <= now { contents.timer = nil }
            var due: [Waiter] = []
            var next: MonotonicInstant?
            for (id, entry) in contents.entries {
                guard var deadline = entry.waiter.deadline else { continue }
                if contents.spared.contains(id) { deadline = deadline + Self.grace }
                if deadline <= now { due.append(entry.waiter) } else { next = min(next ?? deadline, deadline) }
            }
            for waiter in due { contents.entries[waiter.id] = nil }
            if let next { arm(next, &contents) }
            return due
        }
        for waiter in due { waiter.resolve(false) }
    }

    private func arm(_ instant: MonotonicInstant, _ contents: inout Contents) {
        guard contents.timer.map({ instant < $0.at }) ?? true else { return }
        contents.timer?.cancel()
        let cancel = clock.schedule(instant) { [weak self] in self?.expire() }
        contents.timer = (instant, cancel)
    }
}
