/// What the engine needs of a journal. `LifecycleJournal` keeps it in SQLite; the engine knows only this.
public protocol ModelJournal: Sendable {
    /// Takes the model for this engine: from now on no other engine can move it.
    /// - Throws: where another engine that is alive, or may be, drives it.
    func claim(_ configuration: RunConfiguration) async throws -> ClaimedModel

    /// Gives a model back, so that another engine, or another part of this one, may take it. A model that
    /// is in flight, or that waits for another attempt, stays with this engine.
    /// - Returns: whether the model is nobody's now as far as this engine is concerned.
    @discardableResult
    func release(model: String) async throws -> Bool

    /// The models that a dead engine wanted READY, and that nobody has taken since.
    func resumableRuns() async throws -> [ResumableRun]
}

/// A model that this engine drives, as the journal knows it.
public struct ClaimedModel: Sendable {
    /// Where its transitions go.
    public var recorder: any TransitionRecorder
    /// UNINITIALIZED or ERROR: what was in flight has been settled.
    public var state: ModelState
    /// The model's last run; nil for a model that the journal has never seen.
    public var run: RunIdentity?
    /// How many rows that run has.
    public var ordinal: Int
    /// What ended it badly; nil where nothing did.
    public var lastFailure: Failure?
    /// What the model's past leads to expect of its starts.
    public var expected: ExpectedPhases

    /// What `ModelJournal.claim` answers; without a run it is a model that the journal has never seen.
    public init(
        recorder: any TransitionRecorder, state: ModelState, run: RunIdentity? = nil, ordinal: Int = 0,
        lastFailure: Failure? = nil, expected: ExpectedPhases = ExpectedPhases()
    ) {
        self.recorder = recorder
        self.state = state
        self.run = run
        self.ordinal = ordinal
        self.lastFailure = lastFailure
        self.expected = expected
    }
}

/// A run that a dead engine left behind, with all that it takes to carry on.
public struct ResumableRun: Sendable, Hashable {
    /// The run that was interrupted, or that waited for a retry.
    public var run: RunIdentity
    /// The configuration with which it was started; the resuming engine starts it with the same.
    public var configuration: RunConfiguration
    /// Runs in a row, this one included, that were interrupted before READY.
    public var interruptionsInARow: Int

    /// What a journal hands to a resuming engine.
    public init(run: RunIdentity, configuration: RunConfiguration, interruptionsInARow: Int) {
        self.run = run
        self.configuration = configuration
        self.interruptionsInARow = interruptionsInARow
    }

    /// True where another start would most likely end as the last ones did.
    public var isCrashLoop: Bool { interruptionsInARow >= configuration.retry.interruptionLimit }
}
