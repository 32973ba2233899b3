import ModelLifecycle
import Testing

/// The whole behaviour on one page: in this situation, this event has that outcome.
@Suite("Every state, every event")
struct EveryStateEveryEventTests {
    struct Row: Sendable, CustomTestStringConvertible {
        let situation: Situation
        let stimulus: Stimulus
        let outcome: Outcome

        init(_ situation: Situation, _ stimulus: Stimulus, _ outcome: Outcome) {
            self.situation = situation
            self.stimulus = stimulus
            self.outcome = outcome
        }

        var testDescription: String { "\(situation), \(stimulus)" }
    }

    @Test(arguments: uninitialized + loading + warmingUp + ready + unloading + error + errorBeforeRetry)
    func anEventHasTheOutcomeThatTheTableSays(row: Row) {
        let bench = row.situation.bench()
        let before = bench.rows.count
        #expect(bench.state == row.situation.state)
        #expect(row.stimulus.apply(to: bench) == row.outcome)
        #expect(bench.state == row.outcome.to ?? row.situation.state)
        #expect(bench.rows.count == before + (row.outcome.to == nil ? 0 : 1))
    }

    @Test func theTableNamesEveryPossibleEventInEverySituationOnce() {
        let rows =
            Self.uninitialized + Self.loading + Self.warmingUp + Self.ready + Self.unloading + Self.error
            + Self.errorBeforeRetry
        for situation in Situation.allCases {
            for stimulus in Stimulus.allCases {
                let count = rows.count { $0.situation == situation && $0.stimulus == stimulus }
                #expect(count == (stimulus.isPossible(in: situation) ? 1 : 0), "\(situation), \(stimulus)")
            }
        }
    }

    @Test(arguments: Situation.allCases, StaleEvent.allCases)
    func aStaleEventChangesNothing(situation: Situation, stale: StaleEvent) {
        let bench = situation.bench()
        #expect(bench.send(stale.event) == .stays())
        #expect(bench.state == situation.state)
    }

    // MARK: - The table

    private static let beginning: [Act] = [.drop(.retry), .set(.deadline), .set(.stall), .start(.load)]
    private static let endOfRun: Act = .drop(.deadline, .stall, .warmup)
    private static let endByUnload: Act = .drop(.deadline, .stall, .warmup, .retry)

    private static func begins(by trigger: Trigger) -> Outcome {
        Outcome(to: .loading, trigger: trigger, reason: nil, acts: [.enrol(.start)] + beginning)
    }

    static let uninitialized = [
        Row(.uninitialized, .initialize, begins(by: .initialize)),
        Row(.uninitialized, .resume, begins(by: .resume)),
        Row(.uninitialized, .fallback, begins(by: .fallback)),
        Row(.uninitialized, .awaitRelease, .stays(.answer(true))),
        Row(.uninitialized, .awaitReady, .stays(.enrol(.start))),
        Row(.uninitialized, .unload, .stays(.answer(true))),
        Row(.uninitialized, .loaded, .stays()),
        Row(.uninitialized, .warmed, .stays()),
        Row(.uninitialized, .released, .stays()),
        Row(.uninitialized, .failed, .stays()),
        Row(.uninitialized, .progress, .stays()),
        Row(.uninitialized, .deadline, .stays()),
        Row(.uninitialized, .stall, .stays()),
        Row(.uninitialized, .warmup, .stays()),
        Row(.uninitialized, .retry, .stays()),
        Row(.uninitialized, .unloadTimeout, .stays()),
        Row(.uninitialized, .exited, .stays()),
        Row(.uninitialized, .unhealthy, .stays()),
    ]

