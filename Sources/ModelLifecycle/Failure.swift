/// Why a run ended, as a closed set that scripts can rely on.
public enum FailureReason: String, Sendable, Hashable, CaseIterable, Codable {
    case modelLoadFailed = "ModelLoadFailed"
    case warmupFailed = "WarmupFailed"
    case startupTimeout = "StartupTimeout"
    case stalled = "Stalled"
    case providerNotAvailable = "ProviderNotAvailable"
    case spawnFailed = "SpawnFailed"
    case processExited = "ProcessExited"
    case oomKilled = "OOMKilled"
    case runtimeUnhealthy = "RuntimeUnhealthy"
    case unloadFailed = "UnloadFailed"
    case unloadTimeout = "UnloadTimeout"
    case cancelled = "Cancelled"
    case superseded = "Superseded"
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
        return failure
    }
}

extension Failure: CustomStringConvertible {
    public var description: String { "\(reason.rawValue): \(message)" }
}
