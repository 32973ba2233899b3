/// Names a caller who waits for an answer.
package typealias CallerID = UInt64

/// What the machine is told.
package enum LifecycleEvent: Sendable, Hashable {
    /// Somebody wants the model READY.
    case initialize(StartRequest, caller: CallerID)
    /// Somebody waits for READY without asking for a load.
    case awaitReady(caller: CallerID)
    /// Somebody waits until nothing of a failed run is in memory any more.
    case awaitRelease(caller: CallerID)
    /// Somebody wants the model's memory back within `timeout`.
    case unload(caller: CallerID, timeout: Duration)
    /// The provider's outstanding operation has returned.
    case workFinished(generation: Int, WorkResult)
    /// The provider has begun with the load.
    case loadBegan(generation: Int)
    /// The model's process exists.
    case spawned(generation: Int, processID: Int32?)
    /// - Parameter digest: how long it took to read the files for their digest, where that was asked for.
    case identified(generation: Int, ModelIdentity, digest: Duration?)
    /// Loading moved on.
    case progress(generation: Int)
    /// The model asks for so much time from now on.
    case deadlineExtended(generation: Int, by: Duration)
    /// One inference of the warm-up has ended.
    case warmupMeasured(generation: Int, WarmupMeasurement)
    case timerFired(LifecycleTimer, generation: Int)
    /// The loaded model's provider died or turned unhealthy by itself.
    /// - Parameter generation: that of the load which brought the model, or of the run's timers.
    case providerFailed(generation: Int, Trigger, Failure)
}

/// One request to make a model READY.
package struct StartRequest: Sendable, Hashable {
    package var run: RunIdentity
    /// `initialize`, `resume` where an interrupted run is carried on, or `fallback`.
    package var trigger: Trigger
    /// The run's deadline, counted from its first transition.
    package var timeout: Duration

    package init(run: RunIdentity, trigger: Trigger = .initialize, timeout: Duration) {
        self.run = run
        self.trigger = trigger
        self.timeout = timeout
    }
}

package enum WorkResult: Sendable, Hashable {
    case loaded(version: String?)
    case warmed
    case released
    /// The memory was given back, though not as it should have been.
    case releasedByForce(Failure)
    case failed(Failure)
}

/// One operation of the provider. At most one is outstanding for a model at any time.
package struct Work: Sendable, Hashable {
    package enum Kind: Sendable, Hashable {
        case load
        case warmUp
        /// Gives memory back: an unload, or what a failed or abandoned run left behind.
        case release
    }
    package let kind: Kind
    /// The token by which a late result is told from a current one.
    package let generation: Int
    package let run: RunIdentity
}

package enum LifecycleTimer: Sendable, Hashable, CaseIterable {
    case deadline
    case stall
    case warmup
    /// Nothing is wrong yet: the phase takes longer than it ever does.
    case slow
    case retry
    case unload
}

/// What the driver has to do, in order, once the transition is durable.
package enum LifecycleEffect: Sendable, Hashable {
    /// Answer this caller now.
    case answer(CallerID, Bool)
    /// Let this caller wait until its group is settled.
    case enrol(CallerID, CallerGroup)
    /// Answer everybody in the group.
    case settle(CallerGroup, Bool)
    case start(Work)
    /// Ask the outstanding operation to stop early; its result is still awaited.
    case cancelWork(generation: Int)
    case setTimer(LifecycleTimer, at: MonotonicInstant, generation: Int)
    case cancelTimer(LifecycleTimer)
    case warn(String)
}

package enum CallerGroup: Sendable, Hashable {
    /// Waits for READY or for the end of all attempts.
    case start
    /// Waits for UNINITIALIZED.
    case unload
    /// Waits until the provider holds nothing.
    case release
}

/// The machine's answer to an event.
package struct LifecycleDecision: Sendable, Hashable {
    /// To be made durable before any effect is performed; nil where nothing moved.
    package var transition: Transition?
    package var effects: [LifecycleEffect]
}
