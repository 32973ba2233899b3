import Foundation
import LifecycleEngine
import LifecycleJournal
import Logging
import ModelLifecycle
import PocketSphinxProvider

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

/// What the engine costs, without and with a journal; the two sides of a comparison take turns.
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
        try await startup(registry, journal, logger, row: row)
        try journal.close()
    }

    /// 1,000 lifecycles of five transitions each, without and with a journal.
    /// - Returns: what one durable row costs, in microseconds.
    private static func engine(
        _ registry: ASRProviderRegistry, _ journal: EngineJournal, _ logger: Logger
    ) async throws -> Double {
        let count = 1000
        var without: [Double] = []
        var with: [Double] = []
        for round in 0..<5 {
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
        print("no-op lifecycle without a journal   \(figure(without)) µs   (1,000 × 5 rounds, target ≤ 50)")
        print("no-op lifecycle with a journal      \(figure(with)) µs   (100 × 5 rounds, five durable rows each)")
        return (median(with) - median(without)) / 5
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
        if case .unavailable(let reason) = await provider.availability() {
            return print("PocketSphinx start-up               not measured: \(reason)")
        }
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
        print("PocketSphinx start-up, no journal   \(figure(without)) ms   (24 starts)")
        print("PocketSphinx start-up, journaled    \(figure(with)) ms   (24 starts, taking turns)")
        let share = 3 * row / 1000 / median(without) * 100
        print("three durable rows of that          \(String(format: "%8.2f", share)) %   (target < 1)")
        // Neighbours in time: what disturbs the machine for seconds disturbs both.
        let difference = median(zip(with, without).map { ($0 / $1 - 1) * 100 })
        print("journaled against its neighbour     \(String(format: "%+8.2f", difference)) %   (median of 24 pairs)")
    }

    private static func figure(_ values: [Double]) -> String {
        let sorted = values.sorted()
        return String(format: "%8.1f median (%.1f to %.1f)", median(values), sorted[0], sorted[sorted.count - 1])
    }

    private static func median(_ values: [Double]) -> Double { values.sorted()[values.count / 2] }
}
