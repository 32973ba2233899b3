/// Code that can load, warm, use and unload one kind of speech model. One instance holds at most
/// one model; the engine calls it for one operation of its lifecycle at a time.
public protocol ASRProvider: Sendable {
    /// The name under which the registry knows it, e.g. `pocketsphinx`.
    var name: String { get }

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
    func unload() async throws

    /// What is known at this moment that would help to explain a failure which the provider has not seen
    /// itself, such as a deadline. Answers at once, also while another call is under way.
    func evidence() -> ProviderEvidence?
}

extension ASRProvider {
    public func evidence() -> ProviderEvidence? { nil }
}

/// What a provider can add to a failure.
public struct ProviderEvidence: Sendable, Hashable {
    public var outputTail: String?
    public var evidence: FailureEvidence?

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

    public init(sampleRate: Int = 16_000, languages: [String] = [], cancellableLoad: Bool = true) {
        self.sampleRate = sampleRate
        self.languages = languages
        self.cancellableLoad = cancellableLoad
    }
}

public enum ProviderAvailability: Sendable, Hashable {
    /// - Parameter version: the version of the library or server behind it, where it has one.
    case available(version: String?)
    /// - Parameter reason: what is missing and what to do about it, in one line.
    case unavailable(reason: String)
}

/// What a provider is made from; instances are cached by it.
public struct ProviderConfiguration: Sendable, Hashable {
    public var model: String
    public var modelPath: String?
    public var options: [String: String]

    public init(model: String, modelPath: String? = nil, options: [String: String] = [:]) {
        self.model = model
        self.modelPath = modelPath
        self.options = options
    }
}

/// What a load may want to know about the run it belongs to, and how it says that it is alive.
public struct LoadContext: Sendable {
    public let runID: RunID
    public let correlationID: CorrelationID
    /// 1, 2, 3 … within one request.
    public let attempt: Int
    /// To be called whenever loading moves on: it resets the stall timeout.
    public let reportProgress: @Sendable () -> Void
    /// To be called once the model's process exists, with its process ID where it is known: what was
    /// spent until then is no loading.
    public let reportSpawn: @Sendable (Int32?) async -> Void
    /// To be called when the model dies or stops answering by itself, also long after `load` has
    /// returned; it counts for as long as this load's model is the current one.
    public let reportFailure: @Sendable (Failure) -> Void

    public init(
        runID: RunID, correlationID: CorrelationID, attempt: Int, reportProgress: @escaping @Sendable () -> Void = {},
        reportSpawn: @escaping @Sendable (Int32?) async -> Void = { _ in },
        reportFailure: @escaping @Sendable (Failure) -> Void = { _ in }
    ) {
        self.runID = runID
        self.correlationID = correlationID
        self.attempt = attempt
        self.reportProgress = reportProgress
        self.reportSpawn = reportSpawn
        self.reportFailure = reportFailure
    }
}

/// Mono audio, 16-bit linear PCM.
public struct AudioSamples: Sendable, Hashable {
    public var samples: [Int16]
    /// Samples a second, in hertz.
    public var sampleRate: Int

    public init(samples: [Int16], sampleRate: Int) {
        self.samples = samples
        self.sampleRate = sampleRate
    }
}

/// What was heard.
public struct Transcript: Sendable, Hashable {
    public var text: String

    public init(text: String) { self.text = text }
}
