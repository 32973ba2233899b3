import ModelLifecycle
import Synchronization
import Tracing

/// What reaches a model's driver, in the order in which it is handled.
enum DriverMessage: Sendable {
    /// - Parameter context: the caller's, to whose trace the run belongs.
    case initialize(StartRequest, Waiter, ServiceContext)
    case awaitReady(Waiter)
    case unload(Waiter, timeout: Duration)
    case awaitRelease(Waiter)
    case event(LifecycleEvent)
    case journalRetryDue
    /// Answered once everything that came before has been handled.
    case barrier(Waiter)
    case close(CheckedContinuation<[Transition], Never>?)
}

/// Carries out what the machine decides: the single consumer of a model's inbox.
///
///     message → machine → append (durable) → publish → effects
///
/// Messages are handled one after another, on the thread of whoever posts; while a row is on its way
/// into the journal the others wait. Long effects run as tasks that post their outcome back.
///
/// Unchecked, because the compiler does not know what `Inbox` guarantees: every variable below is
/// touched by its one consumer only, and consumers follow each other through the inbox's lock.
final class LifecycleDriver: @unchecked Sendable {
    /// Work, and the context in which the provider does it.
    private struct Job: Sendable {
        var work: Work
        var context: ServiceContext
    }

    let waiters: WaiterTable
    private let configuration: RunConfiguration
    private let clock: EngineClock
    private let slot: ProviderSlot
    private let published: PublishedLifecycle
    private let inbox = Mutex(Inbox<DriverMessage>())

    private var machine: LifecycleMachine
    private let observer: LifecycleObserver
    private var backlog: JournalBacklog
    /// What waits for the row that is being written.
    private var pending: LifecycleDecision?
    private var isDegraded = false
    private var journalRetry: EngineClock.ScheduledCall?
    /// Who began the current request: the run's deadline speaks for it while the first attempt lasts.
    private var starter: (id: CallerID, run: RunID)?
    /// Who began the unload in flight: its deadline speaks for it.
    private var unloader: CallerID?
    private var timers: [LifecycleTimer: EngineClock.ScheduledCall] = [:]
    private var work: (generation: Int, task: Task<Void, Never>)?
    private var canWork = false
    private var nextJob: Job?
    private var isFenced = false
    /// The last write is on its way, and whoever waits for it.
    private var isClosing = false
    private var closing: CheckedContinuation<[Transition], Never>?
    private var isClosed = false

    init(
        claimed: ClaimedModel?, configuration: RunConfiguration, slot: ProviderSlot, published: PublishedLifecycle,
        observer: LifecycleObserver, clock: EngineClock
    ) {
        waiters = WaiterTable(clock: clock)
        self.configuration = configuration
        self.slot = slot
        self.published = published
        self.observer = observer
        self.clock = clock
        backlog = JournalBacklog(recorder: claimed?.recorder)
        machine = LifecycleMachine(
            configuration: configuration, state: claimed?.state ?? .uninitialized, run: claimed?.run,
            ordinal: claimed?.ordinal ?? 0, expected: claimed?.expected ?? ExpectedPhases())
    }

    // MARK: - Inbox

    func post(_ message: DriverMessage) {
        if inbox.withLock({ $0.add(message) }) { consume(canWork: false) }
    }

    /// - Parameter canWork: the consumer is a task that has just done some work and could do the next.
    /// - Returns: the work that it has to do now, which saves a task and a change of threads.
    @discardableResult
    private func consume(canWork: Bool) -> Job? {
        self.canWork = canWork
        var taken: Job?
        while let message = inbox.withLock({ $0.next() }) {
            let write = handle(message)
            if let next = nextJob {
                taken = next
                nextJob = nil
            }
            guard let write else { continue }
            self.canWork = false
            // The task that writes is the consumer from here on: nothing may be touched after this.
            Task.detached { [self] in
                finish(write, await write.perform())
                consume(canWork: false)
            }
            break
        }
        return taken
    }

