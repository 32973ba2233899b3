public import Logging
public import Metrics
public import ModelLifecycle
import Synchronization
public import Tracing

/// Takes one model through its lifecycle, and journals every step before anybody sees it.
///
/// All requests go into one inbox and are handled one after another, so concurrent callers cannot
/// race: `initialize` while the model loads joins that load, `unload` while it loads cancels it.
public actor ModelPreloader {
    /// The model, its provider and all limits, as the journal records them.
    public nonisolated let configuration: RunConfiguration
    private nonisolated let clock: EngineClock
    private nonisolated let slot: ProviderSlot
    private nonisolated let published: PublishedLifecycle
    private nonisolated let driver: LifecycleDriver
    private nonisolated let journal: (any ModelJournal)?
    private nonisolated let logger: Logger
    private nonisolated let callers = Atomic<UInt64>(0)

    /// - Parameters:
    ///   - configuration: the model, its provider and all limits.
    ///   - registry: where the provider comes from.
    ///   - journal: where the transitions go; nil keeps no record.
    ///   - logger: gets a line for each step.
    ///   - metrics: counts and times; nil for the process's own.
    ///   - tracer: gets a span for each start; nil for the process's own.
    /// - Throws: what the journal throws where another engine drives the model.
    public init(
        configuration: RunConfiguration, registry: ASRProviderRegistry, journal: (any ModelJournal)? = nil,
        logger: Logger = Logger(label: "modeljournal"), metrics: (any MetricsFactory)? = nil,
        tracer: (any Tracer)? = nil
    ) async throws {
        try await self.init(
            configuration: configuration, registry: registry, journal: journal, logger: logger, metrics: metrics,
            tracer: tracer, clock: .system)
    }

    package init(
        configuration: RunConfiguration, registry: ASRProviderRegistry, journal: (any ModelJournal)? = nil,
        logger: Logger = Logger(label: "modeljournal"), metrics: (any MetricsFactory)? = nil,
        tracer: (any Tracer)? = nil, clock: EngineClock
    ) async throws {
        let claimed = try await journal?.claim(configuration)
        let slot = ProviderSlot(
            configuration: configuration, registry: registry, recorder: claimed?.recorder, logger: logger,
            clock: clock)
        let published = PublishedLifecycle(
            ModelHealth(state: claimed?.state ?? .uninitialized, run: claimed?.run, lastError: claimed?.lastFailure))
        self.configuration = configuration
        self.clock = clock
        self.slot = slot
        self.published = published
        self.journal = journal
        self.logger = logger
        driver = LifecycleDriver(
            claimed: claimed, configuration: configuration, slot: slot, published: published,
            observer: LifecycleObserver(
                configuration: configuration, logger: logger, metrics: metrics ?? MetricsSystem.factory,
                tracer: tracer ?? InstrumentationSystem.tracer),
            clock: clock)
    }

    deinit { driver.post(.close(nil)) }

    // MARK: - Lifecycle

    /// Makes the model READY. While it loads or warms up already, joins that run.
    /// - Parameters:
    ///   - timeout: how long this caller waits; for the caller who starts the run also the run's
    ///     deadline, past which it ends in ERROR. nil for the configured one, 300 s by default.
    ///   - correlationID: names the request in every row and log line; nil makes one.
    /// - Returns: true once the model is READY; false where the run failed, the time was over, the
    ///   caller's task was cancelled, or the model is being unloaded. `health` says which.
    public nonisolated func initialize(timeout: Duration? = nil, correlationID: CorrelationID? = nil) async -> Bool {
        await start(request(correlationID, timeout: timeout))
    }

    /// Makes the model READY in place of another one.
    nonisolated func initialize(inPlaceOf failed: StandInRequest, timeout: Duration?) async -> Bool {
        await start(request(failed, timeout: timeout))
    }

    private nonisolated func start(_ request: StartRequest) async -> Bool {
        let context = ServiceContext.current ?? .topLevel
        return await ask(timeout: request.timeout) { .initialize(request, $0, context) }
    }

    /// Asks for the model and returns at once; `waitUntilReady` or `transitions` tell the rest.
    public nonisolated func begin(correlationID: CorrelationID? = nil) {
        post(request(correlationID, timeout: nil))
    }

    /// Begins to load the model in place of another one.
    nonisolated func begin(inPlaceOf failed: StandInRequest) { post(request(failed, timeout: nil)) }

    private nonisolated func request(_ correlationID: CorrelationID?, timeout: Duration?) -> StartRequest {
        let wall = clock.wall()
        return StartRequest(
            run: RunIdentity(
                runID: RunID(at: wall), correlationID: correlationID ?? CorrelationID(at: wall), attempt: 1),
            timeout: timeout ?? configuration.startupTimeout)
    }

    private nonisolated func request(_ failed: StandInRequest, timeout: Duration?) -> StartRequest {
        StartRequest(
            run: RunIdentity(
                runID: RunID(at: clock.wall()), correlationID: failed.correlationID, attempt: 1,
                wanted: failed.wanted),
            trigger: .fallback, timeout: timeout ?? configuration.startupTimeout)
    }

    /// Begins the next attempt of an interrupted request.
    nonisolated func carryOn(_ interrupted: RunIdentity) {
        let run = RunIdentity(
            runID: RunID(at: clock.wall()), correlationID: interrupted.correlationID,
            attempt: interrupted.attempt + 1, wanted: interrupted.wanted)
        post(StartRequest(run: run, trigger: .resume, timeout: configuration.startupTimeout))
    }

    /// A request for whose answer nobody waits.
    private nonisolated func post(_ request: StartRequest) {
        let nobody = Waiter(id: callers.add(1, ordering: .relaxed).newValue, deadline: nil)
        driver.post(.initialize(request, nobody, ServiceContext.current ?? .topLevel))
    }

    /// Waits for READY without asking for a load.
    /// - Returns: false where the time is over, or nothing is under way that could make the model READY
    ///   after a failure or an unload.
    public nonisolated func waitUntilReady(timeout: Duration = .seconds(60)) async -> Bool {
        await ask(timeout: timeout) { .awaitReady($0) }
    }

    /// Gives the model's memory back; a load in flight is cancelled, and whoever waits for it hears false.
    /// - Parameter timeout: how long this caller waits; for the one who starts the unload also the time
    ///   after which it counts as failed. nil for the configured one, 10 s by default.
    /// - Returns: true once the model is UNINITIALIZED.
    public nonisolated func unload(timeout: Duration? = nil) async -> Bool {
        let timeout = timeout ?? configuration.unloadTimeout
        return await ask(timeout: timeout) { .unload($0, timeout: timeout) }
    }

    /// Waits until nothing of a failed run is in memory any more.
    /// - Returns: false where the provider has not given it back in time, or could not.
    package nonisolated func released(timeout: Duration) async -> Bool {
        await ask(timeout: timeout) { .awaitRelease($0) }
    }

    /// Uses the model.
    /// - Throws: `ModelNotReady` in any state but READY, and what the provider throws.
    public nonisolated func transcribe(_ audio: AudioSamples) async throws -> Transcript {
        let health = health
        guard health.ready, let provider = slot.current else { throw ModelNotReady(state: health.state) }
        return try await provider.transcribe(audio)
    }

    /// Stops driving the model: nothing is handled after this, and waiting callers hear false. Does not
    /// unload; a model left READY counts as interrupted for the next engine. One that is at rest is given
    /// back to the journal, so that another preloader may take it.
    /// - Returns: transitions that the journal could not take, oldest first.
    @discardableResult
    public func close() async -> [Transition] {
        let unwritten = await withCheckedContinuation { driver.post(.close($0)) }
        await slot.settleNotes()
        do {
            try await journal?.release(model: configuration.model)
        } catch {
            logger.warning("the model could not be given back: \(error)", metadata: ["model": "\(configuration.model)"])
        }
        return unwritten
    }

    /// Returns once everything that the provider told between transitions is written, or refused.
    package nonisolated func notesWritten() async { await slot.settleNotes() }

    // MARK: - What can be seen

    /// Where the model is, as the last durable row says.
    public nonisolated var state: ModelState { published.health.state }
    /// What a health check wants to know, at this moment. Never waits.
    public nonisolated var health: ModelHealth { published.health }
    /// Counts since this preloader was made; the journal knows those of before.
    public nonisolated var statistics: ModelStatistics { published.statistics }

    /// How far the model's files have been read for their digest; nil while they are not.
    package nonisolated var digestProgress: ModelDigester.Progress? { slot.digestProgress }

    /// What the provider said last of what it is doing, such as how much of the model it has read; nil if it has said
    /// nothing since the load began.
    package nonisolated var activity: String? { slot.activity }

    /// What the provider knows at this moment that is in no transition.
    package nonisolated var evidence: ProviderEvidence? { slot.current?.evidence() }

    /// Every transition from this call on, in order, each once it is durable.
    public nonisolated var transitions: AsyncStream<Transition> { published.transitions() }

    // MARK: - Waiting

    private nonisolated func ask(timeout: Duration?, _ message: (Waiter) -> DriverMessage) async -> Bool {
        let id = callers.add(1, ordering: .relaxed).newValue
        let waiter = Waiter(id: id, deadline: timeout.map { clock.now() + $0 })
        return await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                waiter.wait(continuation)
                driver.waiters.add(waiter)
                driver.post(message(waiter))
            }
        } onCancel: {
            // Not through the inbox: whoever cancels a task may hold locks.
            driver.waiters.remove(id)
            waiter.resolve(false)
        }
    }

    /// Returns once everything that was asked or reported before has been handled.
    package nonisolated func handledSoFar() async { _ = await ask(timeout: nil) { .barrier($0) } }
}

/// The model was asked to work in a state in which it cannot.
public struct ModelNotReady: Error, Sendable, Hashable, CustomStringConvertible {
    /// The state in which it was asked.
    public var state: ModelState

    package init(state: ModelState) { self.state = state }

    /// One line for people, with the state.
    public var description: String { "the model is not ready (\(state))" }
}
