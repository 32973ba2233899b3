import ModelLifecycle
import Tracing

/// What reaches a model's driver, in the order in which it is handled.
enum DriverMessage: Sendable {
    case initialize(StartRequest, Waiter)
    case awaitReady(Waiter)
    case unload(Waiter, timeout: Duration)
    /// A caller whose task was cancelled has its answer already.
    case detach(CallerID)
    case event(LifecycleEvent)
    case waitersDue
    case journalRetryDue
}

/// Carries out what the machine decides: the single consumer of a model's inbox. It is confined to
/// the task that runs it, so nothing in it needs a lock.
///
///     message → machine → append (durable) → publish → effects
///
/// Long effects run as tasks that post their outcome back into the inbox.
final class LifecycleDriver {
    let configuration: RunConfiguration
    let clock: EngineClock
    let post: @Sendable (DriverMessage) -> Void
    private let slot: ProviderSlot
    private let published: PublishedLifecycle
    private var machine: LifecycleMachine
    private var observer: LifecycleObserver
    private var backlog: JournalBacklog

    private var waiters = WaiterTable()
    /// The caller of the message in hand, not enrolled yet.
    private var caller: Waiter?
    /// Who began the current request: the run's deadline speaks for it while the first attempt lasts.
    private var starter: (id: CallerID, run: RunID)?
    private var waiterTimer: (at: MonotonicInstant, task: Task<Void, Never>)?
    private var timers: [LifecycleTimer: EngineClock.ScheduledCall] = [:]
    private var work: (generation: Int, task: Task<Void, Never>)?
    private var isFenced = false

    init(
        claimed: ClaimedModel?, configuration: RunConfiguration, slot: ProviderSlot, published: PublishedLifecycle,
        observer: LifecycleObserver, clock: EngineClock, post: @escaping @Sendable (DriverMessage) -> Void
    ) {
        self.configuration = configuration
        self.slot = slot
        self.published = published
        self.observer = observer
        self.clock = clock
        self.post = post
        backlog = JournalBacklog(recorder: claimed?.recorder)
        machine = LifecycleMachine(
            configuration: configuration, state: claimed?.state ?? .uninitialized, run: claimed?.run,
            ordinal: claimed?.ordinal ?? 0)
    }

    func run(_ inbox: AsyncStream<DriverMessage>) async {
        for await message in inbox { await handle(message) }
        waiters.settleAll(false)
        for cancel in timers.values { cancel() }
        waiterTimer?.task.cancel()
        work?.task.cancel()
        published.finish()
    }

    private func handle(_ message: DriverMessage) async {
        switch message {
        case .initialize(let request, let waiter):
            guard !waiter.isResolved else { return }
            guard !backlog.isFull else {
                observer.error("initialize refused: too many transitions wait for the journal", run: machine.run)
                return waiter.resolve(false)
            }
            let begins = machine.state == .uninitialized || machine.state == .error
            if begins { starter = (waiter.id, request.run.runID) }
            await ask(.initialize(request, caller: waiter.id), waiter)
        case .awaitReady(let waiter): await ask(.awaitReady(caller: waiter.id), waiter)
        case .unload(let waiter, let timeout): await ask(.unload(caller: waiter.id, timeout: timeout), waiter)
        case .detach(let id): waiters.remove(id)
        case .event(let event): await step(event)
        case .waitersDue:
            waiterTimer = nil
            expireWaiters()
        case .journalRetryDue: await flushBacklog()
        }
    }

    private func ask(_ event: LifecycleEvent, _ waiter: Waiter) async {
        guard !waiter.isResolved else { return }
        caller = waiter
        await step(event)
        caller = nil
    }

