/// Why a run ended, as a closed set that scripts can rely on.
public enum FailureReason: String, Sendable, Hashable, CaseIterable, Codable {
    /// The provider could not load the model.
    case modelLoadFailed = "ModelLoadFailed"
    /// A warm-up inference failed, or the warm-up took too long.
    case warmupFailed = "WarmupFailed"
    /// Not READY before the run's deadline.
    case startupTimeout = "StartupTimeout"
    /// No progress for the stall timeout.
    case stalled = "Stalled"
    /// A library, file or device is missing; trying again does not bring it.
    case providerNotAvailable = "ProviderNotAvailable"
    /// The provider's process could not be started.
    case spawnFailed = "SpawnFailed"
    /// The provider's process ended by itself.
    case processExited = "ProcessExited"
    /// The system killed the process for its memory.
    case oomKilled = "OOMKilled"
    /// The provider stopped answering as a healthy one does.
    case runtimeUnhealthy = "RuntimeUnhealthy"
    /// The provider could not give the memory back.
    case unloadFailed = "UnloadFailed"
    /// The memory was not given back in time, or the process had to be killed for it.
    case unloadTimeout = "UnloadTimeout"
    /// Somebody unloaded the model while it was starting.
    case cancelled = "Cancelled"
    /// Another engine has taken the model over.
    case superseded = "Superseded"
    /// The engine died; a later one found the run and recorded it.
    case interrupted = "Interrupted"

    /// False where another attempt of the same request cannot end differently, or nobody wants one.
    public var isRetryable: Bool {
        switch self {
        case .modelLoadFailed, .warmupFailed, .startupTimeout, .stalled, .spawnFailed, .processExited, .oomKilled,
            .runtimeUnhealthy, .interrupted:
            true
        case .providerNotAvailable, .unloadFailed, .unloadTimeout, .cancelled, .superseded:
            false
        }
    }
}

/// A failure with the evidence that came with it. Providers throw it when they know more than
/// a message; any other error is recorded by its description.
public struct Failure: Error, Sendable, Hashable {
    /// Which kind of failure, for scripts.
    public var reason: FailureReason
    /// Free text; redacted and bounded before it is stored.
    public var message: String
    /// The exit status of the model's process, where there was one.
    public var exitCode: Int32?
    /// The signal that ended the model's process, where one did.
    public var signal: Int32?
    /// The last output of the provider, at most 64 KiB of it is stored.
    public var outputTail: String?
    /// What else is known; nil for a failure that has no process to look at.
    public var evidence: FailureEvidence?
    /// True where the provider cannot be used any more: not even the warm-up policy `warn` makes such a
    /// model READY. Not stored.
    public var isFinal: Bool

    /// - Parameters:
    ///   - reason: which kind of failure.
    ///   - message: what happened, naming the file or the value.
    ///   - exitCode: the exit status of the model's process, where there was one.
    ///   - signal: the signal that ended the model's process, where one did.
    ///   - outputTail: the last output of the provider; at most 64 KiB of it is stored.
    ///   - evidence: what else is known of that process.
    ///   - isFinal: whether not even the warm-up policy `warn` makes such a model READY.
    public init(
        _ reason: FailureReason, _ message: String, exitCode: Int32? = nil, signal: Int32? = nil,
        outputTail: String? = nil, evidence: FailureEvidence? = nil, isFinal: Bool = false
    ) {
        self.reason = reason
        self.message = message
        self.exitCode = exitCode
        self.signal = signal
        self.outputTail = outputTail
        self.evidence = evidence
        self.isFinal = isFinal
    }

    /// The same with what the provider knows, where the failure itself says nothing of it.
    package func completed(by provider: ProviderEvidence?) -> Failure {
        var failure = self
        failure.outputTail = outputTail ?? provider?.outputTail
        failure.evidence = evidence ?? provider?.evidence
        return failure.redacted
    }

    /// The same without secrets, as far as they can be told; for a failure that comes from outside.
    package var redacted: Failure {
        var failure = self
        failure.message = Redaction.redact(message)
        failure.outputTail = outputTail.map(Redaction.redact)
        failure.evidence?.lastProbe = evidence?.lastProbe.map(Redaction.redact)
        failure.evidence?.answer = evidence?.answer.map(Redaction.redact)
        failure.evidence?.probeTarget = evidence?.probeTarget.map(Redaction.redact)
        failure.evidence?.probeLocation = evidence?.probeLocation.map(Redaction.redact)
        return failure
    }
}

extension Failure: CustomStringConvertible {
    /// Reason and message: `ModelLoadFailed: no file model.bin`.
    public var description: String { "\(reason.rawValue): \(message)" }
}
