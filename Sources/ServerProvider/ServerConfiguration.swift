import Foundation

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
    /// What the probe's answer has to say beyond its status; for a probe over HTTP.
    public var readiness: ReadinessCondition?
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
    /// Where the server tells its version; nil if it does not.
    var versionSource: PresetFile.Version?
    /// The key that the server's own command, file or variable names. It is sent with warm-up requests and nowhere else,
    /// and is not recorded.
    var key: String?
    /// So many good answers in a row, each `probeInterval` after the one before, make it ready; at least 1.
    public var readySuccesses = 1
    /// How it is asked once it is READY.
    public var liveness: LivenessCheck = .probe
    /// How long a server that works may leave probes unanswered before it counts as hung.
    public var livenessTimeout: Duration = usualLivenessTimeout
    static let usualLivenessTimeout = Duration.seconds(600)

    /// A command, and how it is asked and warmed; without a probe a running server counts as ready.
    public init(
        command: [String], workingDirectory: String? = nil, environment: [String: String] = [:],
        probe: ProbeTarget? = nil, readiness: ReadinessCondition? = nil, probeInterval: Duration = .milliseconds(250),
        probeTimeout: Duration = .seconds(5), livenessInterval: Duration = .seconds(10), failureThreshold: Int = 3,
        warmup: WarmupRequest? = nil, warmupTimeout: Duration = .seconds(60), stopTimeout: Duration = .seconds(10),
        preset: String? = nil, exitMeanings: [Int32: String] = [:], phasedExitMeanings: [ExitMeaning] = []
    ) {
        self.command = command
        self.workingDirectory = workingDirectory
        self.environment = environment
        self.probe = probe
        self.readiness = readiness
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

    /// Asks somewhere else than the preset does.
    package mutating func replaceProbe(_ target: ProbeTarget) {
        // The condition is about the answer of one path; on another port it is the same one.
        switch (probe, target) {
        case (.http(let old), .http(let new)) where old.path == new.path: break
        default: readiness = nil
        }
        if let old = probe, let new = target.address {
            warmup = warmup?.moved(from: old, toHost: new.host, port: new.port)
        }
        probe = target
        followsServer = false
    }
}
