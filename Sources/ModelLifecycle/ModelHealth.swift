/// What a health check wants to know, at one moment.
public struct ModelHealth: Sendable, Hashable {
    /// Where the model is, as the last durable row says.
    public var state: ModelState
    /// True in READY only.
    public var ready: Bool
    /// True from the end of the load until the model fails or is unloaded.
    public var modelLoaded: Bool
    /// True where every warm-up inference succeeded; false where there was none, or one failed under `warn`.
    public var warmupComplete: Bool
    /// Of the current or last run; nil where that phase did not end.
    public var loadTime: Duration?
    /// Of the current or last run; nil where that phase did not end.
    public var warmupTime: Duration?
    /// Why the model is in ERROR; in READY, why the warm-up failed under the policy `warn`; nil while all is well.
    public var lastError: Failure?
    /// When the next attempt begins, where one is planned.
    public var nextRetryAt: WallTime?
    /// Some transitions wait in memory because the journal cannot be written.
    public var journalDegraded: Bool
    /// The current or last run; nil before the first one.
    public var run: RunIdentity?
    /// The process that holds the model, where it is not the engine's own; known once it has loaded.
    package var processID: Int32?

    package init(state: ModelState, run: RunIdentity? = nil, lastError: Failure? = nil) {
        self.state = state
        self.run = run
        self.lastError = lastError
        ready = false
        modelLoaded = false
        warmupComplete = false
        journalDegraded = false
    }

    /// The model in whose place this one is, or is being, loaded; nil where it was asked for itself.
    public var wanted: String? { run?.wanted }

    /// One line for people: "Ready", or why not.
    public var summary: String {
        switch state {
        case .ready where ready: "Ready"
        // Another engine took the model; where it stood is the last that this one knows.
        case .ready: "Backend not ready (\(lastError?.description ?? state.rawValue))"
        case .uninitialized, .loading, .warmingUp, .unloading: "Backend not ready (\(state))"
        case .error: "Backend not ready (\(lastError?.description ?? state.rawValue))"
        }
    }

    /// Follows a transition that has become durable.
    package mutating func apply(_ transition: Transition) {
        state = transition.to
        ready = transition.to == .ready
        run = transition.run
        nextRetryAt = transition.retryAt
        if let known = transition.load.processID { processID = known }
        switch transition.to {
        case .loading:
            modelLoaded = false
            warmupComplete = false
            loadTime = nil
            warmupTime = nil
            lastError = nil
            processID = nil
        case .warmingUp:
            modelLoaded = true
            loadTime = transition.elapsed
        case .ready:
            modelLoaded = true
            if transition.from == .loading { loadTime = transition.elapsed }
            if transition.from == .warmingUp { warmupTime = transition.elapsed }
            warmupComplete = transition.trigger == .warmed
            lastError = transition.failure
        case .error:
            modelLoaded = false
            warmupComplete = false
            lastError = transition.failure
        case .unloading: break
        case .uninitialized:
            modelLoaded = false
            warmupComplete = false
        }
    }
}

/// Counts since the preloader was made.
public struct ModelStatistics: Sendable, Hashable {
    /// Runs that have begun.
    public var runs = 0
    /// Runs that have become READY.
    public var reachedReady = 0
    /// Runs that ended in ERROR, before or after READY.
    public var failed = 0
    /// Runs that somebody unloaded before they were READY.
    public var cancelled = 0
    /// How often the memory was given back.
    public var unloads = 0
    /// Of the last run that got through LOADING.
    public var lastLoadTime: Duration?
    /// Of the last run that got through WARMING_UP.
    public var lastWarmupTime: Duration?

    package init() {}

    package mutating func apply(_ transition: Transition) {
        switch transition.to {
        case .loading: runs += 1
        case .warmingUp: lastLoadTime = transition.elapsed
        case .ready:
            reachedReady += 1
            if transition.from == .loading { lastLoadTime = transition.elapsed }
            if transition.from == .warmingUp { lastWarmupTime = transition.elapsed }
        // An unload that fails ends no start.
        case .error: if transition.from != .unloading { failed += 1 }
        case .unloading: if transition.failure?.reason == .cancelled { cancelled += 1 }
        case .uninitialized: unloads += 1
        }
    }
}
