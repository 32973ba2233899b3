import ModelLifecycle

/// One machine on a bench. It is fed events at times of the test's choosing, and remembers what it
/// asked for the way a driver would: the outstanding operation, the armed timers, the rows.
final class Bench {
    private(set) var machine: LifecycleMachine
    private(set) var rows: [Transition] = []
    /// Every operation that was ever started, oldest first.
    private(set) var started: [Work] = []
    private(set) var armed: [LifecycleTimer: MonotonicInstant] = [:]
    /// The generation of the current run's timers.
    private(set) var runGeneration = 0
    private(set) var now: Duration = .seconds(100)
    private var callers: CallerID = 0
    private var runs = 0

    static let startTimeout: Duration = .seconds(30)
    static let unloadTimeout: Duration = .seconds(10)

    init(expected: ExpectedPhases = ExpectedPhases(), _ configure: (inout RunConfiguration) -> Void = { _ in }) {
        var configuration = RunConfiguration(model: "en-us", provider: "scripted")
        configuration.warmup.timeout = .seconds(5)
        configuration.loadStallTimeout = .seconds(5)
        configure(&configuration)
        machine = LifecycleMachine(configuration: configuration, expected: expected)
    }

    var state: ModelState { machine.state }
    var lastRow: Transition? { rows.last }
    var moment: Moment { Self.moment(now) }

    static func moment(_ now: Duration) -> Moment {
        let wall = WallTime(microseconds: 1_790_000_000_000_000 + now.wholeMicroseconds)
        return Moment(instant: MonotonicInstant(sinceOrigin: now), wall: wall)
    }

    func advance(by duration: Duration) { now += duration }

    @discardableResult
    func send(_ event: LifecycleEvent) -> Outcome {
        let decision = machine.handle(event, at: moment)
        if let transition = decision.transition { rows.append(transition) }
        for effect in decision.effects {
            switch effect {
            case .start(let work): started.append(work)
            case .setTimer(let timer, let at, let generation):
                armed[timer] = at
                runGeneration = generation
            case .cancelTimer(let timer): armed[timer] = nil
            case .answer, .enrol, .settle, .cancelWork, .warn: break
            }
        }
        return Outcome(decision)
    }

    // MARK: - Events, by the name of what happens

    @discardableResult
    func initialize(trigger: Trigger = .initialize, timeout: Duration = Bench.startTimeout) -> Outcome {
        send(.initialize(nextRequest(trigger: trigger, timeout: timeout), caller: nextCaller()))
    }

    @discardableResult
    func awaitReady() -> Outcome { send(.awaitReady(caller: nextCaller())) }

    @discardableResult
    func awaitRelease() -> Outcome { send(.awaitRelease(caller: nextCaller())) }

    @discardableResult
    func unload() -> Outcome { send(.unload(caller: nextCaller(), timeout: Self.unloadTimeout)) }

    /// The newest operation returns; where it has returned before, this is a second answer.
    @discardableResult
    func finish(_ result: WorkResult) -> Outcome {
        send(.workFinished(generation: started.last?.generation ?? 0, result))
    }

    @discardableResult
    func finish(_ work: Work?, _ result: WorkResult) -> Outcome {
        send(.workFinished(generation: work?.generation ?? 0, result))
    }

    /// The newest operation reports an inference.
    @discardableResult
    func measure(_ measurements: WarmupMeasurement...) -> Outcome {
        var outcome = Outcome.stays()
        for measurement in measurements {
            outcome = send(.warmupMeasured(generation: started.last?.generation ?? 0, measurement))
        }
        return outcome
    }

    @discardableResult
    func progress() -> Outcome { send(.progress(generation: started.last?.generation ?? 0)) }

    /// The timer fires when it is due, or now where it is not armed.
    @discardableResult
    func fire(_ timer: LifecycleTimer) -> Outcome {
        if let due = armed.removeValue(forKey: timer) { now = max(now, due.sinceOrigin) }
        return send(.timerFired(timer, generation: runGeneration))
    }

    @discardableResult
    func providerExits() -> Outcome {
        send(.providerFailed(generation: runGeneration, .providerExited, .exited))
    }

    // MARK: - Ways to a state

    /// A whole run from the request to READY.
    func becomeReady() {
        initialize()
        finish(.loaded)
        if state == .warmingUp {
            measure(WarmupMeasurement(elapsed: .milliseconds(80)))
            finish(.warmed)
        }
    }

    /// READY and back to UNINITIALIZED, so that generations of an earlier run exist.
    func liveOnce() {
        becomeReady()
        unload()
        finish(.released)
    }

    func nextCaller() -> CallerID {
        callers += 1
        return callers
    }

    func nextRequest(trigger: Trigger = .initialize, timeout: Duration = Bench.startTimeout) -> StartRequest {
        runs += 1
        let wall = moment.wall
        let run = RunIdentity(runID: RunID(at: wall), correlationID: CorrelationID(at: wall), attempt: 1)
        return StartRequest(run: run, trigger: trigger, timeout: timeout)
    }
}

extension WorkResult {
    static var loaded: WorkResult { .loaded(version: "5.0") }
}

extension Failure {
    static let unreadable = Failure(.modelLoadFailed, "no such file")
    static let unavailable = Failure(.providerNotAvailable, "the library is not installed")
    static let silent = Failure(.warmupFailed, "the inference returned nothing")
    static let exited = Failure(.processExited, "exit status 1", exitCode: 1)
    static let unhealthy = Failure(.runtimeUnhealthy, "three health checks failed")
    static let stuck = Failure(.unloadFailed, "the provider kept the model")
}
