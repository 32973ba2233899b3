// The README's snippet stands between the marks; a test compares the two.
import LifecycleEngine
import LifecycleJournal
import ModelLifecycle

enum EmbeddingExample {
    static func run(path: String, make: @escaping ASRProviderRegistry.Make) async throws -> [Transition] {
        // snippet-begin
        let registry = ASRProviderRegistry()
        registry.register(ProviderInformation(name: "mine", summary: "my own model"), make: make)

        let journal = try EngineJournal(path: path)
        let preloader = try await ModelPreloader(
            configuration: RunConfiguration(model: "en-us", provider: "mine"), registry: registry, journal: journal)
        let transitions = preloader.transitions

        guard await preloader.initialize(timeout: .seconds(60)) else {
            throw preloader.health.lastError ?? Failure(.startupTimeout, "not ready in time")
        }
        let silence = AudioSamples(samples: Array(repeating: 0, count: 16_000), sampleRate: 16_000)
        print(try await preloader.transcribe(silence).text)

        _ = await preloader.unload()
        await preloader.close()
        try journal.close()
        // snippet-end
        var seen: [Transition] = []
        for await transition in transitions { seen.append(transition) }
        return seen
    }
}