    /// - Returns: what has to be durable before anything else is handled.
    private func handle(_ message: DriverMessage) -> JournalWrite? {
        guard !isClosed else {
            refuse(message)
            return nil
        }
        switch message {
        case .initialize(let request, let waiter, let context):
            guard !backlog.isFull else {
                observer.error("initialize refused: too many transitions wait for the journal", run: machine.run)
                refuse(message)
                return nil
            }
            if !waiter.isResolved, machine.state == .uninitialized || machine.state == .error {
                starter = (waiter.id, request.run.runID)
                observer.requestContext = context
            }
            return step(.initialize(request, caller: waiter.id), caller: waiter)
        case .awaitReady(let waiter): return step(.awaitReady(caller: waiter.id), caller: waiter)
        case .unload(let waiter, let timeout):
            if machine.state != .unloading { unloader = waiter.id }
            return step(.unload(caller: waiter.id, timeout: timeout), caller: waiter)
        case .awaitRelease(let waiter): return step(.awaitRelease(caller: waiter.id), caller: waiter)
        case .event(.timerFired(.retry, let generation)) where backlog.isFull:
            // Another run would only add to what memory holds already.
            set(.retry, clock.now() + .seconds(1), generation)
            return nil
        case .event(let event): return step(event)
        case .journalRetryDue:
            journalRetry = nil
            return isFenced ? nil : backlog.write
        case .barrier(let waiter):
            waiter.resolve(true)
            return nil
        case .close(let continuation):
            // The disk may have come back since the last try.
            if !isFenced, !isClosing, let write = backlog.write {
                isClosing = true
                closing = continuation
                return write
            }
            close()
            continuation?.resume(returning: backlog.waiting)
            return nil
        }
    }

    private func step(_ event: LifecycleEvent, caller: Waiter? = nil) -> JournalWrite? {
        if let caller, caller.isResolved || isFenced {
            waiters.remove(caller.id)
            caller.resolve(false)
            return nil
        }
        guard !isFenced else { return nil }
        var decision = machine.handle(event, at: clock.moment)
        if let failure = decision.transition?.failure, failure.evidence == nil, failure.reason != .cancelled {
            decision.transition?.failure = failure.completed(by: slot.current?.evidence())
        }
        if let transition = decision.transition, transition.endsStart, let failure = transition.failure,
            let file = slot.faultyFile(of: transition.run.runID)
        {
            var evidence = failure.evidence ?? FailureEvidence()
            evidence.modelFile = file
            decision.transition?.failure?.evidence = evidence
        }
        if let transition = decision.transition, let write = backlog.add(transition) {
            pending = decision
            return write
        }
        complete(decision)
        return nil
    }

    /// What a decision leads to, once its row is durable or waits in memory.
    private func complete(_ decision: LifecycleDecision) {
        if let transition = decision.transition {
            published.publish(transition)
            observer.observe(transition)
        }
        for effect in decision.effects { perform(effect) }
        if decision.transition != nil { waiters.spare(spared) }
    }

    private var spared: Set<CallerID> {
        switch machine.state {
        case .loading, .warmingUp:
            guard let starter, starter.run == machine.run?.runID else { return [] }
            return [starter.id]
        case .unloading: return unloader.map { [$0] } ?? []
        case .uninitialized, .ready, .error: return []
        }
    }

    private func close() {
        isClosed = true
        waiters.settleAll(false)
        for cancel in timers.values { cancel() }
        timers = [:]
        journalRetry?()
        work?.task.cancel()
        published.finish()
    }

    private func refuse(_ message: DriverMessage) {
        switch message {
        case .initialize(_, let waiter, _), .awaitReady(let waiter), .unload(let waiter, _),
            .awaitRelease(let waiter), .barrier(let waiter):
            waiters.remove(waiter.id)
            waiter.resolve(false)
        case .close(let continuation): continuation?.resume(returning: backlog.waiting)
        case .event, .journalRetryDue: break
        }
    }

    // MARK: - Journal

