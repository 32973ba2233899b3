public import Foundation
import ModelLifecycle

/// A model server: how it is started, asked and warmed.
public struct ServerConfiguration: Sendable, Hashable {
    /// The program and its arguments; found through PATH where it has no slash.
    public var command: [String]
    /// The server's working directory; nil for the engine's own.
    public var workingDirectory: String?
    /// Added to the engine's own environment.
    public var environment: [String: String]
    /// Where to ask whether it is ready; nil takes a running server for a ready one.
    public var probe: ProbeTarget?
    /// Sent with each probe over HTTP or WebSocket. Their values are treated as secrets, unless their names are harmless.
    public var probeHeaders: [RequestHeader]
    /// The method of a probe over HTTP; nil for GET, or POST with a body.
    public var probeMethod: String?
    /// What a probe over HTTP sends.
    public var probeBody: Data?
    /// The file that the body was read from.
    package var probeBodyFile: String?
    /// A PEM file of certificates that a probe over TLS trusts beside the system's.
    public var probeCertificates: String?
    /// A probe over TLS accepts any certificate. Its answers and the record say so.
    public var probeIsInsecure: Bool
    /// What the answer must say for ready; all must hold. Without a condition on the status, it must be 200 to 299.
    public var readyWhen: [AnswerCondition]
    /// What the answer says of a server that will never be ready; one is enough.
    public var failedWhen: [AnswerCondition]
    /// What the answer must say for alive, once the server is READY; all must hold. Empty: the same as for ready.
    public var aliveWhen: [AnswerCondition]
    /// So many good probes in a row make the server ready, 1 to 100.
    public var readySuccesses: Int
    /// The time between two probes while it starts.
    public var probeInterval: Duration
    /// How long one probe may take.
    public var probeTimeout: Duration
    /// The time between two probes once it is READY.
    public var livenessInterval: Duration
    /// So many failed probes in a row end READY.
    public var failureThreshold: Int
    /// What one warm-up sends; nil where it sends nothing.
    public var warmup: WarmupRequest?
    /// How long one warm-up request may take.
    public var warmupTimeout: Duration
    /// The time between TERM and KILL.
    public var stopTimeout: Duration
    /// The name of the preset that it came from.
    public var preset: String?
    /// What exit codes of this server mean, in whatever phase; those of its preset are in `phasedExitMeanings`.
    public var exitMeanings: [Int32: String]
    /// What exit codes of this server mean in a phase, from its preset.
    public var phasedExitMeanings: [ExitMeaning]

    /// The probe's address is what a preset supposes: where the server's own processes listen elsewhere, it is asked
    /// there.
    package var followsServer = false
    /// Nothing says that the server will listen on the probe's port: it is the preset's own, and the command is not the
    /// preset's program.
    package var supposesPort = false
    /// The probe stays good when a worker is gone: one that crashes and is not replaced ends READY.
    var needsWorkers = false
    /// Where the server tells its version; nil if it does not.
    var versionSource: PresetFile.Version?
    /// What it says of its model; nil if it says nothing.
    var modelFacts: ServerFacts.Source?
    /// What names the model's file in the command, beside the usual options; and what its environment names.
    var modelFileFlags: [String] = []
    var namedModelFile: String?
    /// The port that the command or its environment gives; nil if they do not say.
    var givenPort: Int?
    /// The keys that the server's own command, file or variable names. One of them is sent with warm-up requests to the
    /// server, and nowhere else. They are not recorded.
    var keys: [String] = []
    var key: String? { keys.first }
    /// A shell command that warms it, in the place of a request; exit status 0 means that it is warm. It gets the address
    /// that is probed as `MODELJOURNAL_ADDRESS`.
    public var warmupCommand: String?
    /// How it is asked once it is READY.
    public var liveness: LivenessCheck = .probe
    /// How long a server that works may leave probes unanswered before it counts as hung.
    public var livenessTimeout: Duration = ServerRecord.Usual.livenessTimeout

    /// A command, and how it is asked and warmed; without a probe a running server counts as ready.
    public init(
        command: [String], workingDirectory: String? = nil, environment: [String: String] = [:],
        probe: ProbeTarget? = nil, readiness: ReadinessCondition? = nil, probeInterval: Duration = usualProbeInterval,
        probeTimeout: Duration = usualProbeTimeout, livenessInterval: Duration = usualLivenessInterval,
        failureThreshold: Int = usualFailureThreshold, warmup: WarmupRequest? = nil,
        warmupTimeout: Duration = usualWarmupTimeout, stopTimeout: Duration = usualStopTimeout,
        preset: String? = nil, exitMeanings: [Int32: String] = [:], phasedExitMeanings: [ExitMeaning] = [],
        probeHeaders: [RequestHeader] = [], probeMethod: String? = nil, probeBody: Data? = nil,
        probeCertificates: String? = nil, probeIsInsecure: Bool = false, readyWhen: [AnswerCondition] = [],
        failedWhen: [AnswerCondition] = [], aliveWhen: [AnswerCondition] = [], readySuccesses: Int = usualReadySuccesses
    ) {
        self.command = command
        self.workingDirectory = workingDirectory
        self.environment = environment
        self.probe = probe
        self.readyWhen = readyWhen + (readiness.map { [$0] } ?? [])
        self.probeInterval = probeInterval
        self.probeTimeout = probeTimeout
        self.livenessInterval = livenessInterval
        self.failureThreshold = failureThreshold
        self.warmup = warmup
        self.warmupTimeout = warmupTimeout
        self.stopTimeout = stopTimeout
        self.preset = preset
        self.exitMeanings = exitMeanings
        self.phasedExitMeanings = phasedExitMeanings
        self.probeHeaders = probeHeaders
        self.probeMethod = probeMethod
        self.probeBody = probeBody
        self.probeCertificates = probeCertificates
        self.probeIsInsecure = probeIsInsecure
        self.failedWhen = failedWhen
        self.aliveWhen = aliveWhen
        self.readySuccesses = readySuccesses
    }

    /// - Parameters:
    ///   - command: the program and its arguments.
    ///   - preset: the name of one of `ServerPreset.all`, or a preset's file; nil for none.
    ///   - model: the model's name on the server, which some presets ask for.
    /// - Throws: `InvalidServerSetting` for an unknown preset, or a file that is not one.
    public init(command: [String], preset: String?, model: String) throws {
        self.init(command: command)
        guard let preset else { return }
        try ServerPreset(preset).apply(to: &self, model: model)
    }

    // What is public can have no other defaults.
    @usableFromInline static let usualProbeInterval = ServerRecord.Usual.probeInterval
    @usableFromInline static let usualProbeTimeout = ServerRecord.Usual.probeTimeout
    @usableFromInline static let usualReadySuccesses = ServerRecord.Usual.readySuccesses
    @usableFromInline static let usualLivenessInterval = ServerRecord.Usual.livenessInterval
    @usableFromInline static let usualFailureThreshold = ServerRecord.Usual.failureThreshold
    @usableFromInline static let usualWarmupTimeout = ServerRecord.Usual.warmupTimeout
    @usableFromInline static let usualStopTimeout = ServerRecord.Usual.stopTimeout
}
