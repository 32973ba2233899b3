import Foundation
import LifecycleEngine
import ModelLifecycle
import StatusServer
import Synchronization

/// The models of this process, as the status server shows them: what is published of each, which is durable by then.
final class OwnModels: StatusSource {
    private let own = getpid()
    private let shown = Mutex<[FallbackPreloader]>([])

    /// From now on.
    func show(_ groups: [FallbackPreloader]) { shown.withLock { $0 = groups } }

    var models: [ModelView] {
        shown.withLock { $0 }.flatMap { group in
            let serving = group.serving
            return group.preloaders.map { preloader in
                view(preloader, isWanted: preloader === group.preferred, serving)
            }
        }
    }

    private func view(_ preloader: ModelPreloader, isWanted: Bool, _ serving: ModelPreloader?) -> ModelView {
        let health = preloader.health
        let name = preloader.configuration.model
        var view = ModelView(model: name, provider: preloader.configuration.provider, state: health.state)
        view.isReady = health.ready
        if !health.ready, let serving, serving !== preloader { view.servedBy = serving.configuration.model }
        view.wanted = health.wanted
        view.reason = health.lastError?.reason.rawValue
        view.message = health.lastError?.message
        view.wasReady = preloader.statistics.reachedReady > 0
        view.isLoaded = health.modelLoaded
        view.isWarm = health.warmupComplete
        view.loadTime = health.loadTime?.wholeMicroseconds
        view.warmupTime = health.warmupTime?.wholeMicroseconds
        view.runID = health.run?.runID.rawValue
        view.attempt = health.run?.attempt
        view.correlationID = health.run?.correlationID.rawValue
        view.nextRetryAt = health.nextRetryAt
        view.isJournalDegraded = health.journalDegraded
        view.processID = health.processID ?? own
        return view
    }
}
