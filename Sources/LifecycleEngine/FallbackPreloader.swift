public import Logging
public import Metrics
public import ModelLifecycle
import Synchronization
public import Tracing

/// What a model stands in for.
struct StandInRequest: Sendable {
    /// The model that was asked for.
    var wanted: String
    var correlationID: CorrelationID
}

/// A model and those that stand in for it: where the one that is wanted cannot be loaded, or fails for
/// good later, the next of the list is loaded in its place. Each has a lifecycle and runs of its own;
/// the runs of a stand-in have the trigger `fallback`, the correlation ID of the request that failed,
/// and name the model that was wanted.
///
/// A stand-in is loaded only after the failed model's memory has been given back, and claimed only when
/// it is needed: until then any engine may drive it.
public final class FallbackPreloader: Sendable {
    /// The model that is wanted; or, after a resume, the one that already stood in for it.
    public let preferred: ModelPreloader
    /// The name of the model that is wanted.
    public let wanted: String
    private let fallbacks: [RunConfiguration]
    private let claim: @Sendable (RunConfiguration) async throws -> ModelPreloader
    private let claimed: Mutex<[Int: Task<ModelPreloader, any Error>]>
    private let taken: Mutex<[ModelPreloader]>
    /// Raised by each `unload`: no stand-in that was on its way before is begun after it.
    private let unloads = Atomic<Int>(0)
    private let logger: Logger

    /// - Parameters:
    ///   - configuration: the model that is wanted.
    ///   - fallbacks: those that stand in for it, in the order in which they are tried; other models of the
    ///     same provider, or other providers.
    /// - Throws: what the journal throws where another engine drives the model that is wanted.
    public convenience init(
        configuration: RunConfiguration, fallbacks: [RunConfiguration], registry: ASRProviderRegistry,
        journal: (any ModelJournal)? = nil, logger: Logger = Logger(label: "modeljournal"),
        metrics: (any MetricsFactory)? = nil, tracer: (any Tracer)? = nil
    ) async throws {
        let claim: @Sendable (RunConfiguration) async throws -> ModelPreloader = {
            try await ModelPreloader(
                configuration: $0, registry: registry, journal: journal, logger: logger, metrics: metrics,
                tracer: tracer)
        }
        self.init(
            preferred: try await claim(configuration), fallbacks: fallbacks, logger: logger, claim: claim)
    }

    /// - Parameters:
    ///   - preferred: the model that is wanted, or one that stands in for it already.
    ///   - claim: takes a stand-in when it is needed.
    package init(
        preferred: ModelPreloader, fallbacks: [RunConfiguration], logger: Logger,
        claim: @escaping @Sendable (RunConfiguration) async throws -> ModelPreloader
    ) {
        self.preferred = preferred
        wanted = preferred.health.wanted ?? preferred.configuration.model
        self.fallbacks = fallbacks
        self.claim = claim
        self.logger = logger
        claimed = Mutex([:])
        taken = Mutex([preferred])
    }

    /// Makes the wanted model READY, or the first of its fallbacks that can be. Where one of them serves
    /// already, nothing happens.
    /// - Parameters:
    ///   - timeout: for each of them in turn, as `ModelPreloader.initialize` has it; nil for each one's own.
    /// - Returns: true once one of them is READY; false where none could be loaded, the time was over, the
    ///   caller's task was cancelled, or the model is being unloaded.
    public func initialize(timeout: Duration? = nil, correlationID: CorrelationID? = nil) async -> Bool {
        if serving != nil { return true }
        if await preferred.initialize(timeout: timeout, correlationID: correlationID) { return true }
        var failed = preferred
        while let (next, request) = await standIn(after: failed) {
            if await next.initialize(inPlaceOf: request, timeout: timeout) { return true }
            failed = next
        }
        return false
    }

    /// Begins to load what stands in for a model of this list that has failed for good.
    /// - Returns: the stand-in; nil where there is no other one, or the model may still become READY by itself.
    package func begin(after failed: ModelPreloader) async -> ModelPreloader? {
        guard let (next, request) = await standIn(after: failed) else { return nil }
        next.begin(inPlaceOf: request)
        return next
    }

