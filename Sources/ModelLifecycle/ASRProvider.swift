/// Code that can load, warm, use and unload one kind of speech model. One instance holds at most
/// one model; the engine calls it for one operation of its lifecycle at a time.
public protocol ASRProvider: Sendable {
    /// The name under which the registry knows it, e.g. `pocketsphinx`.
    var name: String { get }

    /// What it accepts, and whether a load of it can be stopped. Does not change.
    var capabilities: ProviderCapabilities { get }

    /// Whether a load could succeed at all: libraries, model files, devices. Cheap, and without side effects.
    func availability() async -> ProviderAvailability

    /// Brings the model into memory. Should stop early when its task is cancelled; one that cannot is
    /// waited for, and its late result discarded.
    func load(_ context: LoadContext) async throws

    /// Runs one inference whose result nobody needs.
    func warmUp(_ audio: AudioSamples) async throws

    /// - Parameter audio: mono, at the sample rate that `capabilities` names.
    func transcribe(_ audio: AudioSamples) async throws -> Transcript

    /// Gives the model's memory back. Called after a failed or cancelled load too, so having nothing
    /// to unload is no error.
    /// - Throws: why the memory was not given back. A `Failure` whose evidence says `killedAfterStopTimeout` tells that
    ///   it was, by force: the model is unloaded, and its row carries the failure.
    func unload() async throws

    /// What is known at this moment that would help to explain a failure which the provider has not seen
    /// itself, such as a deadline. Answers at once, also while another call is under way.
    func evidence() -> ProviderEvidence?
}

extension ASRProvider {
    /// Nothing: a provider that sees its own failures needs no other evidence.
    public func evidence() -> ProviderEvidence? { nil }
}

/// What a provider can add to a failure.
public struct ProviderEvidence: Sendable, Hashable {
    /// The last output of whatever runs the model; at most 64 KiB of it is stored.
    public var outputTail: String?
    /// What was found at the scene, such as a kill for memory; nil where there is no process to look at.
    public var evidence: FailureEvidence?

    /// Evidence of which each part may be unknown.
    public init(outputTail: String? = nil, evidence: FailureEvidence? = nil) {
        self.outputTail = outputTail
        self.evidence = evidence
    }
}

/// What a provider can do.
public struct ProviderCapabilities: Sendable, Hashable {
    /// Samples a second that it accepts, in hertz.
    public var sampleRate: Int
    /// BCP 47 tags of the languages of its default models.
    public var languages: [String]
    /// Whether a load in flight can be stopped.
    public var cancellableLoad: Bool

    /// What most speech models can do: 16 kHz, and a load that heeds the cancellation of its task.
    public init(sampleRate: Int = 16_000, languages: [String] = [], cancellableLoad: Bool = true) {
        self.sampleRate = sampleRate
        self.languages = languages
        self.cancellableLoad = cancellableLoad
    }
}

/// Whether a provider could load a model on this machine.
public enum ProviderAvailability: Sendable, Hashable {
    /// It could; with the version of the library or server behind it, where it has one.
    case available(version: String?)
    /// It could not; the reason says what is missing and what to do about it, in one line.
    case unavailable(reason: String)
}

/// What a provider is made from; instances are cached by it.
public struct ProviderConfiguration: Sendable, Hashable {
    /// The name under which the journal knows the model.
    public var model: String
    /// Where the model lies; nil for the provider's default.
    public var modelPath: String?
    /// Settings that only this provider knows.
    public var options: [String: String]

    /// What `RunConfiguration.providerConfiguration` makes of a run's configuration.
    public init(model: String, modelPath: String? = nil, options: [String: String] = [:]) {
        self.model = model
        self.modelPath = modelPath
        self.options = options
    }
}

/// What a load may want to know about the run it belongs to, and how it says that it is alive.
public struct LoadContext: Sendable {
    /// The run that this load belongs to.
    public let runID: RunID
    /// The request behind that run; for log lines and headers of whatever the load calls.
    public let correlationID: CorrelationID
    /// 1, 2, 3 … within one request.
    public let attempt: Int
    /// The size of the model's files in bytes; nil if they are not known.
    public let modelBytes: Int64?
    /// To be called whenever loading moves on: it resets the stall timeout.
    public let reportProgress: @Sendable () -> Void
    /// To be called once the model's process exists, with its process ID where it is known: what was
    /// spent until then is no loading.
    public let reportSpawn: @Sendable (Int32?) async -> Void
    /// To be called when the model dies or stops answering by itself, also long after `load` has
    /// returned; it counts for as long as this load's model is the current one.
    public let reportFailure: @Sendable (Failure) -> Void
    /// To be called with what became known of the run between two of its transitions; never waits.
    public let reportNote: @Sendable (RunNote) -> Void
    /// To be called where the model needs so much time from now on to be READY: it moves the run's deadline, and never
    /// brings it nearer.
    public let extendDeadline: @Sendable (Duration) -> Void

    /// The engine makes one for each load; a test of a provider makes its own, whose reports go where it likes.
    public init(
        runID: RunID, correlationID: CorrelationID, attempt: Int, modelBytes: Int64? = nil,
        reportProgress: @escaping @Sendable () -> Void = {},
        reportSpawn: @escaping @Sendable (Int32?) async -> Void = { _ in },
        reportFailure: @escaping @Sendable (Failure) -> Void = { _ in },
        reportNote: @escaping @Sendable (RunNote) -> Void = { _ in },
        extendDeadline: @escaping @Sendable (Duration) -> Void = { _ in }
    ) {
        self.runID = runID
        self.correlationID = correlationID
        self.attempt = attempt
        self.modelBytes = modelBytes
        self.reportProgress = reportProgress
        self.reportSpawn = reportSpawn
        self.reportFailure = reportFailure
        self.reportNote = reportNote
        self.extendDeadline = extendDeadline
    }
}

/// Mono audio, 16-bit linear PCM.
public struct AudioSamples: Sendable, Hashable {
    /// The samples in order, from -32,768 to 32,767.
    public var samples: [Int16]
    /// Samples a second, in hertz.
    public var sampleRate: Int

    /// - Parameters:
    ///   - samples: in order.
    ///   - sampleRate: samples a second, in hertz.
    public init(samples: [Int16], sampleRate: Int) {
        self.samples = samples
        self.sampleRate = sampleRate
    }
}

/// What was heard.
public struct Transcript: Sendable, Hashable {
    /// The words; empty where nothing was heard.
    public var text: String

    /// - Parameter text: the words; empty where nothing was heard.
    public init(text: String) { self.text = text }
}
