public import Logging
public import Metrics
public import ModelLifecycle
public import Tracing

/// A model that a dead engine left behind, in the hands of this one.
public struct ResumedModel: Sendable {
    /// Drives the model from now on; its load is under way, but in a crash loop.
    public let preloader: ModelPreloader
    /// What the dead engine was doing.
    public let interrupted: ResumableRun
    /// True where the model was left in ERROR, because it was interrupted too often in a row.
    public var isCrashLoop: Bool { interrupted.isCrashLoop }
}

extension ModelPreloader {
    /// Carries on what dead engines were doing: each model that they wanted READY is initialised again
    /// with its recorded configuration, the interrupted request's correlation ID and the next attempt
    /// number. The loads are under way when this returns; `waitUntilReady` waits for them.
    /// - Parameters:
    ///   - registry: where the providers come from.
    ///   - journal: where the transitions go, and what dead engines have left there.
    ///   - models: only these; nil for all.
    ///   - logger: gets a line for each step.
    ///   - metrics: counts and times; nil for the process's own.
    ///   - tracer: gets a span for each start; nil for the process's own.
    /// - Throws: what the journal throws, also where another engine takes one of the models at the same moment;
    ///   no load has begun then.
    public static func resume(
        journal: any ModelJournal, registry: ASRProviderRegistry, models: Set<String>? = nil,
        logger: Logger = Logger(label: "modeljournal"), metrics: (any MetricsFactory)? = nil,
        tracer: (any Tracer)? = nil
    ) async throws -> [ResumedModel] {
        try await resume(
            journal: journal, registry: registry, models: models, logger: logger, metrics: metrics, tracer: tracer,
            clock: .system
        ) { $0 }
    }

    /// - Parameter change: makes of a recorded configuration the one to go on with.
    package static func resume(
        journal: any ModelJournal, registry: ASRProviderRegistry, models: Set<String>? = nil,
        logger: Logger = Logger(label: "modeljournal"),
        metrics: (any MetricsFactory)? = nil, tracer: (any Tracer)? = nil, clock: EngineClock = .system,
        changing change: (RunConfiguration) throws -> RunConfiguration = { $0 }
    ) async throws -> [ResumedModel] {
        var resumed: [ResumedModel] = []
        for interrupted in try await journal.resumableRuns()
        where models?.contains(interrupted.configuration.model) ?? true {
            do {
                let preloader = try await ModelPreloader(
                    configuration: try change(interrupted.configuration), registry: registry,
                    journal: journal, logger: logger, metrics: metrics, tracer: tracer, clock: clock)
                resumed.append(ResumedModel(preloader: preloader, interrupted: interrupted))
            } catch {
                // What was claimed so far is nobody's again, so that the whole can be tried once more.
                for model in resumed { await model.preloader.close() }
                throw error
            }
        }
        // Only now that all are claimed: a load that began before an error would be nobody's.
        for model in resumed {
            let interrupted = model.interrupted
            if model.isCrashLoop {
                logger.error(
                    "not resumed: interrupted \(interrupted.interruptionsInARow) times in a row before READY",
                    metadata: ["model": "\(interrupted.configuration.model)"])
            } else {
                model.preloader.carryOn(interrupted.run)
            }
        }
        return resumed
    }
}
