import InMemoryLogging
import LifecycleEngine
import Logging
import ModelLifecycle
import ModelLifecycleTesting
import TestSupport
import Testing

@Suite("Resume after a restart", .noDeadlock, .turn(of: "LifecycleEngineTests"))
struct ResumeTests {
    private let journal = RecordingJournal()
    private let registry = ASRProviderRegistry()
    private let provider = ScriptedProvider()
    private let clock = ManualClock()
    private let logs = InMemoryLogHandler()

    init() {
        registry.register(ProviderInformation(name: "scripted", summary: "for tests")) { [provider] _ in provider }
    }

    @Test func anInterruptedRunIsCarriedOnAsTheNextAttemptOfItsRequest() async throws {
        let interrupted = leave("en-us", attempt: 2) { $0.warmup.level = .none }
        let resumed = try #require(try await resume().first)
        #expect(!resumed.isCrashLoop)
        #expect(resumed.interrupted == interrupted)
        #expect(await resumed.preloader.waitUntilReady())

        let rows = journal.recorder(of: "en-us").rows
        // Without warm-up, as the journal recorded it.
        #expect(rows.map(\.to) == [.loading, .ready])
        #expect(rows[0].trigger == .resume)
        #expect(rows[0].from == .error)
        #expect(rows[0].run.attempt == 3)
        #expect(rows[0].run.correlationID == interrupted.run.correlationID)
        #expect(rows[0].run.runID != interrupted.run.runID)
        // The old process's clock says nothing about this one's.
        #expect(rows[0].elapsed == nil)
        #expect(journal.recorder(of: "en-us").violations.isEmpty)
    }

    @Test func theLoadIsUnderWayEvenIfNobodyWaits() async throws {
        leave("en-us")
        let resumed = try await resume()
        try await journal.recorder(of: "en-us").stored(3)
        #expect(resumed.count == 1)
    }

    @Test func aResumedRunEndsByTheRecordedDeadline() async throws {
        leave("en-us") { $0.startupTimeout = .seconds(7) }
        provider.script(.load, .wait(Gate()))
        let resumed = try #require(try await resume().first)
        // Nobody's own timeout is earlier, so the clock tells when this caller has joined.
        let joiner = Task { await resumed.preloader.initialize(timeout: .seconds(1000)) }
        try await clock.sleeper(at: .seconds(1000))
        try await clock.advance(toSleeperAt: .seconds(7))
        #expect(await joiner.value == false)
        #expect(journal.recorder(of: "en-us").rows.last?.failure?.reason == .startupTimeout)
    }

    @Test func aResumedRunIsRetriedLikeAnyOther() async throws {
        leave("en-us", attempt: 1) { $0.retry.maximumRetries = 1 }
        provider.script(.load, .fail(ProviderError(description: "no")))
        let resumed = try #require(try await resume().first)
        try await clock.advance(toSleeperAt: .seconds(10))
        #expect(await resumed.preloader.waitUntilReady())
        let starts = journal.recorder(of: "en-us").rows.filter { $0.to == .loading }
        #expect(starts.map(\.trigger) == [.resume, .retry])
        #expect(starts.map(\.run.attempt) == [2, 3])
    }

    @Test func aCrashLoopIsLeftInError() async throws {
        leave("en-us", attempt: 3, interruptions: 3)
        let resumed = try #require(try await resume().first)
        #expect(resumed.isCrashLoop)
        #expect(await resumed.preloader.waitUntilReady() == false)
        #expect(resumed.preloader.state == .error)
        #expect(resumed.preloader.health.summary == "Backend not ready (Interrupted: its engine died)")
        #expect(journal.recorder(of: "en-us").rows.isEmpty)
        #expect(provider.calls.isEmpty)
        let entry = try #require(logs.entries.first { $0.level == .error })
        #expect(entry.message == "not resumed: interrupted 3 times in a row before READY")
        #expect(entry.metadata["model"] == "en-us")
    }

    @Test func whoeverWantsACrashLoopingModelAllTheSameCanAskForIt() async throws {
        leave("en-us", attempt: 3, interruptions: 3)
        let resumed = try #require(try await resume().first)
        #expect(await resumed.preloader.initialize())
        let first = try #require(journal.recorder(of: "en-us").rows.first)
        #expect(first.trigger == .initialize)
        #expect(first.run.attempt == 1)
    }

    @Test func aBudgetOfRetriesPutsTheCrashLoopOff() async throws {
        leave("en-us", attempt: 4, interruptions: 4) { $0.retry.maximumRetries = 4 }
        let resumed = try #require(try await resume().first)
        #expect(!resumed.isCrashLoop)
    }

    @Test func onlyTheModelsAskedForAreResumed() async throws {
        leave("en-us")
        leave("de-de")
        let resumed = try await resume(models: ["de-de"])
        #expect(resumed.map(\.interrupted.configuration.model) == ["de-de"])
        #expect(await resumed[0].preloader.waitUntilReady())
        #expect(journal.recorder(of: "en-us").rows.isEmpty)
    }

    @Test func whereOneModelCannotBeClaimedNoLoadBegins() async throws {
        leave("en-us")
        leave("de-de")
        journal.refuse("de-de", ProviderError(description: "engine 7 drives the model"))
        await #expect(throws: ProviderError.self) { try await resume() }
        #expect(journal.recorder(of: "en-us").rows.isEmpty)
        #expect(provider.calls.isEmpty)
        // Nobody holds it, so the whole can be tried again.
        #expect(journal.released == ["en-us"])
    }

    @Test func nothingLeftBehindIsNothingToResume() async throws {
        #expect(try await resume().isEmpty)
    }

    // MARK: -

    private func resume(models: Set<String>? = nil) async throws -> [ResumedModel] {
        try await ModelPreloader.resume(
            journal: journal, registry: registry, models: models, logger: Logger(label: "test", factory: { _ in logs }),
            clock: clock.engine)
    }

    @discardableResult
    private func leave(
        _ model: String, attempt: Int = 1, interruptions: Int = 1, prepare: (inout RunConfiguration) -> Void = { _ in }
    ) -> ResumableRun {
        var configuration = RunConfiguration(model: model, provider: "scripted")
        prepare(&configuration)
        let wall = clock.engine.wall()
        let interrupted = ResumableRun(
            run: RunIdentity(runID: RunID(at: wall), correlationID: CorrelationID(at: wall), attempt: attempt),
            configuration: configuration, interruptionsInARow: interruptions)
        journal.leave(interrupted)
        return interrupted
    }
}