    static let loading = [
        Row(.loading, .initialize, .stays(.enrol(.start))),
        Row(.loading, .resume, .stays(.enrol(.start))),
        Row(.loading, .fallback, .stays(.enrol(.start))),
        Row(.loading, .awaitRelease, .stays(.enrol(.release))),
        Row(.loading, .awaitReady, .stays(.enrol(.start))),
        Row(
            .loading, .unload,
            .moves(
                .unloading, .unload, .cancelled,
                .enrol(.unload), endByUnload, .settle(.start, false), .interrupt, .set(.unload))),
        Row(.loading, .loaded, .moves(.warmingUp, .loaded, .drop(.stall), .set(.warmup), .start(.warmUp))),
        Row(
            .loading, .failed,
            .moves(.error, .loadFailed, .modelLoadFailed, endOfRun, .settle(.start, false), .start(.release))),
        Row(.loading, .progress, .stays(.set(.stall))),
        Row(
            .loading, .deadline,
            .moves(.error, .deadline, .startupTimeout, endOfRun, .interrupt, .settle(.start, false))),
        Row(.loading, .stall, .moves(.error, .stalled, .stalled, endOfRun, .interrupt, .settle(.start, false))),
        Row(.loading, .warmup, .stays()),
        Row(.loading, .retry, .stays()),
        Row(.loading, .unloadTimeout, .stays()),
        Row(
            .loading, .exited,
            .moves(.error, .providerExited, .processExited, endOfRun, .interrupt, .settle(.start, false))),
        Row(.loading, .unhealthy, .stays()),
    ]

    static let warmingUp = [
        Row(.warmingUp, .initialize, .stays(.enrol(.start))),
        Row(.warmingUp, .resume, .stays(.enrol(.start))),
        Row(.warmingUp, .fallback, .stays(.enrol(.start))),
        Row(.warmingUp, .awaitRelease, .stays(.enrol(.release))),
        Row(.warmingUp, .awaitReady, .stays(.enrol(.start))),
        Row(
            .warmingUp, .unload,
            .moves(
                .unloading, .unload, .cancelled,
                .enrol(.unload), endByUnload, .settle(.start, false), .interrupt, .set(.unload))),
        Row(.warmingUp, .warmed, .moves(.ready, .warmed, .drop(.deadline, .warmup), .settle(.start, true))),
        Row(
            .warmingUp, .failed,
            .moves(.error, .warmupFailed, .modelLoadFailed, endOfRun, .settle(.start, false), .start(.release))),
        Row(.warmingUp, .progress, .stays()),
        Row(
            .warmingUp, .deadline,
            .moves(.error, .deadline, .startupTimeout, endOfRun, .interrupt, .settle(.start, false))),
        Row(.warmingUp, .stall, .stays()),
        Row(
            .warmingUp, .warmup,
            .moves(.error, .warmupFailed, .warmupFailed, endOfRun, .interrupt, .settle(.start, false))),
        Row(.warmingUp, .retry, .stays()),
        Row(.warmingUp, .unloadTimeout, .stays()),
        Row(
            .warmingUp, .exited,
            .moves(.error, .providerExited, .processExited, endOfRun, .interrupt, .settle(.start, false))),
        Row(.warmingUp, .unhealthy, .stays()),
    ]

    static let ready = [
        Row(.ready, .initialize, .stays(.answer(true))),
        Row(.ready, .resume, .stays(.answer(true))),
        Row(.ready, .fallback, .stays(.answer(true))),
        Row(.ready, .awaitRelease, .stays(.enrol(.release))),
        Row(.ready, .awaitReady, .stays(.answer(true))),
        Row(
            .ready, .unload, .moves(.unloading, .unload, .enrol(.unload), endByUnload, .set(.unload), .start(.release))),
        Row(.ready, .loaded, .stays()),
        Row(.ready, .warmed, .stays()),
        Row(.ready, .released, .stays()),
        Row(.ready, .failed, .stays()),
        Row(.ready, .progress, .stays()),
        Row(.ready, .deadline, .stays()),
        Row(.ready, .stall, .stays()),
        Row(.ready, .warmup, .stays()),
        Row(.ready, .retry, .stays()),
        Row(.ready, .unloadTimeout, .stays()),
        Row(
            .ready, .exited,
            .moves(.error, .providerExited, .processExited, endOfRun, .settle(.start, false), .start(.release))),
        Row(
            .ready, .unhealthy,
            .moves(.error, .providerUnhealthy, .runtimeUnhealthy, endOfRun, .settle(.start, false), .start(.release))),
    ]

