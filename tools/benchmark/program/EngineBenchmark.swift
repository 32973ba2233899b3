import Foundation
import LifecycleEngine
import LifecycleJournal
import Logging
import ModelLifecycle
import PocketSphinxProvider
import Synchronization

/// A provider that does nothing, so that only the engine costs something.
struct NothingProvider: ASRProvider {
    let name = "nothing"
    let capabilities = ProviderCapabilities()
    func availability() async -> ProviderAvailability { .available(version: nil) }
    func load(_ context: LoadContext) async throws {}
    func warmUp(_ audio: AudioSamples) async throws {}
    func transcribe(_ audio: AudioSamples) async throws -> Transcript { Transcript(text: "") }
    func unload() async throws {}
}

private final class Arrivals: Sendable {
    let count = Atomic(0)
}

/// Loads once its gate is opened.
struct GatedProvider: ASRProvider {
    let name = "gated"
    let capabilities = ProviderCapabilities()
    let gate: AsyncStream<Void>
    func availability() async -> ProviderAvailability { .available(version: nil) }
    func load(_ context: LoadContext) async throws { for await _ in gate {} }
    func warmUp(_ audio: AudioSamples) async throws {}
    func transcribe(_ audio: AudioSamples) async throws -> Transcript { Transcript(text: "") }
    func unload() async throws {}
}

/// What the engine costs, without and with a journal; the two sides of a comparison take turns. Prints a name and a
/// figure a line.
enum EngineBenchmark {
    static func run() async throws {
        let logger = Logger(label: "benchmark") { _ in SwiftLogNoOpLogHandler() }
        let registry = ASRProviderRegistry()
        registry.register(ProviderInformation(name: "nothing", summary: "")) { _ in NothingProvider() }
        registry.register(ProviderInformation(name: "pocketsphinx", summary: "")) { PocketSphinxProvider($0) }
        let folder = FileManager.default.temporaryDirectory.path + "/modeljournal-bench-\(UUID().uuidString)"
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(atPath: folder) }
        let journal = try EngineJournal(path: folder + "/journal.sqlite")

        let row = try await engine(registry, journal, logger)
        try await joiners(logger)
        try await startup(registry, journal, logger, row: row)
        try journal.close()
    }

    private static func report(_ name: String, _ value: Double) { print(name, value) }

    /// 1,000 lifecycles of five transitions each, without and with a journal.
    /// - Returns: what one durable row costs, in microseconds.
    private static func engine(
        _ registry: ASRProviderRegistry, _ journal: EngineJournal, _ logger: Logger
    ) async throws -> Double {
        let count = 1000
        var without: [Double] = []
        var with: [Double] = []
        for round in 0..<9 {
            let bare = try await ModelPreloader(
                configuration: RunConfiguration(model: "bare", provider: "nothing"), registry: registry, logger: logger)
            without.append(try await microseconds(lifecycles: count, of: bare))
            await bare.close()
            let recorded = try await ModelPreloader(
                configuration: RunConfiguration(model: "recorded-\(round)", provider: "nothing"), registry: registry,
                journal: journal, logger: logger)
            with.append(try await microseconds(lifecycles: count / 10, of: recorded))
            await recorded.close()
        }
        report("lifecycle_us", median(without))
        report("journaled_lifecycle_us", median(with))
        return (median(with) - median(without)) / 5
    }

    /// Very many callers of one load: how long after READY the last of them has heard.
    private static func joiners(_ logger: Logger) async throws {
        var latest: [Double] = []
        for _ in 0..<9 {
            let (gate, open) = AsyncStream<Void>.makeStream()
            let registry = ASRProviderRegistry()
            registry.register(ProviderInformation(name: "gated", summary: "")) { _ in GatedProvider(gate: gate) }
            let preloader = try await ModelPreloader(
                configuration: RunConfiguration(model: "many", provider: "gated"), registry: registry, logger: logger)
            preloader.begin()
            let waiting = Arrivals()
            latest.append(
                try await withThrowingTaskGroup(of: Duration.self) { group in
                    let origin = ContinuousClock.now
                    for _ in 0..<10_000 {
                        group.addTask {
                            waiting.count.add(1, ordering: .relaxed)
                            guard await preloader.initialize() else {
                                throw Failure(.modelLoadFailed, "a joiner failed")
                            }
                            return ContinuousClock.now - origin
                        }
                    }
                    while waiting.count.load(ordering: .relaxed) < 10_000 { await Task.yield() }
                    // All of them are in the inbox by now, or have been handled.
                    await preloader.handledSoFar()
                    let ready = Task {
                        for await transition in preloader.transitions where transition.to == .ready { break }
                        return ContinuousClock.now - origin
                    }
                    await Task.yield()
                    open.finish()
                    let last = try await group.reduce(.zero) { max($0, $1) }
                    let readyAt = min(await ready.value, last)
                    return Double((last - readyAt).wholeMicroseconds) / 1000
                })
            _ = await preloader.unload()
            await preloader.close()
        }
        report("joiners_ms", median(latest))
    }

    private static func microseconds(lifecycles: Int, of preloader: ModelPreloader) async throws -> Double {
        let begun = ContinuousClock.now
        for _ in 0..<lifecycles {
            guard await preloader.initialize(), await preloader.unload() else {
                throw Failure(.modelLoadFailed, "a lifecycle of the no-op provider failed")
            }
        }
        return Double((ContinuousClock.now - begun).wholeMicroseconds) / Double(lifecycles)
    }

    /// The start of PocketSphinx, with and without a journal in turn.
    /// - Parameter row: what one durable row costs; a start with a warm-up waits for three.
    private static func startup(
        _ registry: ASRProviderRegistry, _ journal: EngineJournal, _ logger: Logger, row: Double
    ) async throws {
        let provider = PocketSphinxProvider(ProviderConfiguration(model: "en-us"))
        guard case .available = await provider.availability() else { return }
        var with: [Double] = []
        var without: [Double] = []
        let configuration = RunConfiguration(model: "en-us", provider: "pocketsphinx")
        let recorded = try await ModelPreloader(
            configuration: configuration, registry: registry, journal: journal, logger: logger)
        let bare = try await ModelPreloader(configuration: configuration, registry: registry, logger: logger)
        for round in 0..<24 {
            for preloader in round.isMultiple(of: 2) ? [recorded, bare] : [bare, recorded] {
                let begun = ContinuousClock.now
                guard await preloader.initialize() else {
                    throw Failure(.modelLoadFailed, "PocketSphinx did not start")
                }
                let elapsed = Double((ContinuousClock.now - begun).wholeMicroseconds) / 1000
                if preloader === recorded { with.append(elapsed) } else { without.append(elapsed) }
                _ = await preloader.unload()
            }
        }
        report("start_ms", median(without))
        report("rows_share_percent", 3 * row / 1000 / median(without) * 100)
        // Neighbours in time: what disturbs the machine for seconds disturbs both.
        report("neighbours_percent", median(zip(with, without).map { ($0 / $1 - 1) * 100 }))
    }

    private static func median(_ values: [Double]) -> Double { values.sorted()[values.count / 2] }
}
