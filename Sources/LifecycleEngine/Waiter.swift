import ModelLifecycle
import Synchronization

/// One caller who waits for an answer, and gets exactly one: whoever resolves first wins, the others
/// come too late and do nothing.
final class Waiter: Sendable {
    let id: CallerID
    /// When the caller stops waiting; nil for never.
    let deadline: MonotonicInstant?

    private enum State {
        case idle
        case waiting(CheckedContinuation<Bool, Never>)
        case resolved(Bool)
    }

    private let state = Mutex(State.idle)

    init(id: CallerID, deadline: MonotonicInstant?) {
        self.id = id
        self.deadline = deadline
    }

    var isResolved: Bool {
        state.withLock { state in
            if case .resolved = state { true } else { false }
        }
    }

    func wait(_ continuation: CheckedContinuation<Bool, Never>) {
        let answer: Bool? = state.withLock { state in
            if case .resolved(let answer) = state { return answer }
            state = .waiting(continuation)
            return nil
        }
        if let answer { continuation.resume(returning: answer) }
    }

    func resolve(_ answer: Bool) {
        let continuation: CheckedContinuation<Bool, Never>? = state.withLock { state in
            switch state {
            case .idle:
                state = .resolved(answer)
                return nil
            case .waiting(let continuation):
                state = .resolved(answer)
                return continuation
            case .resolved: return nil
            }
        }
        continuation?.resume(returning: answer)
    }
}

/// Those who wait, with their deadlines.
struct WaiterTable {
    private struct Entry {
        var waiter: Waiter
        var group: CallerGroup
    }

    private var entries: [CallerID: Entry] = [:]

    mutating func enrol(_ waiter: Waiter, _ group: CallerGroup) {
        entries[waiter.id] = Entry(waiter: waiter, group: group)
    }

    mutating func remove(_ id: CallerID) { entries[id] = nil }

    mutating func settle(_ group: CallerGroup, _ answer: Bool) {
        for entry in entries.values where entry.group == group { entry.waiter.resolve(answer) }
        entries = entries.filter { $0.value.group != group }
    }

    mutating func settleAll(_ answer: Bool) {
        for entry in entries.values { entry.waiter.resolve(answer) }
        entries = [:]
    }

    /// Sends away everybody whose time is over, but for `spared`.
    /// - Returns: when the next one's time is over.
    mutating func expire(at now: MonotonicInstant, sparing spared: CallerID?) -> MonotonicInstant? {
        var next: MonotonicInstant?
        for (id, entry) in entries where id != spared {
            guard let deadline = entry.waiter.deadline else { continue }
            if deadline <= now {
                entry.waiter.resolve(false)
                entries[id] = nil
            } else {
                next = min(next ?? deadline, deadline)
            }
        }
        return next
    }
}
