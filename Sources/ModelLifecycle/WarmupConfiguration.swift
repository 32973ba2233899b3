/// What happens between "loaded" and "ready".
public struct WarmupConfiguration: Sendable, Hashable {
    /// How thoroughly the model is warmed.
    public enum Level: String, Sendable, Hashable, Codable, CaseIterable {
        /// No warm-up: a loaded model is READY.
        case none
        /// One inference (level 2).
        case single
        /// Several inferences (level 3).
        case full
    }

    /// What a failed warm-up means.
    public enum Policy: String, Sendable, Hashable, Codable, CaseIterable {
        /// The run fails.
        case fail
        /// The model is READY all the same; the reason stands on the row.
        case warn
    }

    /// How thoroughly the model is warmed.
    public var level: Level
    /// What a failed warm-up means.
    public var policy: Policy
    /// How many inferences `full` runs.
    public var fullCount: Int
    /// Samples a second of the audio that is inferred, in hertz.
    public var sampleRate: Int
    /// How much silence each inference gets.
    public var audioDuration: Duration
    /// The longest that the whole warm-up may take; nil for no limit but the run's deadline.
    public var timeout: Duration?

    /// The defaults: one inference on 2 s of silence at 16 kHz, whose failure fails the run.
    public init(
        level: Level = .single, policy: Policy = .fail, fullCount: Int = 5, sampleRate: Int = 16_000,
        audioDuration: Duration = .seconds(2), timeout: Duration? = nil
    ) {
        self.level = level
        self.policy = policy
        self.fullCount = fullCount
        self.sampleRate = sampleRate
        self.audioDuration = audioDuration
        self.timeout = timeout
    }

    /// Whether there is a phase WARMING_UP at all.
    public var isEnabled: Bool { inferenceCount > 0 }

    /// How many inferences the level asks for.
    public var inferenceCount: Int {
        switch level {
        case .none: 0
        case .single: 1
        case .full: max(1, fullCount)
        }
    }

    /// As much silence as a warm-up ever gets: ten minutes at 48 kHz.
    private static let mostSamples = 28_800_000

    /// The silence that one warm-up inference gets; of 28,800,000 samples (58 MB) at most.
    public var silence: AudioSamples {
        guard audioDuration > .zero, sampleRate > 0 else { return AudioSamples(samples: [], sampleRate: sampleRate) }
        let (product, isTooMany) = Int(audioDuration.wholeMicroseconds).multipliedReportingOverflow(by: sampleRate)
        let count = isTooMany ? Self.mostSamples : min(product / 1_000_000, Self.mostSamples)
        return AudioSamples(samples: Array(repeating: 0, count: count), sampleRate: sampleRate)
    }
}

/// One warm-up inference, measured.
public struct WarmupMeasurement: Sendable, Hashable {
    /// How long this inference took.
    public var elapsed: Duration
    /// Why this inference failed; nil if it succeeded.
    public var error: String?

    /// - Parameters:
    ///   - elapsed: how long this inference took.
    ///   - error: why it failed; nil if it succeeded.
    public init(elapsed: Duration, error: String? = nil) {
        self.elapsed = elapsed
        self.error = error
    }
}
