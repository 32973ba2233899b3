import LifecycleEngine
import LifecycleJournal
import Logging
import ModelLifecycle
import ServiceLifecycle

/// Holds one model for as long as the server runs.
struct ModelService: Service {
    let preloader: ModelPreloader
    private let journal: EngineJournal
    private let logger: Logger

    /// Carries on what a dead server was doing with this model, or begins to load it. Returns while it loads.
    /// - Throws: `JournalError` where the journal cannot be used, or another engine drives the model.
    init(
        _ configuration: RunConfiguration, registry: ASRProviderRegistry, journal path: String, logger: Logger
    ) async throws {
        journal = try EngineJournal(path: path)
        self.logger = logger
        let resumed = try await ModelPreloader.resume(
            journal: journal, registry: registry, models: [configuration.model], logger: logger)
        if let resumed = resumed.first {
            preloader = resumed.preloader
            if resumed.isCrashLoop {
                // The model ended its server again and again. It stays in ERROR, and the server up, to say so.
                logger.error("interrupted \(resumed.interrupted.interruptionsInARow) times in a row; not loaded again")
            }
        } else {
            preloader = try await ModelPreloader(
                configuration: configuration, registry: registry, journal: journal, logger: logger)
            preloader.begin()
        }
    }

    /// Waits for the end of the server, and gives the model's memory back.
    func run() async throws {
        try? await gracefulShutdown()
        // In a task of its own: this one is cancelled where the server has failed, and who is cancelled waits for nothing.
        let unload = Task { await preloader.unload() }
        if await !unload.value {
            logger.error("not unloaded: \(preloader.health.summary)")
        }
        let unwritten = await preloader.close()
        if !unwritten.isEmpty { logger.error("\(unwritten.count) transitions are not in the journal") }
        try journal.close()
    }
}
