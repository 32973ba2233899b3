import LifecycleEngine
import Logging
import ModelLifecycle
import ModelLifecycleTesting
import TestSupport
import Testing

@Suite("Fallbacks", .noDeadlock, .turn(of: "LifecycleEngineTests"))
struct FallbackTests {
    private static let failure = ProviderError(description: "no")

    private let journal = RecordingJournal()
    private let registry = ASRProviderRegistry()
    private let clock = ManualClock()
    private let providers = ["base": ScriptedProvider(), "small": ScriptedProvider(), "tiny": ScriptedProvider()]

    init() {
        registry.register(ProviderInformation(name: "scripted", summary: "for tests")) { [providers] configuration in
            try #require(providers[configuration.model])
        }
    }

    @Test func theFirstThatCanBeLoadedServes() async throws {
        try provider("base").script(.load, .fail(Self.failure))
        try provider("small").script(.warmUp, .fail(Self.failure))
        let group = try await group()
        let correlationID = try #require(CorrelationID(rawValue: "deploy-42"))
        #expect(await group.initialize(correlationID: correlationID))
        #expect(group.serving?.configuration.model == "tiny")
        #expect(group.health.wanted == "base")
        #expect(group.health.ready)
        #expect(try await group.transcribe(anyAudio).text == "heard 3 samples")

        #expect(rows("base").map(\.to) == [.loading, .error])
        #expect(rows("small").map(\.to) == [.loading, .warmingUp, .error])
        #expect(rows("tiny").map(\.to) == [.loading, .warmingUp, .ready])
        #expect(["base", "small", "tiny"].map { rows($0).first?.trigger } == [.initialize, .fallback, .fallback])
        #expect(["base", "small", "tiny"].map { rows($0).first?.run.wanted } == [nil, "base", "base"])
        for model in providers.keys {
            #expect(rows(model).allSatisfy { $0.run.correlationID == correlationID && $0.run.attempt == 1 })
        }
        // Nothing of the failed ones is left in memory.
        #expect(try provider("base").inMemory == 0)
        #expect(try provider("small").inMemory == 0)
        expectSoundness()
    }

    @Test func whereTheWantedOneLoadsTheOthersAreNotEvenClaimed() async throws {
        journal.refuse("small", Self.failure)
        let group = try await group()
        #expect(await group.initialize())
        #expect(group.preloaders.count == 1)
        #expect(group.health.wanted == nil)
        #expect(rows("small").isEmpty)
    }

    @Test func theWantedModelsOwnRetriesComeFirst() async throws {
        try provider("base").script(.load, .fail(Self.failure))
        try provider("base").script(.load, .fail(Self.failure))
        let group = try await group { $0.retry.maximumRetries = 1 }
        let starter = Task { await group.initialize() }
        try await clock.advance(toSleeperAt: .seconds(10))
        #expect(await starter.value)
        #expect(rows("base").map(\.to) == [.loading, .error, .loading, .error])
        #expect(group.serving?.configuration.model == "small")
    }

    @Test func aFallbacksOwnRetryStillNamesTheWantedModel() async throws {
        try provider("base").script(.load, .fail(Self.failure))
        try provider("small").script(.load, .fail(Self.failure))
        let group = try await group(fallbacks: ["small"]) {
            $0.retry = RetryPolicy(maximumRetries: $0.model == "small" ? 1 : 0, backoff: .seconds(7))
        }
        let starter = Task { await group.initialize() }
        try await clock.advance(toSleeperAt: .seconds(7))
        #expect(await starter.value)
        let starts = rows("small").filter { $0.to == .loading }
        #expect(starts.map(\.trigger) == [.fallback, .retry])
        #expect(starts.map(\.run.attempt) == [1, 2])
        #expect(starts.map(\.run.wanted) == ["base", "base"])
    }

    @Test func noFallbackIsLoadedBesideAModelThatIsStillInMemory() async throws {
        let both = ScriptedProvider()
        registry.register(ProviderInformation(name: "scripted", summary: "for tests")) { _ in both }
        let load = Gate()
        both.script(.load, .waitIgnoringCancellation(load))
        let group = try await group(fallbacks: ["small"])
        let starter = Task { await group.initialize(timeout: .seconds(5)) }
        try await both.begun(.load)
        try await clock.advance(toSleeperAt: .seconds(5))
        try await journal.recorder(of: "base").stored(2)
        load.open()
        #expect(await starter.value)
        #expect(both.mostInMemory == 1)
        #expect(rows("small").map(\.to) == [.loading, .warmingUp, .ready])
    }

    @Test func aModelThatCannotBeGivenBackDoesNotHoldItUpForEver() async throws {
        let load = Gate()
        try provider("base").script(.load, .waitIgnoringCancellation(load))
        let group = try await group(fallbacks: ["small"]) {
            $0.startupTimeout = $0.model == "base" ? .seconds(5) : .seconds(3600)
        }
        let starter = Task { await group.initialize() }
        try await provider("base").begun(.load)
        try await clock.advance(toSleeperAt: .seconds(5))
        try await journal.recorder(of: "base").stored(2)
        // As long as an unload may take, counted from when the wait began.
        while try provider("small").count(.load) == 0 {
            clock.advance(by: .seconds(1))
            await Task.yield()
        }
        #expect(clock.now >= .seconds(15))
        #expect(await starter.value)
        load.open()
    }

