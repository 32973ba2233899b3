import ModelLifecycle

/// A driver without threads: it performs the machine's effects on a model of the outside world
/// (memory, callers, timers) and throws as soon as something happens that must never happen.
struct ModelDriver {
    struct Violation: Error, CustomStringConvertible {
        let description: String
    }

    private(set) var machine: LifecycleMachine
    private(set) var now: Duration = .zero
    private(set) var work: Work?
    private(set) var timers: [LifecycleTimer: (at: MonotonicInstant, generation: Int)] = [:]
    private(set) var waiting: [CallerID: CallerGroup] = [:]
    private(set) var moves: Set<LifecycleMove> = []
    private(set) var lastGeneration = 0

    private let configuration: RunConfiguration
    private var lastRow: Transition?
    private var stateSince: Duration?
    private var answered: Set<CallerID> = []
    /// What the provider has in memory, or may have while a load is on its way.
    private var copies = 0
    private var lastReleaseFailed = false
    /// The run whose own load has succeeded with nobody asking to unload since.
    private var loadedRun: RunID?
    private var callers: CallerID = 0
    private var log: [(at: Duration, state: ModelState, event: LifecycleEvent, decision: LifecycleDecision)] = []

    init(_ configuration: RunConfiguration) {
        self.configuration = configuration
        machine = LifecycleMachine(configuration: configuration)
    }

    var state: ModelState { machine.state }

    /// The last events and what came of them, for the report of a violation.
    var recent: String {
        log.suffix(12).map { "\($0.at) \($0.state): \($0.event)\n    \(Outcome($0.decision).testDescription)" }
            .joined(separator: "\n")
    }

    mutating func advance(by duration: Duration) { now += duration }

    mutating func nextCaller() -> CallerID {
        callers += 1
        return callers
    }

    mutating func initialize(timeout: Duration, trigger: Trigger = .initialize) throws {
        // The names do not matter here, only that they differ.
        let name = "run-\(callers)"
        guard let correlation = CorrelationID(rawValue: name) else { throw Violation(description: "bad name \(name)") }
        let run = RunIdentity(runID: RunID(rawValue: name), correlationID: correlation, attempt: 1)
        let request = StartRequest(run: run, trigger: trigger, timeout: timeout)
        try send(.initialize(request, caller: nextCaller()))
    }

    mutating func finishWork(_ result: WorkResult) throws {
        guard let finished = work else { return }
        work = nil
        switch (finished.kind, result) {
        case (.release, .failed): lastReleaseFailed = true
        case (.release, _): copies = 0
        case (.load, .loaded) where state == .loading && machine.run == finished.run: loadedRun = finished.run.runID
        case (.load, _), (.warmUp, _): break
        }
        try send(.workFinished(generation: finished.generation, result))
    }

    /// Fires the timer that is due first; false where none is armed.
    mutating func fireNextTimer() throws -> Bool {
        let next = timers.min { ($0.value.at, "\($0.key)") < ($1.value.at, "\($1.key)") }
        guard let (timer, armed) = next else { return false }
        timers[timer] = nil
        now = max(now, armed.at.sinceOrigin)
        try send(.timerFired(timer, generation: armed.generation))
        return true
    }

    /// A firing that may be early, late or of another run.
    mutating func fire(_ timer: LifecycleTimer, generation: Int) throws {
        if let armed = timers[timer], armed.generation == generation, armed.at.sinceOrigin <= now {
            timers[timer] = nil
        }
        try send(.timerFired(timer, generation: generation))
    }

    mutating func send(_ event: LifecycleEvent) throws {
        let before = machine.state
        let decision = machine.handle(event, at: Bench.moment(now))
        log.append((now, before, event, decision))
        if case .unload = event, machine.state == .unloading { loadedRun = nil }
        if let row = decision.transition {
            try check(row, from: before)
        } else {
            try require(machine.state == before, "the state changed without a row")
        }
        for effect in decision.effects { try perform(effect) }
        try checkRest()
    }

    // MARK: - What must always hold

    private func require(_ condition: Bool, _ what: @autoclosure () -> String) throws {
        if !condition { throw Violation(description: what()) }
    }

