/// How a run ended, or that it has not.
package enum RunOutcome: String, Sendable, CaseIterable {
    case inProgress = "in_progress"
    case ready
    case unloaded
    case failed
    case cancelled
    case interrupted
}
