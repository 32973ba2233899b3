package import JournalReports
import LifecycleJournal
import ModelLifecycle
import Synchronization

/// The states that a journal tells, as of the last look at it.
package final class JournalStates: StatusSource {
    private let known = Mutex<[ModelView]>([])

    package init() {}

    package var models: [ModelView] { known.withLock { $0 } }

    /// - Parameter statuses: all models of the journal.
    package func update(_ statuses: [ModelStatus]) {
        let views = statuses.map(ModelView.init(status:))
        known.withLock { $0 = views }
    }

    /// The journal cannot be read any more: nobody knows whether what it said last still holds.
    package func lose() {
        known.withLock { views in
            for place in views.indices {
                (views[place].isReady, views[place].servedBy, views[place].processID) = (false, nil, nil)
                views[place].reason = "JournalUnavailable"
                views[place].message = "the journal cannot be read"
            }
        }
    }
}

extension ModelView {
    fileprivate init(status: ModelStatus) {
        let run = status.run
        let state = status.state.known ?? .error
        self.init(model: run.model, provider: run.provider, state: state)
        isReady = status.isReady
        servedBy = status.servedBy
        wanted = run.wanted
        reason = run.reason?.text
        message = run.message
        if status.isAbandoned {
            reason = reason ?? FailureReason.interrupted.rawValue
            message = message ?? "its engine ended"
        }
        wasReady = run.startup != nil
        isPutAway = status.owner == nil && (run.outcome == .unloaded || run.outcome == .cancelled)
        isLoaded = isReady || (state == .warmingUp && !status.isAbandoned)
        isWarm = isReady && run.warmup != nil
        loadTime = run.load
        warmupTime = run.warmup
        runID = run.runID
        attempt = run.attempt
        correlationID = run.correlationID
        nextRetryAt = status.nextRetryAt
        if status.owner?.liveness == .alive { processID = Int32(exactly: run.serverPID ?? run.pid) }
    }
}
