/// The state machine of one model: a value without input or output. It is told what happened and
/// when, and answers with the transition to record and the effects to perform after that.
///
/// Two facts are kept apart. `state` is what the journal says. `work` is the one operation of the
/// provider that has not returned yet: a run may be over (deadline, unload) while its load still
/// blocks in a C call. Whatever the state wants next waits until `work` is nil, so two copies of a
/// model are never in memory, and a late result can only ever be released.
package struct LifecycleMachine: Sendable {
    package let configuration: RunConfiguration
    package private(set) var state: ModelState
    /// The last run of the model; nil before its first.
    package private(set) var run: RunIdentity?
    package private(set) var work: Work?
    /// A load was begun and nothing has released it since.
    package private(set) var holdsModel = false
    /// What ended the last run badly; nil once another one begins.
    package private(set) var failure: Failure?
    /// When the next attempt begins, where one is planned.
    package private(set) var retryAt: MonotonicInstant?

    /// Rows of `run` so far.
    private var ordinal: Int
    private var enteredState: MonotonicInstant?
    private var generation = 0
    /// The generation that began with the current run; older timers and results are stale.
    private var runGeneration = 0
    private var request: StartRequest?
    private var retriesUsed = 0
    /// A release failed; another one is tried only when somebody asks for something.
    private var releaseFailed = false
    private var warmupTimedOut = false
    /// What the current load has told so far.
    private var loadFacts = LoadFacts()
    /// The inferences of the current warm-up that have ended; whatever ends it takes them along.
    private var warmups: [WarmupMeasurement] = []
    /// When the timers are due that can be set again within one run: their generation alone does
    /// not tell an old firing from a current one.
    private var stallAt: MonotonicInstant?
    private var deadlineAt: MonotonicInstant?
    private var isDeadlineExtended = false
    private var warmupAt: MonotonicInstant?
    private var unloadAt: MonotonicInstant?
    private let expected: ExpectedPhases
    /// When the current phase becomes remarkably slow; nil where nobody would be told.
    private var slowAt: MonotonicInstant?
    /// What the last move means for that timer.
    private var slowTimer: [LifecycleEffect] = []

    /// - Parameters:
    ///   - state: the last state in the journal, `uninitialized` or `error`.
    ///   - run: the model's last run in the journal, and how many rows it has.
    package init(
        configuration: RunConfiguration, state: ModelState = .uninitialized, run: RunIdentity? = nil, ordinal: Int = 0,
        expected: ExpectedPhases = ExpectedPhases()
    ) {
        precondition(!state.isInFlight, "the past must be settled first, found \(state)")
        self.configuration = configuration
        self.state = state
        self.run = run
        self.ordinal = ordinal
        self.expected = expected
    }

    package mutating func handle(_ event: LifecycleEvent, at now: Moment) -> LifecycleDecision {
        var decision = decide(event, at: now)
        decision.effects += slowTimer
        slowTimer = []
        return decision
    }

    private mutating func decide(_ event: LifecycleEvent, at now: Moment) -> LifecycleDecision {
        switch event {
        case .initialize(let request, let caller): initialize(request, caller, now)
        case .awaitReady(let caller): awaitReady(caller)
        case .unload(let caller, let timeout): unload(caller, timeout, now)
        case .workFinished(let generation, let result): workFinished(generation, result, now)
        case .progress(let generation): progress(generation, now)
        case .deadlineExtended(let generation, let time): extendDeadline(generation, by: time, now)
        case .loadBegan(let generation): note(generation) { $0.queue = now.instant - $1 }
        case .spawned(let generation, let processID): spawned(generation, processID, now)
        case .identified(let generation, let identity, let digest):
            note(generation) { facts, _ in
                facts.identity = identity
                facts.digest = digest
            }
        case .awaitRelease(let caller): awaitRelease(caller)
        case .warmupMeasured(let generation, let measurement): warmupMeasured(generation, measurement)
        case .timerFired(let timer, let generation): timerFired(timer, generation, now)
        case .providerFailed(let generation, let trigger, let failure):
            providerFailed(generation, trigger, failure, now)
        }
    }

    // MARK: - What callers ask

    private mutating func initialize(_ request: StartRequest, _ caller: CallerID, _ now: Moment) -> LifecycleDecision {
        switch state {
        case .ready: return effects(.answer(caller, true))
        case .loading, .warmingUp: return effects(.enrol(caller, .start))
        case .unloading:
            return effects(.warn("initialize refused: the model is being unloaded"), .answer(caller, false))
        case .uninitialized, .error:
            retriesUsed = 0
            var decision = begin(request, request.trigger, now)
            decision.effects.insert(.enrol(caller, .start), at: 0)
            return decision
        }
    }

    private func awaitReady(_ caller: CallerID) -> LifecycleDecision {
        switch state {
        case .ready: effects(.answer(caller, true))
        case .uninitialized, .loading, .warmingUp: effects(.enrol(caller, .start))
        case .error: retryAt == nil ? effects(.answer(caller, false)) : effects(.enrol(caller, .start))
        case .unloading: effects(.answer(caller, false))
        }
    }

    private func awaitRelease(_ caller: CallerID) -> LifecycleDecision {
        work == nil && (!holdsModel || releaseFailed)
            ? effects(.answer(caller, !holdsModel)) : effects(.enrol(caller, .release))
    }

    private mutating func unload(_ caller: CallerID, _ timeout: Duration, _ now: Moment) -> LifecycleDecision {
        switch state {
        case .uninitialized: return effects(.answer(caller, true))
        case .unloading: return effects(.enrol(caller, .unload))
        case .loading, .warmingUp, .ready, .error:
            let cancels = state == .loading || state == .warmingUp
            let waited = cancels || state == .error
            let failure = cancels ? Failure(.cancelled, "unloaded while \(state)") : nil
            var decision = move(to: .unloading, .unload, now, failure: failure)
            retryAt = nil
            releaseFailed = false
            decision.effects = [.enrol(caller, .unload)] + cancelTimers(.deadline, .stall, .warmup, .retry)
            if waited { decision.effects.append(.settle(.start, false)) }
            if let work, work.kind != .release { decision.effects.append(.cancelWork(generation: work.generation)) }
            let at = now.instant + timeout
            unloadAt = at
            decision.effects.append(.setTimer(.unload, at: at, generation: runGeneration))
            return startNext(decision)
        }
    }

    // MARK: - What the provider answers

    private mutating func workFinished(_ generation: Int, _ result: WorkResult, _ now: Moment) -> LifecycleDecision {
        guard let finished = work, finished.generation == generation else {
            // Every operation returns once; a second answer has nothing to say.
            return LifecycleDecision(transition: nil, effects: [])
        }
        work = nil
        switch finished.kind {
        case .release: return released(result, now)
        case .load:
            // The result of an abandoned load is dropped; what it left in memory is released next.
            guard state == .loading, generation > runGeneration else { return startNext(effects()) }
            return loadFinished(result, now)
        case .warmUp:
            guard state == .warmingUp, generation > runGeneration else { return startNext(effects()) }
            return warmupFinished(result, now)
        }
    }

    private mutating func loadFinished(_ result: WorkResult, _ now: Moment) -> LifecycleDecision {
        switch result {
        case .loaded(let version):
            let next: ModelState = configuration.warmup.isEnabled ? .warmingUp : .ready
            var decision = move(to: next, .loaded, now, version: version)
            decision.effects = cancelTimers(.stall)
            if next == .ready {
                decision.effects += cancelTimers(.deadline) + [.settle(.start, true)]
            } else if let timeout = configuration.warmup.timeout {
                warmupTimedOut = false
                let at = now.instant + timeout
                warmupAt = at
                decision.effects.append(.setTimer(.warmup, at: at, generation: runGeneration))
            }
            return startNext(decision)
        case .failed(let failure):
            return fail(.loadFailed, failure, now)
        case .warmed, .released, .releasedByForce:
            preconditionFailure("the driver answered a load in \(state) with \(result)")
        }
    }

    private mutating func warmupFinished(_ result: WorkResult, _ now: Moment) -> LifecycleDecision {
        switch result {
        case .warmed where !warmupTimedOut:
            var decision = move(to: .ready, .warmed, now)
            decision.effects = cancelTimers(.deadline, .warmup) + [.settle(.start, true)]
            return decision
        case .warmed:
            return warmupFailed(warmupTimeoutFailure, now)
        case .failed(let failure):
            let endsTheProvider = failure.isFinal || failure.reason == .processExited || failure.reason == .oomKilled
            return warmupFailed(warmupTimedOut && !endsTheProvider ? warmupTimeoutFailure : failure, now)
        case .loaded, .released, .releasedByForce:
            preconditionFailure("the driver answered a warm-up in \(state) with \(result)")
        }
    }

    private mutating func warmupFailed(_ failure: Failure, _ now: Moment) -> LifecycleDecision {
        // A dead process serves nobody, whatever the policy says about a bad inference.
        if failure.reason == .processExited || failure.reason == .oomKilled {
            return fail(.providerExited, failure, now)
        }
        switch configuration.warmup.policy {
        case .warn where !failure.isFinal:
            var decision = move(to: .ready, .warmupFailed, now, failure: failure)
            decision.effects =
                cancelTimers(.deadline, .warmup)
                + [.warn("READY without a complete warm-up: \(failure.message)"), .settle(.start, true)]
            return decision
        case .fail, .warn:
            return fail(.warmupFailed, failure, now)
        }
    }

    private mutating func warmupMeasured(_ generation: Int, _ measurement: WarmupMeasurement) -> LifecycleDecision {
        if state == .warmingUp, work?.generation == generation { warmups.append(measurement) }
        return effects()
    }

    private mutating func released(_ result: WorkResult, _ now: Moment) -> LifecycleDecision {
        if case .failed(let failure) = result {
            releaseFailed = true
            switch state {
            case .unloading:
                var decision = move(to: .error, .unloadFailed, now, failure: failure)
                self.failure = failure
                decision.effects = cancelTimers(.unload) + [.settle(.unload, false), .settle(.release, false)]
                return decision
            case .loading:
                let message = "the previous copy of the model could not be released: \(failure.message)"
                var decision = fail(.loadFailed, Failure(.modelLoadFailed, message), now)
                decision.effects.append(.settle(.release, false))
                return decision
            case .uninitialized, .warmingUp, .ready, .error:
                return effects(
                    .warn("a failed run's memory could not be released: \(failure.message)"),
                    .settle(.release, false))
            }
        }
        holdsModel = false
        var force: Failure?
        if case .releasedByForce(let failure) = result { force = failure }
        guard state == .unloading else {
            // A load that had to wait begins now, and so does its time without progress.
            let timer = state == .loading ? stallTimer(now) : nil
            return startNext(effects(timer, force.map { .warn($0.message) }, .settle(.release, true)))
        }
        var decision = move(to: .uninitialized, .unloaded, now, failure: force)
        decision.effects = cancelTimers(.unload) + [.settle(.unload, true), .settle(.release, true)]
        return decision
    }

    private mutating func spawned(_ generation: Int, _ processID: Int32?, _ now: Moment) -> LifecycleDecision {
        note(generation) { facts, entered in
            facts.processID = processID
            // The parts are noted as they are handled, which may be later than they happened.
            facts.spawn = max(.zero, now.instant - entered - (facts.queue ?? .zero) - (facts.digest ?? .zero))
        }
    }

    /// - Parameter change: gets the instant at which LOADING began.
    private mutating func note(
        _ generation: Int, _ change: (inout LoadFacts, MonotonicInstant) -> Void
    ) -> LifecycleDecision {
        // A load of an earlier run may still be outstanding, and has nothing to say of this one.
        if state == .loading, generation > runGeneration, work?.generation == generation, let enteredState {
            change(&loadFacts, enteredState)
        }
        return effects()
    }

    private mutating func progress(_ generation: Int, _ now: Moment) -> LifecycleDecision {
        guard state == .loading, generation > runGeneration, work?.generation == generation else { return effects() }
        return effects(stallTimer(now))
    }

    /// A request of the model itself: no limit ever comes nearer by it.
    private mutating func extendDeadline(_ generation: Int, by time: Duration, _ now: Moment) -> LifecycleDecision {
        let at = now.instant + time
        guard state == .loading || state == .warmingUp, generation > runGeneration else { return effects() }
        var moved: [LifecycleTimer] = []
        if let deadlineAt, at > deadlineAt {
            self.deadlineAt = at
            isDeadlineExtended = true
            moved.append(.deadline)
        }
        // A model that asks for time is not stuck before that time is over, and its warm-up does not last too long.
        if state == .loading, let stallAt, at > stallAt {
            self.stallAt = at
            moved.append(.stall)
        }
        if state == .warmingUp, let warmupAt, at > warmupAt {
            self.warmupAt = at
            moved.append(.warmup)
        }
        return LifecycleDecision(
            transition: nil, effects: moved.map { .setTimer($0, at: at, generation: runGeneration) })
    }

    private mutating func stallTimer(_ now: Moment) -> LifecycleEffect? {
        guard let timeout = configuration.loadStallTimeout else { return nil }
        let at = now.instant + timeout
        stallAt = at
        return .setTimer(.stall, at: at, generation: runGeneration)
    }

    private mutating func providerFailed(
        _ generation: Int, _ trigger: Trigger, _ failure: Failure, _ now: Moment
    ) -> LifecycleDecision {
        // A provider that dies while it loads or warms up fails that operation too; the first report wins.
        guard generation >= runGeneration, LifecycleTable.isLegal(from: state, trigger: trigger, to: .error) else {
            return effects()
        }
        return fail(trigger, failure, now)
    }

    // MARK: - What the clock says

    private mutating func timerFired(_ timer: LifecycleTimer, _ generation: Int, _ now: Moment) -> LifecycleDecision {
        // A timer may fire just as it is cancelled; the generation and the state say whether it still counts.
        guard generation == runGeneration else { return effects() }
        switch (timer, state) {
        case (.deadline, .loading), (.deadline, .warmingUp):
            if let deadlineAt, now.instant < deadlineAt {
                return effects(.setTimer(.deadline, at: deadlineAt, generation: runGeneration))
            }
            let limit =
                isDeadlineExtended
                ? " within the time that it had asked for" : request.map { " within \($0.timeout.brief)" } ?? ""
            return fail(.deadline, Failure(.startupTimeout, "not READY\(limit), still \(state)"), now)
        case (.stall, .loading):
            // Progress may have moved the timer while this firing was on its way.
            if let stallAt, now.instant < stallAt {
                return effects(.setTimer(.stall, at: stallAt, generation: runGeneration))
            }
            let limit = configuration.loadStallTimeout.map { " for \($0.brief)" } ?? ""
            return fail(.stalled, Failure(.stalled, "loading made no progress\(limit)"), now)
        case (.slow, .loading), (.slow, .warmingUp):
            // A firing of the phase before may be late.
            guard let slowAt, now.instant >= slowAt else { return effects() }
            self.slowAt = nil
            let phase = state == .loading ? expected.load : expected.warmup
            let usual = phase.map { ", longer than 99 % of its earlier starts (\($0.brief))" } ?? ""
            return effects(.warn("still \(state)\(usual); nothing is cut short by that"))
        case (.warmup, .warmingUp):
            // The model may have asked for time while this firing was on its way.
            if let warmupAt, now.instant < warmupAt {
                return effects(.setTimer(.warmup, at: warmupAt, generation: runGeneration))
            }
            switch configuration.warmup.policy {
            case .fail: return fail(.warmupFailed, warmupTimeoutFailure, now)
            case .warn:
                // The provider is still inside an inference: READY has to wait until it is out.
                warmupTimedOut = true
                return effects(work.map { .cancelWork(generation: $0.generation) })
            }
        case (.unload, .unloading):
            // An earlier unload of the same run may have failed while this firing was on its way.
            if let unloadAt, now.instant < unloadAt {
                return effects(.setTimer(.unload, at: unloadAt, generation: runGeneration))
            }
            let failure = Failure(.unloadTimeout, "the provider has not given the model back in time")
            var decision = move(to: .error, .unloadFailed, now, failure: failure)
            self.failure = failure
            decision.effects = [.settle(.unload, false)]
            return decision
        case (.retry, .error):
            guard retryAt != nil, let request, let last = run else { return effects() }
            let identity = RunIdentity(
                runID: RunID(at: now.wall), correlationID: last.correlationID, attempt: last.attempt + 1,
                wanted: last.wanted)
            return begin(
                StartRequest(run: identity, trigger: request.trigger, timeout: request.timeout), .retry, now)
        case (.deadline, _), (.stall, _), (.warmup, _), (.slow, _), (.unload, _), (.retry, _):
            return effects()
        }
    }

    private var warmupTimeoutFailure: Failure {
        let limit = configuration.warmup.timeout.map { " within \($0.brief)" } ?? " in time"
        return Failure(.warmupFailed, "warm-up did not end\(limit)")
    }

    // MARK: - Moves

    /// Begins a run; the work starts once what came before has left the provider.
    private mutating func begin(_ request: StartRequest, _ trigger: Trigger, _ now: Moment) -> LifecycleDecision {
        self.request = request
        run = request.run
        ordinal = 0
        failure = nil
        retryAt = nil
        releaseFailed = false
        warmupTimedOut = false
        generation += 1
        runGeneration = generation
        var decision = move(to: .loading, trigger, now)
        let deadline = now.instant + request.timeout
        deadlineAt = deadline
        isDeadlineExtended = false
        decision.effects =
            cancelTimers(.retry) + [.setTimer(.deadline, at: deadline, generation: runGeneration)]
        if let stall = stallTimer(now) { decision.effects.append(stall) }
        return startNext(decision)
    }

    /// Ends the run in ERROR and plans the next attempt, where the budget allows one.
    private mutating func fail(
        _ trigger: Trigger, _ failure: Failure, _ now: Moment
    ) -> LifecycleDecision {
        if state == .ready, let enteredState, now.instant - enteredState >= configuration.retry.stableAfter {
            retriesUsed = 0
        }
        var decision = move(to: .error, trigger, now, failure: failure)
        self.failure = failure
        decision.effects = cancelTimers(.deadline, .stall, .warmup)
        if let work, work.kind != .release { decision.effects.append(.cancelWork(generation: work.generation)) }
        if failure.reason.isRetryable, retriesUsed < configuration.retry.maximumRetries {
            retriesUsed += 1
            let delay = configuration.retry.delay(beforeRetry: retriesUsed)
            let at = now.instant + delay
            retryAt = at
            decision.transition?.retryAt = now.wall + delay
            decision.effects.append(.setTimer(.retry, at: at, generation: runGeneration))
        } else {
            decision.effects.append(.settle(.start, false))
        }
        return startNext(decision)
    }

    /// The only place where the state changes.
    private mutating func move(
        to next: ModelState, _ trigger: Trigger, _ now: Moment, failure: Failure? = nil, version: String? = nil
    ) -> LifecycleDecision {
        precondition(
            LifecycleTable.isLegal(from: state, trigger: trigger, to: next),
            "illegal move from \(state) by \(trigger) to \(next)")
        guard let run else { preconditionFailure("a move from \(state) without a run") }
        ordinal += 1
        let wasSlowTimerSet = slowAt != nil
        slowAt = nil
        let transition = Transition(
            run: run, ordinal: ordinal, from: state, to: next, trigger: trigger, at: now.wall,
            elapsed: enteredState.map { now.instant - $0 }, failure: failure, warmups: warmups, version: version,
            load: state == .loading ? loadFacts : LoadFacts())
        warmups = []
        loadFacts = LoadFacts()
        state = next
        enteredState = now.instant
        slowTimer = effects(wasSlowTimerSet ? .cancelTimer(.slow) : nil, armSlowTimer(now)).effects
        return LifecycleDecision(transition: transition, effects: [])
    }

    private mutating func armSlowTimer(_ now: Moment) -> LifecycleEffect? {
        let limit: Duration? =
            switch state {
            case .loading: expected.load
            case .warmingUp: expected.warmup
            case .uninitialized, .ready, .unloading, .error: nil
            }
        slowAt = limit.map { now.instant + $0 }
        return slowAt.map { .setTimer(.slow, at: $0, generation: runGeneration) }
    }

    /// Starts what the state wants from the provider, unless it is still busy with something older.
    private mutating func startNext(_ decision: LifecycleDecision) -> LifecycleDecision {
        guard work == nil, let run else { return decision }
        let kind: Work.Kind
        switch state {
        case .loading: kind = holdsModel ? .release : .load
        case .warmingUp: kind = .warmUp
        case .unloading: kind = .release
        case .error where holdsModel && !releaseFailed: kind = .release
        case .error, .ready, .uninitialized: return decision
        }
        generation += 1
        let next = Work(kind: kind, generation: generation, run: run)
        work = next
        if kind == .load { holdsModel = true }
        var decision = decision
        decision.effects.append(.start(next))
        return decision
    }

    private func effects(_ effects: LifecycleEffect?...) -> LifecycleDecision {
        LifecycleDecision(transition: nil, effects: effects.compactMap { $0 })
    }

    private func cancelTimers(_ timers: LifecycleTimer...) -> [LifecycleEffect] {
        timers.map { .cancelTimer($0) }
    }
}