    private func step(_ event: LifecycleEvent) async {
        guard !isFenced else {
            caller?.resolve(false)
            return
        }
        let decision = machine.handle(event, at: clock.moment)
        if let transition = decision.transition {
            do { try await record(transition) } catch { return stopDriving(error) }
            published.publish(transition)
            observer.observe(transition)
        }
        for effect in decision.effects { perform(effect) }
        // A planned retry keeps callers waiting, but no longer than they said.
        if machine.retryAt != nil, decision.transition != nil { expireWaiters() }
    }

    // MARK: - Journal

    /// - Throws: `RecorderFailure` where another engine drives the model now.
    private func record(_ transition: Transition) async throws(RecorderFailure) {
        let wasDegraded = backlog.isDegraded
        let error = try await backlog.append(transition)
        guard backlog.isDegraded != wasDegraded else { return }
        published.setDegraded(backlog.isDegraded)
        if let error {
            observer.error("the journal cannot be written, transitions wait in memory: \(error)", run: transition.run)
            scheduleJournalRetry()
        }
    }

    private func flushBacklog() async {
        guard !isFenced else { return }
        do {
            try await backlog.flush()
        } catch { return stopDriving(error) }
        published.setDegraded(backlog.isDegraded)
        if backlog.isDegraded { scheduleJournalRetry() }
    }

    private func scheduleJournalRetry() {
        let due = clock.now() + .seconds(1)
        Task { [clock, post] in
            try? await clock.sleep(due)
            post(.journalRetryDue)
        }
    }

    /// Another engine drives the model: whatever this one holds is let go, and nothing more is recorded.
    private func stopDriving(_ error: RecorderFailure) {
        guard case .fenced(let detail) = error else { return }
        isFenced = true
        observer.error("this engine no longer drives the model: \(detail)", run: machine.run)
        published.giveUp(Failure(.superseded, detail))
        waiters.settleAll(false)
        caller?.resolve(false)
        for timer in LifecycleTimer.allCases { cancel(timer) }
        work?.task.cancel()
        let busy = work?.task
        Task { [slot] in
            await busy?.value
            _ = await slot.release()
        }
    }

    /// Transitions that could not be written, oldest first.
    var unwritten: [Transition] { backlog.waiting }

    // MARK: - Effects

    private func perform(_ effect: LifecycleEffect) {
        switch effect {
        case .answer(let id, let answer):
            if caller?.id == id { caller?.resolve(answer) }
        case .enrol(let id, let group):
            guard let caller, caller.id == id else { return }
            waiters.enrol(caller, group)
            armWaiterTimer(caller.deadline)
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
        let context = observer.context
        let task = Task { [slot, post] in
            let result = await ServiceContext.withValue(context) {
                await slot.perform(work) { post(.event($0)) }
            }
            post(.event(.workFinished(generation: work.generation, result)))
        }
        self.work = (work.generation, task)
    }

    private func set(_ timer: LifecycleTimer, _ instant: MonotonicInstant, _ generation: Int) {
        cancel(timer)
        timers[timer] = clock.schedule(instant) { [post] in
            post(.event(.timerFired(timer, generation: generation)))
        }
    }

    private func cancel(_ timer: LifecycleTimer) {
        timers.removeValue(forKey: timer)?()
    }

    // MARK: - Callers' own timeouts

    private func expireWaiters() {
        // Its run's deadline answers the starter, after the row; the same instant must not race it.
        let firstAttempt = starter.map { $0.run == machine.run?.runID } ?? false
        let isStarting = machine.state == .loading || machine.state == .warmingUp
        let spared = firstAttempt && isStarting ? starter?.id : nil
        armWaiterTimer(waiters.expire(at: clock.now(), sparing: spared))
    }

    /// One timer serves all callers: it is set to the earliest deadline.
    private func armWaiterTimer(_ instant: MonotonicInstant?) {
        guard let instant, waiterTimer.map({ instant < $0.at }) ?? true else { return }
        waiterTimer?.task.cancel()
        let task = Task { [clock, post] in
            do { try await clock.sleep(instant) } catch { return }
            post(.waitersDue)
        }
        waiterTimer = (instant, task)
    }
}
