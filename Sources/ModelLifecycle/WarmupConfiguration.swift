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

    public var level: Level
    public var policy: Policy
    /// How many inferences `full` runs.
    public var fullCount: Int
    /// Samples a second of the audio that is inferred, in hertz.
    public var sampleRate: Int
    /// How much silence each inference gets.
    public var audioDuration: Duration
    /// The longest that the whole warm-up may take; nil for no limit but the run's deadline.
    public var timeout: Duration?

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

    public var isEnabled: Bool { inferenceCount > 0 }

    /// How many inferences the level asks for.
    public var inferenceCount: Int {
        switch level {
        case .none: 0
        case .single: 1
        case .full: max(1, fullCount)
        }
    }

    /// The silence that one warm-up inference gets.
    public var silence: AudioSamples {
        let count = Int(audioDuration.wholeMicroseconds) * sampleRate / 1_000_000
        return AudioSamples(samples: Array(repeating: 0, count: max(0, count)), sampleRate: sampleRate)
    }
}

/// One warm-up inference, measured.
public struct WarmupMeasurement: Sendable, Hashable {
    public var elapsed: Duration
    /// Why this inference failed; nil if it succeeded.
    public var error: String?

    public init(elapsed: Duration, error: String? = nil) {
        self.elapsed = elapsed
        self.error = error
    }
}
