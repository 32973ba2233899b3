/// How a run ended, or that it has not.
package enum RunOutcome: String, Sendable, CaseIterable {
    case inProgress = "in_progress"
    case ready
    case unloaded
    case failed
    case cancelled
    case interrupted

    /// It ended in a way that was not asked for.
    package var isFailure: Bool {
        switch self {
        case .failed, .interrupted: true
        case .inProgress, .ready, .unloaded, .cancelled: false
        }
    }

    /// Nothing has ended it yet.
    package var isInFlight: Bool {
        switch self {
        case .inProgress, .ready: true
        case .unloaded, .failed, .cancelled, .interrupted: false
        }
    }
}
