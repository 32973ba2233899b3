/// Which attempt of which request.
public struct RunIdentity: Sendable, Hashable {
    /// Names this attempt, and no other.
    public var runID: RunID
    /// Names the request, with all its attempts.
    public var correlationID: CorrelationID
    /// 1, 2, 3 … within one request.
    public var attempt: Int
    /// The model in whose place this one is loaded; nil for one that was asked for itself.
    public var wanted: String?

    /// - Parameters:
    ///   - runID: names this attempt, and no other.
    ///   - correlationID: names the request, with all its attempts.
    ///   - attempt: 1, 2, 3 … within the request.
    ///   - wanted: the model in whose place this one is loaded; nil for one that was asked for itself.
    public init(runID: RunID, correlationID: CorrelationID, attempt: Int, wanted: String? = nil) {
        self.runID = runID
        self.correlationID = correlationID
        self.attempt = attempt
        self.wanted = wanted
    }
}

/// One row of the journal: a model moved, when, and why.
public struct Transition: Sendable, Hashable {
    /// The run that moved.
    public var run: RunIdentity
    /// 1, 2, 3 … within the run; with the run's ID the row's own key.
    public var ordinal: Int
    /// The state that was left.
    public var from: ModelState
    /// The state that was entered.
    public var to: ModelState
    /// What moved the machine.
    public var trigger: Trigger
    /// When it happened, which may be before the row was written.
    public var at: WallTime
    /// Time spent in `from` on the monotonic clock; nil where this process did not see it begin.
    public var elapsed: Duration?
    /// Why, where something went wrong.
    public var failure: Failure?
    /// The warm-up inferences that ended with this transition.
    public var warmups: [WarmupMeasurement]
    /// The provider's version, known once it has loaded.
    public var version: String?
    /// Of the load that ends with this transition.
    public var load = LoadFacts()
    /// When the next attempt is to begin, where this row ends a run in ERROR and one is planned.
    public var retryAt: WallTime?

    package init(
        run: RunIdentity, ordinal: Int, from: ModelState, to: ModelState, trigger: Trigger, at: WallTime,
        elapsed: Duration?, failure: Failure? = nil, warmups: [WarmupMeasurement] = [], version: String? = nil,
        load: LoadFacts = LoadFacts(), retryAt: WallTime? = nil
    ) {
        self.run = run
        self.ordinal = ordinal
        self.from = from
        self.to = to
        self.trigger = trigger
        self.at = at
        self.elapsed = elapsed
        self.failure = failure
        self.warmups = warmups
        self.version = version
        self.load = load
        self.retryAt = retryAt
    }
}

/// Where the machine's rows go. The engine publishes a transition only after `append` has returned.
public protocol TransitionRecorder: Sendable {
    /// Makes the row durable.
    /// - Throws: `RecorderFailure.fenced` where another engine drives the model now; any other error
    ///   means that it is unknown whether the row was stored, and `append` may be called again with it.
    func append(_ transition: Transition) async throws

    /// Keeps, until the run is over, the process that a later engine has to look for if this one dies.
    func note(processID: Int32, of run: RunID) async throws

    /// Keeps what became known of the run between two of its transitions. No transition waits for it.
    /// - Throws: if it could not be stored; it may be tried again, or dropped.
    func append(_ note: RunNote, at: WallTime, of run: RunID) async throws
}

extension TransitionRecorder {
    /// A recorder that keeps transitions alone.
    public func append(_ note: RunNote, at: WallTime, of run: RunID) async throws {}
}

/// The one failure of a recorder that ends an engine's right to go on.
public enum RecorderFailure: Error, Sendable, Hashable {
    /// Another engine drives the model, or the row breaks a rule of the journal: the detail says who, or which.
    case fenced(detail: String)
}
