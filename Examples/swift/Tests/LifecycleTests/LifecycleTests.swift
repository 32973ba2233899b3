import Foundation
import LifecycleEngine
import LifecycleJournal
import ModelLifecycle
import ModelLifecycleTesting
import Testing

/// What a program does while its model loads, fails and comes back: without a model, and without a pause.
@Suite struct LifecycleTests {
    private let second = AudioSamples(samples: Array(repeating: 0, count: 16_000), sampleRate: 16_000)

    /// An engine with a provider of the test's, and a journal of its own that is removed in the end.
    private func withModel(
        _ provider: ScriptedProvider, retry: RetryPolicy = .none, _ body: (ModelPreloader) async throws -> Void
    ) async throws {
        let registry = ASRProviderRegistry()
        registry.register(ProviderInformation(name: provider.name, summary: "for tests")) { _ in provider }

        let folder = FileManager.default.temporaryDirectory.appending(path: UUID().uuidString)
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: folder) }
        let journal = try EngineJournal(path: folder.appending(path: "journal.sqlite").path)
        let preloader = try await ModelPreloader(
            configuration: RunConfiguration(model: "m", provider: provider.name, retry: retry), registry: registry,
            journal: journal)
        try await body(preloader)
        await preloader.close()
        try journal.close()
    }

    @Test(.timeLimit(.minutes(1))) func aRequestIsRefusedWhileTheModelLoads() async throws {
        let provider = ScriptedProvider()
        let loaded = Gate()
        provider.script(.load, .wait(loaded))
        try await withModel(provider) { preloader in
            preloader.begin()
            try await provider.begun(.load)
            #expect(preloader.state == .loading)
            await #expect(throws: ModelNotReady.self) { try await preloader.transcribe(second) }

            loaded.open()
            #expect(await preloader.waitUntilReady())
            #expect(try await preloader.transcribe(second).text == "heard 16000 samples")
        }
    }

    @Test(.timeLimit(.minutes(1))) func aWarmUpThatFailsOnceIsTriedAgain() async throws {
        let provider = ScriptedProvider()
        provider.script(.warmUp, .fail(Failure(.warmupFailed, "the answer was empty")))
        try await withModel(provider, retry: RetryPolicy(maximumRetries: 1, backoff: .zero)) { preloader in
            #expect(await preloader.initialize())
            #expect(provider.calls == [.availability, .load, .warmUp, .unload, .availability, .load, .warmUp])
        }
    }
}
