import LifecycleEngine
import ModelLifecycle
import ModelLifecycleTesting
import TestSupport
import Testing

@Suite("The registry of providers", .noDeadlock, .turn(of: "LifecycleEngineTests"))
struct RegistryTests {
    private let registry = ASRProviderRegistry()
    private let made = Watched(0)
    private let english = ProviderConfiguration(model: "en-us")

    init() {
        registry.register(ProviderInformation(name: "scripted", summary: "for tests", models: ["en-us"])) { [made] _ in
            made.update { $0 += 1 }
            return ScriptedProvider()
        }
    }

    @Test func aProviderIsMadeOncePerConfiguration() throws {
        let first = try provider(english)
        #expect(try provider(english) === first)
        #expect(try provider(ProviderConfiguration(model: "de-de")) !== first)
        #expect(try provider(ProviderConfiguration(model: "en-us", modelPath: "other")) !== first)
        #expect(try provider(ProviderConfiguration(model: "en-us", options: ["threads": "2"])) !== first)
        #expect(made.value == 4)
    }

    @Test func manyTasksGetTheSameProvider() async throws {
        let providers = try await withThrowingTaskGroup(of: ObjectIdentifier.self) { group in
            for _ in 0..<1000 { group.addTask { ObjectIdentifier(try provider(english)) } }
            return try await group.reduce(into: Set()) { $0.insert($1) }
        }
        #expect(providers.count == 1)
        #expect(made.value == 1)
    }

    @Test func anEvictedProviderIsMadeAnew() throws {
        let first = try provider(english)
        registry.evict(named: "scripted", configuration: ProviderConfiguration(model: "de-de"))
        #expect(try provider(english) === first)
        registry.evict(named: "scripted", configuration: english)
        #expect(try provider(english) !== first)
    }

    @Test func anUnknownNameIsAnErrorThatNamesTheKnownOnes() {
        #expect(throws: Failure(.providerNotAvailable, "no provider 'whisper'; known: scripted")) {
            try registry.provider(named: "whisper", configuration: english)
        }
        #expect(throws: Failure(.providerNotAvailable, "no provider 'whisper'; known: none")) {
            try ASRProviderRegistry().provider(named: "whisper", configuration: english)
        }
    }

    @Test func aProviderThatCannotBeMadeIsTriedAgainNextTime() throws {
        let broken = Watched(true)
        registry.register(ProviderInformation(name: "moody", summary: "for tests")) { _ in
            if broken.value { throw ProviderError(description: "no device") }
            return ScriptedProvider()
        }
        #expect(throws: ProviderError.self) { try registry.provider(named: "moody", configuration: english) }
        broken.update { $0 = false }
        #expect(throws: Never.self) { try registry.provider(named: "moody", configuration: english) }
    }

    @Test func whatIsRegisteredCanBeListed() {
        registry.register(ProviderInformation(name: "another", summary: "too")) { _ in ScriptedProvider() }
        #expect(registry.availableProviders == ["another", "scripted"])
        #expect(registry.information("scripted")?.models == ["en-us"])
        #expect(registry.information("whisper") == nil)
    }

    // MARK: - With a preloader

    @Test func anUnloadGivesTheProviderBack() async throws {
        let preloader = try await preloader()
        #expect(await preloader.initialize())
        let first = try provider(preloader.configuration.providerConfiguration)
        #expect(made.value == 1)
        #expect(await preloader.unload())
        #expect(try provider(preloader.configuration.providerConfiguration) !== first)
    }

    @Test func aFailedRunGivesTheProviderBack() async throws {
        let failing = ScriptedProvider()
        failing.script(.load, .fail(ProviderError(description: "no")))
        registry.register(ProviderInformation(name: "scripted", summary: "for tests")) { [made] _ in
            made.update { $0 += 1 }
            return made.value == 1 ? failing : ScriptedProvider()
        }
        let preloader = try await preloader()
        #expect(await preloader.initialize() == false)
        // The second run loads a provider of its own, and the failed one was released before.
        #expect(await preloader.initialize())
        #expect(made.value == 2)
        #expect(failing.calls == [.availability, .load, .unload])
    }

    private func provider(_ configuration: ProviderConfiguration) throws -> ScriptedProvider {
        try #require(try registry.provider(named: "scripted", configuration: configuration) as? ScriptedProvider)
    }

    private func preloader() async throws -> ModelPreloader {
        try await ModelPreloader(
            configuration: RunConfiguration(model: "en-us", provider: "scripted"), registry: registry,
            logger: .silent, clock: ManualClock().engine)
    }
}
