/// When a failed run is tried again.
public struct RetryPolicy: Sendable, Hashable {
    /// How many retries follow a failed first attempt; 0 for none.
    public var maximumRetries: Int
    /// The wait before the first retry; it doubles with each further one.
    public var backoff: Duration
    /// The longest wait.
    public var maximumDelay: Duration
    /// After this long in READY the budget is full again.
    public var stableAfter: Duration

    /// The defaults: no retry; with retries a backoff of 10 s that doubles up to 300 s, and 600 s in READY to fill
    /// the budget again.
    public init(
        maximumRetries: Int = 0, backoff: Duration = .seconds(10), maximumDelay: Duration = .seconds(300),
        stableAfter: Duration = .seconds(600)
    ) {
        self.maximumRetries = maximumRetries
        self.backoff = backoff
        self.maximumDelay = maximumDelay
        self.stableAfter = stableAfter
    }

    /// A failed run is not tried again.
    public static let none = RetryPolicy()

    /// The wait before retry number `retry`, counted from 1.
    public func delay(beforeRetry retry: Int) -> Duration {
        Backoff(first: backoff, longest: maximumDelay).wait(after: retry)
    }

    /// How many runs in a row may be interrupted before READY until a resuming engine gives up: a
    /// model that kills its engine each time would otherwise be loaded for ever.
    public var interruptionLimit: Int { max(2, min(maximumRetries, .max - 1)) + 1 }
}

/// Everything that a run depends on. The journal keeps it, so that a later engine can resume with
/// it and a post-mortem can say what changed.
public struct RunConfiguration: Sendable, Hashable {
    /// The name under which the journal knows the model.
    public var model: String
    /// The provider's name in the registry.
    public var provider: String
    /// Where the model lies; nil for the provider's default.
    public var modelPath: String?
    /// Settings that only this provider knows.
    public var options: [String: String]
    /// What happens between "loaded" and READY.
    public var warmup: WarmupConfiguration
    /// The run's deadline when nobody says otherwise.
    public var startupTimeout: Duration
    /// How long loading may go without progress; nil for as long as the deadline allows.
    public var loadStallTimeout: Duration?
    /// How long an unload may take when nobody says otherwise.
    public var unloadTimeout: Duration
    /// When a failed run is tried again.
    public var retry: RetryPolicy
    /// Whether each run records the SHA-256 of the files at `modelPath`. They are read for it before the load.
    public var digestsModel: Bool

    /// A model and the provider that loads it; everything else has a default: one warm-up inference, 300 s to
    /// become READY, 10 s to unload, no retry.
    public init(
        model: String, provider: String, modelPath: String? = nil, options: [String: String] = [:],
        warmup: WarmupConfiguration = WarmupConfiguration(), startupTimeout: Duration = .seconds(300),
        loadStallTimeout: Duration? = nil, unloadTimeout: Duration = .seconds(10), retry: RetryPolicy = .none,
        digestsModel: Bool = false
    ) {
        self.model = model
        self.provider = provider
        self.modelPath = modelPath
        self.options = options
        self.warmup = warmup
        self.startupTimeout = startupTimeout
        self.loadStallTimeout = loadStallTimeout
        self.unloadTimeout = unloadTimeout
        self.retry = retry
        self.digestsModel = digestsModel
    }

    /// What the provider needs to know of it.
    public var providerConfiguration: ProviderConfiguration {
        ProviderConfiguration(model: model, modelPath: modelPath, options: options)
    }
}