    @Test func aFallbackThatSomebodyElseDrivesIsLeftOut() async throws {
        try provider("base").script(.load, .fail(Self.failure))
        journal.refuse("small", ProviderError(description: "engine 7 drives the model"))
        let group = try await group()
        #expect(await group.initialize())
        #expect(group.serving?.configuration.model == "tiny")
    }

    @Test func concurrentCallersShareOneFallback() async throws {
        let gate = Gate()
        try provider("base").script(.load, .wait(gate), .fail(Self.failure))
        let group = try await group()
        let callers = (0..<100).map { _ in Task { await group.initialize() } }
        try await provider("base").begun(.load)
        gate.open()
        for caller in callers { #expect(await caller.value) }
        #expect(try provider("small").count(.load) == 1)
        #expect(rows("small").map(\.to) == [.loading, .warmingUp, .ready])
        expectSoundness()
    }

    @Test func aNewCallerJoinsTheStandInThatIsLoading() async throws {
        let load = Gate()
        try provider("base").script(.load, .fail(Self.failure))
        try provider("small").script(.load, .wait(load))
        let group = try await group()
        let starter = Task { await group.initialize() }
        try await provider("small").begun(.load)
        let impatient = Task { await group.initialize(timeout: .seconds(5)) }
        try await clock.advance(toSleeperAt: .seconds(5))
        #expect(await impatient.value == false)
        load.open()
        #expect(await starter.value)
        #expect(try provider("base").count(.load) == 1)
        #expect(try provider("small").count(.load) == 1)
        #expect(try provider("tiny").calls.isEmpty)
        expectSoundness()
    }

    @Test func whoHasJoinedAStandInThatFailsGoesOnToTheNext() async throws {
        let load = Gate()
        try provider("base").script(.load, .fail(Self.failure))
        try provider("small").script(.load, .wait(load), .fail(Self.failure))
        let group = try await group()
        let starter = Task { await group.initialize() }
        try await provider("small").begun(.load)
        // The clock tells when it has joined; its time is never over.
        let joiner = Task { await group.initialize(timeout: .seconds(77)) }
        try await clock.sleeper(at: .seconds(77))
        load.open()
        #expect(await starter.value)
        #expect(await joiner.value)
        #expect(group.serving?.configuration.model == "tiny")
        #expect(try provider("base").count(.load) == 1)
        #expect(try provider("tiny").count(.load) == 1)
    }

    @Test func aStandInThatAnotherEngineHasTakenIsNotJoined() async throws {
        let load = Gate()
        try provider("base").script(.load, .fail(Self.failure))
        try provider("small").script(.load, .wait(load))
        let group = try await group(fallbacks: ["small"])
        let starter = Task { await group.initialize() }
        try await provider("small").begun(.load)
        journal.recorder(of: "small").fence("engine 7 drives the model")
        load.open()
        #expect(await starter.value == false)
        #expect(await group.initialize())
        #expect(group.serving?.configuration.model == "base")
    }

    @Test func aStandInWhoseClaimIsOnItsWayIsClosedToo() async throws {
        try provider("base").script(.load, .fail(Self.failure))
        let claim = claim
        let (begun, goOn) = (Gate(), Gate())
        let group = FallbackPreloader(
            preferred: try await claim(RunConfiguration(model: "base", provider: "scripted")),
            fallbacks: [RunConfiguration(model: "small", provider: "scripted")], logger: .silent,
            claim: { configuration in
                begun.open()
                await goOn.passIgnoringCancellation()
                return try await claim(configuration)
            })
        let starter = Task { await group.initialize() }
        try await begun.pass()
        let transitions = group.preferred.transitions
        let closing = Task { await group.close().map { $0.configuration.model } }
        // They end where the wanted model is closed, which is the first to be.
        for await _ in transitions {}
        goOn.open()
        #expect(await closing.value == ["base", "small"])
        #expect(await starter.value == false)
        #expect(journal.released == ["base", "small"])
        #expect(try provider("small").calls.isEmpty)
        // And nothing is claimed any more.
        #expect(await group.initialize() == false)
        #expect(group.preloaders.count == 2)
    }

    @Test func whereAllFailTheAnswerIsFalse() async throws {
        for model in providers.keys { try provider(model).script(.load, .fail(Self.failure)) }
        let group = try await group()
        #expect(await group.initialize() == false)
        #expect(group.serving == nil)
        #expect(group.health.state == .error)
        #expect(group.health.wanted == "base")
        // Somebody who asks again begins with the wanted one.
        #expect(await group.initialize())
        #expect(group.serving?.configuration.model == "base")
        #expect(group.health.wanted == nil)
    }

    @Test func anUnloadIsNoReasonForAFallback() async throws {
        let gate = Gate()
        try provider("base").script(.load, .wait(gate))
        let group = try await group()
        let starter = Task { await group.initialize() }
        try await provider("base").begun(.load)
        #expect(await group.unload())
        #expect(await starter.value == false)
        #expect(group.preloaders.count == 1)
    }

    @Test func anUnloadWhileTheMemoryIsAwaitedEndsItAll() async throws {
        let load = Gate()
        try provider("base").script(.load, .waitIgnoringCancellation(load))
        let group = try await group(fallbacks: ["small"])
        let starter = Task { await group.initialize(timeout: .seconds(5)) }
        try await provider("base").begun(.load)
        try await clock.advance(toSleeperAt: .seconds(5))
        try await journal.recorder(of: "base").stored(2)
        let unload = Task { await group.unload() }
        try await journal.recorder(of: "base").stored(3)
        load.open()
        #expect(await unload.value)
        #expect(await starter.value == false)
        #expect(try provider("small").calls.isEmpty)
        #expect(group.preferred.state == .uninitialized)
    }

    @Test func aModelThatDiesForGoodInReadyIsReplaced() async throws {
        let group = try await group()
        #expect(await group.initialize())
        let transitions = group.preferred.transitions
        try #require(try provider("base").contexts.first).reportFailure(Failure(.processExited, "exited"))
        for await transition in transitions where transition.to == .error { break }
        let next = try #require(await group.begin(after: group.preferred))
        #expect(await next.waitUntilReady())
        #expect(group.serving === next)
        #expect(rows("small").first?.run.correlationID == rows("base").first?.run.correlationID)
    }

    @Test func oneThatMayStillBecomeReadyIsNotReplaced() async throws {
        try provider("base").script(.load, .fail(Self.failure))
        let group = try await group { $0.retry.maximumRetries = 1 }
        group.preferred.begin()
        try await clock.sleeper(at: .seconds(10))
        #expect(await group.begin(after: group.preferred) == nil)
    }

    @Test func afterAResumeTheListGoesOnWhereItWas() async throws {
        let wall = clock.engine.wall()
        journal.setPast(
            RecordingJournal.Past(
                state: .error,
                run: RunIdentity(
                    runID: RunID(at: wall), correlationID: CorrelationID(at: wall), attempt: 1, wanted: "base"),
                ordinal: 2), of: "small")
        try provider("small").script(.load, .fail(Self.failure))
        let claim = claim
        let group = FallbackPreloader(
            preferred: try await claim(RunConfiguration(model: "small", provider: "scripted")),
            fallbacks: ["small", "tiny"].map { RunConfiguration(model: $0, provider: "scripted") }, logger: .silent,
            claim: claim)
        #expect(group.wanted == "base")
        #expect(await group.initialize())
        #expect(group.serving?.configuration.model == "tiny")
        #expect(rows("tiny").first?.run.wanted == "base")
        #expect(rows("base").isEmpty)
    }

    /// Until its first row is durable, a stand-in looks like one that nobody has asked for.
    @Test func whoAsksWhileAStandInIsBeingTakenWaitsForIt() async throws {
        try provider("base").script(.load, .fail(Self.failure))
        let (isTaking, goesOn) = (Gate(), Gate())
        let claim = claim
        let configurations = ["base", "small"].map { RunConfiguration(model: $0, provider: "scripted") }
        let group = FallbackPreloader(
            preferred: try await claim(configurations[0]), fallbacks: [configurations[1]], logger: .silent
        ) { configuration in
            isTaking.open()
            try await goesOn.pass()
            return try await claim(configuration)
        }
        let first = Task { await group.initialize() }
        try await isTaking.pass()
        let others = (0..<20).map { _ in Task { await group.initialize() } }
        // Nothing tells that they wait; the wanted model would have been begun by now.
        for _ in 0..<1000 { await Task.yield() }
        goesOn.open()
        #expect(await first.value)
        for other in others { #expect(await other.value) }
        #expect(try provider("base").count(.load) == 1)
        #expect(rows("small").map(\.to) == [.loading, .warmingUp, .ready])
        expectSoundness()
    }

    // MARK: -

    private var claim: @Sendable (RunConfiguration) async throws -> ModelPreloader {
        { [journal, registry, clock] configuration in
            try await ModelPreloader(
                configuration: configuration, registry: registry, journal: journal, logger: .silent,
                clock: clock.engine)
        }
    }

    private func group(
        fallbacks: [String] = ["small", "tiny"], prepare: (inout RunConfiguration) -> Void = { _ in }
    ) async throws -> FallbackPreloader {
        let configurations = (["base"] + fallbacks).map { model in
            var configuration = RunConfiguration(model: model, provider: "scripted")
            prepare(&configuration)
            return configuration
        }
        return FallbackPreloader(
            preferred: try await claim(configurations[0]), fallbacks: Array(configurations.dropFirst()),
            logger: .silent, claim: claim)
    }

    private func provider(_ model: String) throws -> ScriptedProvider { try #require(providers[model]) }

    private func rows(_ model: String) -> [Transition] { journal.recorder(of: model).rows }

    private func expectSoundness() {
        for model in providers.keys { #expect(journal.recorder(of: model).violations.isEmpty) }
    }
}
