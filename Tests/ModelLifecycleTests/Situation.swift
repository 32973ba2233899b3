import ModelLifecycle

/// A place in the machine that tests start from, reached through real events. Each is preceded by a
/// complete earlier life, so that there are stale generations to try.
enum Situation: CaseIterable {
    case uninitialized
    case loading
    case warmingUp
    case ready
    case unloading
    /// The load failed, what it left behind is released, and no retry is planned.
    case error
    /// The same, with a retry planned.
    case errorBeforeRetry

    var state: ModelState {
        switch self {
        case .uninitialized: .uninitialized
        case .loading: .loading
        case .warmingUp: .warmingUp
        case .ready: .ready
        case .unloading: .unloading
        case .error, .errorBeforeRetry: .error
        }
    }

    func bench() -> Bench {
        let bench = Bench { $0.retry.maximumRetries = self == .errorBeforeRetry ? 1 : 0 }
        bench.liveOnce()
        bench.advance(by: .seconds(1))
        switch self {
        case .uninitialized: break
        case .loading: bench.initialize()
        case .warmingUp:
            bench.initialize()
            bench.finish(.loaded)
        case .ready: bench.becomeReady()
        case .unloading:
            bench.becomeReady()
            bench.unload()
        case .error, .errorBeforeRetry:
            bench.initialize()
            bench.finish(.failed(.unreadable))
            bench.finish(.released)
        }
        return bench
    }
}

/// Something that happens to the machine and still counts.
enum Stimulus: CaseIterable {
    case initialize, resume, fallback, awaitReady, awaitRelease, unload
    case loaded, warmed, released, failed
    case progress
    case deadline, stall, warmup, retry, unloadTimeout
    case exited, unhealthy

    func apply(to bench: Bench) -> Outcome {
        switch self {
        case .initialize: bench.initialize()
        case .resume: bench.initialize(trigger: .resume)
        case .fallback: bench.initialize(trigger: .fallback)
        case .awaitReady: bench.awaitReady()
        case .awaitRelease: bench.awaitRelease()
        case .unload: bench.unload()
        case .loaded: bench.finish(.loaded)
        case .warmed: bench.finish(.warmed)
        case .released: bench.finish(.released)
        case .failed: bench.finish(.failed(bench.state == .unloading ? .stuck : .unreadable))
        case .progress: bench.progress()
        case .deadline: bench.fire(.deadline)
        case .stall: bench.fire(.stall)
        case .warmup: bench.fire(.warmup)
        case .retry: bench.fire(.retry)
        case .unloadTimeout: bench.fire(.unload)
        case .exited: bench.providerExits()
        case .unhealthy:
            bench.send(.providerFailed(generation: bench.runGeneration, .providerUnhealthy, .unhealthy))
        }
    }

    /// False for an answer that the outstanding operation cannot give; the machine traps on those.
    func isPossible(in situation: Situation) -> Bool {
        switch (situation, self) {
        case (.loading, .warmed), (.loading, .released): false
        case (.warmingUp, .loaded), (.warmingUp, .released): false
        case (.unloading, .loaded), (.unloading, .warmed): false
        default: true
        }
    }
}

/// Something that belongs to an earlier run, or that was answered before.
enum StaleEvent: CaseIterable {
    case loaded, warmed, released, failed
    case progress
    case deadline, stall, warmup, retry, unloadTimeout
    case exited, unhealthy

    var event: LifecycleEvent {
        // The first run's timers have generation 1, its load has 2.
        switch self {
        case .loaded: .workFinished(generation: 2, .loaded)
        case .warmed: .workFinished(generation: 2, .warmed)
        case .released: .workFinished(generation: 2, .released)
        case .failed: .workFinished(generation: 2, .failed(.unreadable))
        case .progress: .progress(generation: 2)
        case .deadline: .timerFired(.deadline, generation: 1)
        case .stall: .timerFired(.stall, generation: 1)
        case .warmup: .timerFired(.warmup, generation: 1)
        case .retry: .timerFired(.retry, generation: 1)
        case .unloadTimeout: .timerFired(.unload, generation: 1)
        case .exited: .providerFailed(generation: 2, .providerExited, .exited)
        case .unhealthy: .providerFailed(generation: 2, .providerUnhealthy, .unhealthy)
        }
    }
}