    private func finish(_ write: JournalWrite, _ outcome: JournalWrite.Outcome) {
        backlog.remove(outcome.written)
        let decision = pending
        pending = nil
        if let fenced = outcome.error as? RecorderFailure {
            stopDriving(fenced)
        } else {
            setDegraded(by: outcome.error)
            if let decision { complete(decision) }
        }
        guard isClosing else { return }
        close()
        closing?.resume(returning: backlog.waiting)
        closing = nil
    }

    private func setDegraded(by error: (any Error)?) {
        let wasDegraded = isDegraded
        isDegraded = error != nil
        if isDegraded != wasDegraded { published.setDegraded(isDegraded) }
        guard let error else { return }
        if !wasDegraded {
            observer.error("the journal cannot be written, transitions wait in memory: \(error)", run: machine.run)
        }
        scheduleJournalRetry()
    }

    private func scheduleJournalRetry() {
        guard journalRetry == nil else { return }
        journalRetry = clock.schedule(clock.now() + .seconds(1)) { [weak self] in self?.post(.journalRetryDue) }
    }

    /// Another engine drives the model: whatever this one holds is let go, and nothing more is recorded.
    private func stopDriving(_ error: RecorderFailure) {
        guard case .fenced(let detail) = error else { return }
        isFenced = true
        observer.error("this engine no longer drives the model: \(detail)", run: machine.run)
        published.giveUp(Failure(.superseded, detail))
        waiters.settleAll(false)
        for timer in LifecycleTimer.allCases { cancel(timer) }
        work?.task.cancel()
        let (busy, run) = (work?.task, machine.run)
        // Outside the consumer's turn, so it may only read what never changes.
        Task { [self] in
            await busy?.value
            if case .failed(let failure) = await slot.release() {
                observer.warn("the model may still be in memory: \(failure.message)", run: run)
            }
        }
    }

    // MARK: - Effects

    private func perform(_ effect: LifecycleEffect) {
        switch effect {
        case .answer(let id, let answer): waiters.answer(id, answer)
        case .enrol(let id, let group): waiters.enrol(id, group)
        case .settle(let group, let answer): waiters.settle(group, answer)
        case .start(let work): start(work)
        case .cancelWork(let generation):
            if work?.generation == generation { work?.task.cancel() }
        case .setTimer(let timer, let instant, let generation): set(timer, instant, generation)
        case .cancelTimer(let timer): cancel(timer)
        case .warn(let message): observer.warn(message, run: machine.run)
        }
    }

    private func start(_ work: Work) {
        let job = Job(work: work, context: observer.context)
        if canWork, let task = self.work?.task {
            canWork = false
            nextJob = job
            self.work = (work.generation, task)
            return
        }
        // Detached: what the caller of `initialize` is to its own tasks is no affair of the model's.
        let task = Task.detached { [weak self, slot] in
            var next: Job? = job
            while let job = next {
                let result = await ServiceContext.withValue(job.context) {
                    await slot.perform(job.work) { [weak self] in self?.post(.event($0)) }
                }
                next = self?.finished(job.work, result)
            }
        }
        self.work = (work.generation, task)
    }

    /// - Returns: what to do next.
    private func finished(_ work: Work, _ result: WorkResult) -> Job? {
        let message = DriverMessage.event(.workFinished(generation: work.generation, result))
        guard inbox.withLock({ $0.add(message) }) else { return nil }
        return consume(canWork: !Task.isCancelled)
    }

    private func set(_ timer: LifecycleTimer, _ instant: MonotonicInstant, _ generation: Int) {
        cancel(timer)
        timers[timer] = clock.schedule(instant) { [weak self] in
            self?.post(.event(.timerFired(timer, generation: generation)))
        }
    }

    private func cancel(_ timer: LifecycleTimer) {
        timers.removeValue(forKey: timer)?()
    }
}

extension Transition {
    /// Whether it ends a run that was not READY yet, in ERROR.
    fileprivate var endsStart: Bool { to == .error && (from == .loading || from == .warmingUp) }
}