    static let unloading = [
        Row(.unloading, .initialize, .stays(.warn, .answer(false))),
        Row(.unloading, .resume, .stays(.warn, .answer(false))),
        Row(.unloading, .fallback, .stays(.warn, .answer(false))),
        Row(.unloading, .awaitRelease, .stays(.enrol(.release))),
        Row(.unloading, .awaitReady, .stays(.answer(false))),
        Row(.unloading, .unload, .stays(.enrol(.unload))),
        Row(
            .unloading, .released,
            .moves(.uninitialized, .unloaded, .drop(.unload), .settle(.unload, true), .settle(.release, true))),
        Row(
            .unloading, .failed,
            .moves(
                .error, .unloadFailed, .unloadFailed, .drop(.unload), .settle(.unload, false),
                .settle(.release, false))),
        Row(.unloading, .progress, .stays()),
        Row(.unloading, .deadline, .stays()),
        Row(.unloading, .stall, .stays()),
        Row(.unloading, .warmup, .stays()),
        Row(.unloading, .retry, .stays()),
        Row(.unloading, .unloadTimeout, .moves(.error, .unloadFailed, .unloadTimeout, .settle(.unload, false))),
        Row(.unloading, .exited, .stays()),
        Row(.unloading, .unhealthy, .stays()),
    ]

    static let error = [
        Row(.error, .initialize, begins(by: .initialize)),
        Row(.error, .resume, begins(by: .resume)),
        Row(.error, .fallback, begins(by: .fallback)),
        Row(.error, .awaitRelease, .stays(.answer(true))),
        Row(.error, .awaitReady, .stays(.answer(false))),
        Row(.error, .unload, unloadsFromError),
        Row(.error, .loaded, .stays()),
        Row(.error, .warmed, .stays()),
        Row(.error, .released, .stays()),
        Row(.error, .failed, .stays()),
        Row(.error, .progress, .stays()),
        Row(.error, .deadline, .stays()),
        Row(.error, .stall, .stays()),
        Row(.error, .warmup, .stays()),
        Row(.error, .retry, .stays()),
        Row(.error, .unloadTimeout, .stays()),
        Row(.error, .exited, .stays()),
        Row(.error, .unhealthy, .stays()),
    ]

    static let errorBeforeRetry = [
        Row(.errorBeforeRetry, .initialize, begins(by: .initialize)),
        Row(.errorBeforeRetry, .resume, begins(by: .resume)),
        Row(.errorBeforeRetry, .fallback, begins(by: .fallback)),
        Row(.errorBeforeRetry, .awaitRelease, .stays(.answer(true))),
        Row(.errorBeforeRetry, .awaitReady, .stays(.enrol(.start))),
        Row(.errorBeforeRetry, .unload, unloadsFromError),
        Row(.errorBeforeRetry, .loaded, .stays()),
        Row(.errorBeforeRetry, .warmed, .stays()),
        Row(.errorBeforeRetry, .released, .stays()),
        Row(.errorBeforeRetry, .failed, .stays()),
        Row(.errorBeforeRetry, .progress, .stays()),
        Row(.errorBeforeRetry, .deadline, .stays()),
        Row(.errorBeforeRetry, .stall, .stays()),
        Row(.errorBeforeRetry, .warmup, .stays()),
        Row(.errorBeforeRetry, .retry, Outcome(to: .loading, trigger: .retry, reason: nil, acts: beginning)),
        Row(.errorBeforeRetry, .unloadTimeout, .stays()),
        Row(.errorBeforeRetry, .exited, .stays()),
        Row(.errorBeforeRetry, .unhealthy, .stays()),
    ]

    /// Nothing is in memory, but the provider may know better: it is asked all the same.
    private static let unloadsFromError: Outcome = .moves(
        .unloading, .unload,
        .enrol(.unload), endByUnload, .settle(.start, false), .set(.unload), .start(.release))
}
