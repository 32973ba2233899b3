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
