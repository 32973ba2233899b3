import ArgumentParser
import ModelLifecycle
import ServerProvider

/// How a server that is READY is watched.
struct LivenessOptions: ParsableArguments {
    private static let intervalDefault = DurationArgument(ServerRecord.Usual.livenessInterval)
    private static let timeoutDefault = DurationArgument(ServerRecord.Usual.livenessTimeout)

    @Option(
        name: .long,
        help: ArgumentHelp(
            "What asks a server that is READY: probe, warmup (a real inference each time), or off.",
            valueName: "check"))
    var liveness: String?

    @Option(name: .long, help: "Ask there, instead of where the probe asks, once the server is READY.")
    var livenessURL: String?

    @Option(
        name: .long, help: "The time between two liveness probes. (default: \(intervalDefault))",
        transform: DurationArgument.parsed)
    var livenessInterval: DurationArgument?

    @Option(
        name: .long,
        help: "End READY after this many failed probes in a row. (default: \(ServerRecord.Usual.failureThreshold))")
    var livenessFailures: Int?

    @Option(
        name: .long,
        help: """
            The longest that a server that is busy, which means that it uses the processor or reads and writes, may leave \
            probes unanswered. (default: \(timeoutDefault))
            """,
        transform: DurationArgument.parsed)
    var livenessTimeout: DurationArgument?

    func validate() throws {
        if let livenessFailures, livenessFailures < 1 {
            throw ValidationError("--liveness-failures must be at least 1.")
        }
        for (name, value) in [("--liveness-interval", livenessInterval), ("--liveness-timeout", livenessTimeout)]
        where value.map({ $0.duration <= .zero }) ?? false {
            throw ValidationError("\(name) must be longer than nothing.")
        }
        if let liveness, !["probe", "warmup", "off"].contains(liveness) {
            throw ValidationError("--liveness is probe, warmup or off.")
        }
        if livenessURL != nil, liveness != nil, liveness != "probe" {
            throw ValidationError("--liveness-url is for --liveness probe.")
        }
    }

    /// The options that were given.
    var given: [(String, Bool)] {
        [
            ("--liveness", liveness != nil), ("--liveness-url", livenessURL != nil),
            ("--liveness-interval", livenessInterval != nil), ("--liveness-failures", livenessFailures != nil),
            ("--liveness-timeout", livenessTimeout != nil),
        ]
    }

    /// - Throws: `InvalidServerSetting` for an address that is not a probe.
    func apply(to configuration: inout ServerConfiguration) throws {
        configuration.livenessInterval = (livenessInterval ?? Self.intervalDefault).duration
        configuration.failureThreshold = livenessFailures ?? ServerRecord.Usual.failureThreshold
        if let livenessTimeout { configuration.livenessTimeout = livenessTimeout.duration }
        if let livenessURL {
            configuration.liveness = .target(try ProbeTarget(livenessURL))
        } else if let liveness {
            configuration.liveness = try LivenessCheck(liveness)
        }
        if configuration.liveness == .warmup, configuration.warmup == nil {
            throw InvalidServerSetting("--liveness warmup needs --warmup-url, or a preset with a warm-up")
        }
    }
}
