import InMemoryLogging
import InMemoryTracing
import LifecycleEngine
import Logging
import MetricsTestKit
import ModelLifecycle
import ModelLifecycleTesting
import TestSupport
import Testing

/// A preloader among things that a test controls: its clock, its provider, its journal; and all that
/// it shows to the world.
struct EngineBench: Sendable {
    static let model = "en-us"

    let clock = ManualClock()
    let provider = ScriptedProvider()
    let registry = ASRProviderRegistry()
    let journal: RecordingJournal
    let recorder: RecordingRecorder
    let logs = InMemoryLogHandler()
    let metrics = TestMetrics()
    let tracer = InMemoryTracer()
    let preloader: ModelPreloader
    /// What the state stream has told so far.
    let seen = Watched<[Transition]>([])
    private let reader: Task<Void, Never>

    /// - Parameter prepare: sets the limits that matter; the defaults are 300 s to start, 10 s to
    ///   unload, one warm-up inference, no retry.
    init(
        journal: RecordingJournal = RecordingJournal(), prepare: (inout RunConfiguration) -> Void = { _ in }
    ) async throws {
        var configuration = RunConfiguration(model: Self.model, provider: "scripted")
        prepare(&configuration)
        self.journal = journal
        recorder = journal.recorder(of: Self.model)
        registry.register(ProviderInformation(name: "scripted", summary: "for tests")) { [provider] _ in provider }
        let logs = logs
        preloader = try await ModelPreloader(
            configuration: configuration, registry: registry, journal: journal,
            logger: Logger(label: "test", factory: { _ in logs }), metrics: metrics, tracer: tracer,
            clock: clock.engine)
        reader = Task { [seen, transitions = preloader.transitions] in
            for await transition in transitions { seen.update { $0.append(transition) } }
        }
    }

    var rows: [Transition] { recorder.rows }

    /// The states that the journal has seen, in order.
    var path: [ModelState] { rows.map(\.to) }

    /// Waits until the state stream has told this many transitions.
    func seen(_ count: Int) async throws { try await seen.wait { $0.count >= count } }

    /// Returns once the driver has handled everything that reached its inbox before.
    func settle() async { await preloader.handledSoFar() }

    /// Starts a run in a task of its own; returns once the load has begun.
    func startLoading(timeout: Duration? = nil) async throws -> Task<Bool, Never> {
        let loads = provider.count(.load)
        let starter = Task { await preloader.initialize(timeout: timeout) }
        try await provider.begun(.load, times: loads + 1)
        return starter
    }

    /// Adds a caller whose own timeout is the next one to end, so that the clock tells when it has joined.
    func join(timeout: Duration) async throws -> Task<Bool, Never> {
        let joiner = Task { await preloader.initialize(timeout: timeout) }
        try await clock.sleeper(at: clock.now + timeout)
        return joiner
    }

    var log: [InMemoryLogHandler.Entry] { logs.entries }

    func messages(_ level: Logger.Level) -> [String] {
        log.filter { $0.level == level }.map { "\($0.message)" }
    }

    var warnings: [String] { messages(.warning) }
    var errors: [String] { messages(.error) }

    /// What holds whatever a test did.
    func expectSoundness(sourceLocation: SourceLocation = #_sourceLocation) {
        #expect(recorder.violations.isEmpty, sourceLocation: sourceLocation)
        #expect(provider.mostInMemory <= 1, "two copies in memory", sourceLocation: sourceLocation)
        #expect(provider.mostAtWork <= 1, "two operations at once", sourceLocation: sourceLocation)
    }
}

/// Runs a test on a bench of its own, and looks at the end at what must always hold.
func withBench(
    journal: RecordingJournal = RecordingJournal(), sourceLocation: SourceLocation = #_sourceLocation,
    prepare: (inout RunConfiguration) -> Void = { _ in }, _ body: (EngineBench) async throws -> Void
) async throws {
    let bench = try await EngineBench(journal: journal, prepare: prepare)
    try await body(bench)
    await bench.settle()
    bench.expectSoundness(sourceLocation: sourceLocation)
    await bench.preloader.close()
}

extension Trait where Self == TimeLimitTrait {
    /// No test measures time; this only turns a deadlock into a failure.
    static var noDeadlock: Self { .timeLimit(.minutes(1)) }
}

extension Logger {
    static var silent: Logger { Logger(label: "test", factory: { _ in SwiftLogNoOpLogHandler() }) }
}

/// An error of a provider that knows no more than a message.
struct ProviderError: Error, CustomStringConvertible {
    var description: String
}

let anyAudio = AudioSamples(samples: [1, 2, 3], sampleRate: 16_000)