    private func standIn(after failed: ModelPreloader) async -> (ModelPreloader, StandInRequest)? {
        let unloadsBefore = unloads.load(ordering: .sequentiallyConsistent)
        guard let run = failedRun(failed) else { return nil }
        // Every wait below gives others the time to ask for something else.
        func isStillWanted() -> Bool {
            !Task.isCancelled && failedRun(failed) == run
                && unloads.load(ordering: .sequentiallyConsistent) == unloadsBefore
        }
        let place = fallbacks.firstIndex { $0.model == failed.configuration.model }.map { $0 + 1 } ?? 0
        for index in place..<fallbacks.count {
            let configuration = fallbacks[index]
            let metadata: Logger.Metadata = [
                "model": "\(failed.configuration.model)", "correlation_id": "\(run.correlationID)",
            ]
            if await !failed.released(timeout: failed.configuration.unloadTimeout) {
                logger.warning("the model that failed may still be in memory", metadata: metadata)
            }
            guard isStillWanted() else { return nil }
            do {
                let next = try await preloader(index, configuration)
                guard isStillWanted() else { return nil }
                logger.warning(
                    "\(wanted) cannot be had; \(configuration.model) is loaded in its place", metadata: metadata)
                return (next, StandInRequest(wanted: wanted, correlationID: run.correlationID))
            } catch {
                logger.warning("\(configuration.model) cannot stand in: \(error)", metadata: metadata)
            }
        }
        return nil
    }

    /// The run in which a model has failed for good; nil while it may still become READY by itself.
    private func failedRun(_ preloader: ModelPreloader) -> RunIdentity? {
        let health = preloader.health
        guard health.state == .error, health.nextRetryAt == nil, health.lastError?.reason != .superseded else {
            return nil
        }
        return health.run
    }

    /// Callers who need the same stand-in at the same time get the same one.
    private func preloader(_ index: Int, _ configuration: RunConfiguration) async throws -> ModelPreloader {
        let task = claimed.withLock { claimed in
            if let task = claimed[index] { return task }
            let task = Task { [claim] in try await claim(configuration) }
            claimed[index] = task
            return task
        }
        do {
            let preloader = try await task.value
            taken.withLock { taken in
                if !taken.contains(where: { $0 === preloader }) { taken.append(preloader) }
            }
            return preloader
        } catch {
            claimed.withLock { $0[index] = nil }
            throw error
        }
    }

    /// Gives back the memory of all of them.
    /// - Parameter timeout: for each; nil for each one's own.
    /// - Returns: true once all are UNINITIALIZED.
    public func unload(timeout: Duration? = nil) async -> Bool {
        stop()
        return await withTaskGroup(of: Bool.self) { group in
            for preloader in preloaders { group.addTask { await preloader.unload(timeout: timeout) } }
            return await group.reduce(true) { $0 && $1 }
        }
    }

    /// No stand-in is begun any more for what has failed until now.
    package func stop() { unloads.add(1, ordering: .sequentiallyConsistent) }

    /// Uses the model that serves.
    /// - Throws: `ModelNotReady` where none does, and what the provider throws.
    public func transcribe(_ audio: AudioSamples) async throws -> Transcript {
        try await (serving ?? preferred).transcribe(audio)
    }

    /// Stops driving all of them, as `ModelPreloader.close` does.
    /// - Returns: transitions that the journal could not take, by model, oldest first.
    @discardableResult
    public func close() async -> [(configuration: RunConfiguration, unwritten: [Transition])] {
        var unwritten: [(configuration: RunConfiguration, unwritten: [Transition])] = []
        for preloader in preloaders { unwritten.append((preloader.configuration, await preloader.close())) }
        return unwritten
    }

    // MARK: - What can be seen

    /// The models that this engine has taken so far, in the order in which it did.
    public var preloaders: [ModelPreloader] { taken.withLock { $0 } }

    /// The one that is READY; nil while none is.
    public var serving: ModelPreloader? { preloaders.first { $0.health.ready } }

    /// Of the model that serves, or else of the one that was taken last: `wanted` in it names the model
    /// that was asked for, where that is another one.
    public var health: ModelHealth { (serving ?? preloaders.last ?? preferred).health }
}
