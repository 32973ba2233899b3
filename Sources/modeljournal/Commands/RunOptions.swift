import ArgumentParser
import ModelLifecycle
import ServerProvider

private enum Default {
    static let startupTimeout = DurationArgument(.seconds(300))
    static let stopTimeout = DurationArgument(ServerRecord.Usual.stopTimeout)
    static let retryBackoff = DurationArgument(.seconds(10))
    static let retryMaxDelay = DurationArgument(.seconds(300))
}

/// What `run` may be told about the model and its limits.
struct RunOptions: ParsableArguments {
    @Option(name: .long, help: "The model's name in the journal. (default: \(Providers.defaultModel))")
    var model: String?

    @Option(
        name: .long, help: "The provider; `modeljournal providers` lists them. (default: \(Providers.defaultProvider))")
    var provider: String?

    @Option(name: .long, help: "The model's file or folder, if it is not the provider's own.")
    var modelPath: String?

    @Flag(
        name: .long,
        help: "Record the SHA-256 of the model's files with each run; they are read for it before the load.")
    var digest = false

    @Option(
        name: .long,
        help: ArgumentHelp(
            "What to load where the model cannot be had: a provider, a model that a provider knows, or a model of this "
                + "journal, as it was last started; may be repeated, and is tried in order.", valueName: "name"))
    var fallback: [String] = []

    @Option(
        name: .long, help: "Names the request in every row and log line. (default: a new UUID)",
        transform: CorrelationID.parsed)
    var correlationId: CorrelationID?

    @Option(
        name: .long, help: "The run's deadline for READY. (default: \(Default.startupTimeout))",
        transform: DurationArgument.parsed)
    var startupTimeout: DurationArgument?

    @Option(
        name: .long, help: "Give up when loading makes no progress for so long. (default: never)",
        transform: DurationArgument.parsed)
    var loadStallTimeout: DurationArgument?

    @Option(
        name: .long, help: "The longest that the warm-up may take. (default: the start-up timeout)",
        transform: DurationArgument.parsed)
    var warmupTimeout: DurationArgument?

    @Option(
        name: .long, help: "The longest that unloading may take. (default: \(Default.stopTimeout))",
        transform: DurationArgument.parsed)
    var stopTimeout: DurationArgument?

    @Option(name: .long, help: "none, single (one inference) or full (five). (default: single)")
    var warmup: WarmupConfiguration.Level?

    @Option(name: .long, help: "What a failed warm-up means: fail the run, or warn and be READY. (default: fail)")
    var warmupPolicy: WarmupConfiguration.Policy?

    @Option(name: .long, parsing: .unconditional, help: "How many times a failed run is tried again. (default: 0)")
    var maxRetries: Int?

    @Option(
        name: .long,
        help: "The wait before the first retry; it doubles with each further one. (default: \(Default.retryBackoff))",
        transform: DurationArgument.parsed)
    var retryBackoff: DurationArgument?

    @Option(
        name: .long, help: "The longest wait before a retry. (default: \(Default.retryMaxDelay))",
        transform: DurationArgument.parsed)
    var retryMaxDelay: DurationArgument?

    func validate() throws {
        if let model, !ModelName.isValid(model) { throw ValidationError("--model has 1 to 200 characters.") }
        if let maxRetries, !(0...1_000_000).contains(maxRetries) {
            throw ValidationError("--max-retries must be between 0 and 1000000.")
        }
        for (name, value) in [
            ("--startup-timeout", startupTimeout), ("--load-stall-timeout", loadStallTimeout),
            ("--warmup-timeout", warmupTimeout), ("--stop-timeout", stopTimeout),
        ] {
            if let value, value.duration <= .zero { throw ValidationError("\(name) must be longer than nothing.") }
        }
    }

    var stop: Duration { (stopTimeout ?? Default.stopTimeout).duration }
    var startup: Duration { (startupTimeout ?? Default.startupTimeout).duration }

    /// - Parameter server: the server to start; nil for a provider in this process.
    func configuration(_ server: ServerConfiguration?, warmupCount: Int?) throws -> RunConfiguration {
        var warmup = WarmupConfiguration(level: warmup ?? .single)
        if let server {
            // A server that tells of itself may warm itself up, and says when it has.
            if server.probe == .notify, warmup.level == .none { warmup.level = .single }
            if server.warmup == nil, server.warmupCommand == nil, server.probe != .notify {
                guard self.warmup == nil || self.warmup == WarmupConfiguration.Level.none else {
                    throw CommandFailure(.usage, "a warm-up needs --warmup-url")
                }
                warmup.level = .none
            } else if let warmupCount, self.warmup != WarmupConfiguration.Level.none {
                warmup.level = warmupCount == 1 ? .single : .full
                warmup.fullCount = warmupCount
            }
        }
        var configuration = RunConfiguration(
            model: model ?? Providers.defaultModel,
            provider: provider ?? (server == nil ? Providers.defaultProvider : Providers.server),
            modelPath: modelPath ?? server?.modelFile, options: server?.recorded ?? [:], warmup: warmup,
            startupTimeout: startup, unloadTimeout: Self.unloadTimeout(stop, isServer: server != nil))
        setLimits(&configuration)
        return configuration
    }

    /// A recorded configuration, with the limits that are given in place of its own.
    func changing(_ recorded: RunConfiguration) throws -> RunConfiguration {
        var configuration = recorded
        setLimits(&configuration)
        let isServer = recorded.provider == Providers.server
        if let level = warmup {
            let server = ServerRecord(recorded.options)
            guard !isServer || level == .none || server.isWarmed || server.isToldByServer else {
                throw CommandFailure(.usage, "a warm-up needs --warmup-url")
            }
            // READY is what a server says that tells of itself, whatever is sent to it.
            if !server.isToldByServer || level != .none { configuration.warmup.level = level }
        }
        if let stopTimeout {
            configuration.unloadTimeout = Self.unloadTimeout(stopTimeout.duration, isServer: isServer)
            if isServer {
                configuration.options = ServerConfiguration.recorded(
                    recorded.options, stopTimeout: stopTimeout.duration)
            }
        }
        return configuration
    }

    private func setLimits(_ configuration: inout RunConfiguration) {
        if let startupTimeout { configuration.startupTimeout = startupTimeout.duration }
        if let loadStallTimeout { configuration.loadStallTimeout = loadStallTimeout.duration }
        if let warmupTimeout { configuration.warmup.timeout = warmupTimeout.duration }
        if let warmupPolicy { configuration.warmup.policy = warmupPolicy }
        if let maxRetries { configuration.retry.maximumRetries = maxRetries }
        if let retryBackoff { configuration.retry.backoff = retryBackoff.duration }
        if let retryMaxDelay { configuration.retry.maximumDelay = retryMaxDelay.duration }
        if digest { configuration.digestsModel = true }
    }

    /// The server's own time to stop, and some to see that it has.
    private static func unloadTimeout(_ stop: Duration, isServer: Bool) -> Duration {
        stop + (isServer ? .seconds(5) : .zero)
    }

    /// The same limits for another model in this process.
    func configuration(of model: String, provider: String) throws -> RunConfiguration {
        var other = self
        other.model = model
        other.provider = provider
        other.modelPath = nil
        return try other.configuration(nil, warmupCount: nil)
    }
}
