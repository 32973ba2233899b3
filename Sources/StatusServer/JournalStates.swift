package import LifecycleJournal
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
}

extension ModelView {
    fileprivate init(status: ModelStatus) {
        let run = status.run
        let state = ModelState(rawValue: status.state) ?? .error
        self.init(model: run.model, provider: run.provider, state: state)
        isReady = status.isReady
        servedBy = status.servedBy
        wanted = run.wanted
        reason = run.reason
        message = run.message
        if status.isAbandoned {
            reason = reason ?? FailureReason.interrupted.rawValue
            message = message ?? "its engine ended"
        }
        wasReady = run.startup != nil
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
