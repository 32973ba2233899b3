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
    /// Of the stand-ins, by their places in the list.
    private struct Claims {
        var tasks: [Int: Task<ModelPreloader, any Error>] = [:]
        var isClosed = false
        /// Those in whose place another one is just being taken or loaded, the first of them first.
        var failed: [ModelPreloader] = []
    }

    /// The model that is wanted; or, after a resume, the one that already stood in for it.
    public let preferred: ModelPreloader
    /// The name of the model that is wanted.
    public let wanted: String
    private let fallbacks: [RunConfiguration]
    private let claim: @Sendable (RunConfiguration) async throws -> ModelPreloader
    private let claims: Mutex<Claims>
    private let taken: Mutex<[ModelPreloader]>
    /// Raised by each `unload` and `close`: no stand-in that was on its way before is begun after it.
    private let unloads = Atomic<Int>(0)
    private let logger: Logger

    /// - Parameters:
    ///   - configuration: the model that is wanted.
    ///   - fallbacks: those that stand in for it, in the order in which they are tried; other models of the
    ///     same provider, or other providers.
    ///   - registry: where the providers come from.
    ///   - journal: where the transitions go; nil keeps no record.
    ///   - logger: gets a line for each step.
    ///   - metrics: counts and times; nil for the process's own.
    ///   - tracer: gets a span for each start; nil for the process's own.
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
        claims = Mutex(Claims())
        taken = Mutex([preferred])
    }

    /// Makes the wanted model READY, or the first of its fallbacks that can be. Where one of them serves
    /// already, nothing happens; a stand-in that is being loaded is joined.
    /// - Parameters:
    ///   - timeout: for each of them in turn, as `ModelPreloader.initialize` has it; nil for each one's own.
    ///   - correlationID: names the request in every row and log line, of the stand-ins too; nil makes one.
    /// - Returns: true once one of them is READY; false where none could be loaded, the time was over, the
    ///   caller's task was cancelled, or the model is being unloaded.
    public func initialize(timeout: Duration? = nil, correlationID: CorrelationID? = nil) async -> Bool {
        if serving != nil { return true }
        var failed = preferred
        if let standIn = preloaders.dropFirst().first(where: isUnderWay) {
            // The wanted one would be loaded beside it.
            if await standIn.waitUntilReady(timeout: timeout ?? standIn.configuration.startupTimeout) { return true }
            failed = standIn
        } else if let replaced = claims.withLock({ $0.failed.last }) {
            // A stand-in is being taken, or has not begun yet.
            failed = replaced
        } else if await preferred.initialize(timeout: timeout, correlationID: correlationID) {
            return true
        }
        while let (next, isReady) = await replace(failed, timeout) {
            if isReady { return true }
            failed = next
        }
        return false
    }

    /// Loads what comes after a model in its place.
    private func replace(_ failed: ModelPreloader, _ timeout: Duration?) async -> (ModelPreloader, isReady: Bool)? {
        claims.withLock { $0.failed.append(failed) }
        defer {
            claims.withLock { claims in
                if let place = claims.failed.firstIndex(where: { $0 === failed }) { claims.failed.remove(at: place) }
            }
        }
        guard let (next, request) = await standIn(after: failed) else { return nil }
        return (next, await next.initialize(inPlaceOf: request, timeout: timeout))
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
                guard let next = try await preloader(index, configuration), isStillWanted() else { return nil }
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

    /// It is being loaded, or will be again; not where another engine has taken it meanwhile.
    private func isUnderWay(_ preloader: ModelPreloader) -> Bool {
        let health = preloader.health
        guard health.lastError?.reason != .superseded else { return false }
        return health.state == .loading || health.state == .warmingUp || health.nextRetryAt != nil
    }

    /// Callers who need the same stand-in at the same time get the same one.
    /// - Returns: nil once all are closed.
    private func preloader(_ index: Int, _ configuration: RunConfiguration) async throws -> ModelPreloader? {
        let task: Task<ModelPreloader, any Error>? = claims.withLock { claims in
            guard !claims.isClosed else { return nil }
            if let task = claims.tasks[index] { return task }
            let task = Task { [claim] in try await claim(configuration) }
            claims.tasks[index] = task
            return task
        }
        guard let task else { return nil }
        do {
            let preloader = try await task.value
            taken.withLock { taken in
                if !taken.contains(where: { $0 === preloader }) { taken.append(preloader) }
            }
            return preloader
        } catch {
            claims.withLock { $0.tasks[index] = nil }
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
        stop()
        let tasks = claims.withLock { claims in
            claims.isClosed = true
            return Array(claims.tasks.values)
        }
        var unwritten: [(configuration: RunConfiguration, unwritten: [Transition])] = []
        let taken = preloaders
        for preloader in taken { unwritten.append((preloader.configuration, await preloader.close())) }
        // What was still being claimed is nobody's by now, and no other engine could take it.
        for task in tasks {
            guard let late = try? await task.value, !taken.contains(where: { $0 === late }) else { continue }
            unwritten.append((late.configuration, await late.close()))
        }
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