    private mutating func check(_ row: Transition, from before: ModelState) throws {
        try require(row.from == before && row.to == machine.state, "the row is not the move that happened")
        let legal = LifecycleTable.moves.first { $0.from == row.from && $0.trigger == row.trigger && $0.to == row.to }
        guard let legal else { throw Violation(description: "illegal \(row.from) \(row.trigger) \(row.to)") }
        moves.insert(legal)
        if let last = lastRow {
            try require(row.from == last.to, "the chain is broken")
            try require(row.run == last.run || row.to == .loading, "a new run begins with LOADING")
            let expected = row.to == .loading ? 1 : last.ordinal + 1
            try require(row.ordinal == expected, "ordinal \(row.ordinal) instead of \(expected)")
            try require((row.run != last.run) == (row.to == .loading), "LOADING begins a new run")
        } else {
            try require(row.from == .uninitialized && row.ordinal == 1, "the first row")
        }
        try require(row.elapsed == stateSince.map { now - $0 }, "elapsed \(String(describing: row.elapsed))")
        try require(row.elapsed.map { $0 >= .zero } ?? true, "a negative duration")
        try require(row.to != .error || row.failure != nil, "ERROR without a reason")
        if row.to == .ready || row.to == .warmingUp {
            try require(loadedRun == row.run.runID, "\(row.to) without a load of its own run")
        }
        if row.to == .uninitialized { try require(copies == 0, "UNINITIALIZED with a model in memory") }
        stateSince = now
        lastRow = row
    }

    private mutating func perform(_ effect: LifecycleEffect) throws {
        switch effect {
        case .enrol(let caller, let group):
            try require(waiting[caller] == nil && !answered.contains(caller), "caller \(caller) enrolled twice")
            waiting[caller] = group
        case .answer(let caller, let answer):
            if answer { try require(state == .ready || copies == 0, "true in \(state)") }
            try answerOnce(caller)
        case .settle(let group, let answer):
            if answer {
                let isTrue: Bool =
                    switch group {
                    case .start: state == .ready
                    case .unload: state == .uninitialized
                    case .release: copies == 0
                    }
                try require(isTrue, "\(group) true in \(state)")
            }
            for caller in waiting.keys where waiting[caller] == group {
                waiting[caller] = nil
                try answerOnce(caller)
            }
        case .start(let next):
            try require(work == nil, "two operations at once")
            try require(next.generation > lastGeneration, "a generation was used twice")
            switch next.kind {
            case .load:
                try require(copies == 0, "a second copy of the model")
                copies = 1
                lastReleaseFailed = false
            case .warmUp: try require(copies == 1 && state == .warmingUp, "a warm-up of nothing")
            case .release: break
            }
            work = next
            lastGeneration = next.generation
        case .cancelWork(let generation):
            try require(work?.generation == generation, "cancelled an operation that is not outstanding")
        case .setTimer(let timer, let at, let generation):
            try require(at.sinceOrigin >= now, "a timer in the past")
            timers[timer] = (at, generation)
        case .cancelTimer(let timer): timers[timer] = nil
        case .warn: break
        }
    }

    private mutating func answerOnce(_ caller: CallerID) throws {
        try require(answered.insert(caller).inserted, "caller \(caller) answered twice")
    }

    /// What holds whenever the machine is at rest between two events.
    private func checkRest() throws {
        try require(machine.work == work, "the machine and the driver disagree about the work")
        try require(machine.holdsModel == (copies == 1), "the machine and the driver disagree about the memory")
        let mayBeArmed: Set<LifecycleTimer>
        let mustBeArmed: Set<LifecycleTimer>
        switch state {
        case .uninitialized, .ready:
            try require(work == nil, "the provider is busy in \(state)")
            (mayBeArmed, mustBeArmed) = ([], [])
        case .loading: (mayBeArmed, mustBeArmed) = ([.deadline, .stall], [.deadline])
        case .warmingUp: (mayBeArmed, mustBeArmed) = ([.deadline, .warmup], [.deadline])
        case .unloading: (mayBeArmed, mustBeArmed) = ([.unload], [.unload])
        case .error: (mayBeArmed, mustBeArmed) = ([.retry], machine.retryAt == nil ? [] : [.retry])
        }
        let armed = Set(timers.keys)
        try require(armed.isSubset(of: mayBeArmed), "timers \(armed) in \(state)")
        try require(armed.isSuperset(of: mustBeArmed), "\(state) could last for ever, only \(armed) armed")
        if state == .error, copies == 1 {
            try require(work != nil || lastReleaseFailed, "ERROR with a model that nobody releases")
        }
        if state == .ready { try require(copies == 1, "READY without a model") }
        if state == .uninitialized { try require(copies == 0, "UNINITIALIZED with a model") }
        if state == .loading || state == .warmingUp || state == .unloading {
            try require(work != nil, "\(state) and nothing to wait for")
        }
        for (caller, group) in waiting {
            switch group {
            case .unload: try require(state == .unloading, "caller \(caller) waits for an unload in \(state)")
            case .release: try require(copies == 1 || work != nil, "caller \(caller) waits for nothing")
            case .start:
                // In UNINITIALIZED somebody may wait for a start that nobody has asked for yet.
                let hope = state == .loading || state == .warmingUp || state == .uninitialized || machine.retryAt != nil
                try require(hope, "caller \(caller) waits for a start in \(state)")
            }
        }
    }
}
