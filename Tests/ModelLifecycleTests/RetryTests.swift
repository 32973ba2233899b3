import ModelLifecycle
import Testing

@Suite("Retries")
struct RetryTests {
    static func bench(_ retries: Int) -> Bench {
        Bench {
            $0.warmup.level = .none
            $0.retry = RetryPolicy(
                maximumRetries: retries, backoff: .seconds(10), maximumDelay: .seconds(35), stableAfter: .seconds(600))
        }
    }

    /// The load fails and what it left is released; answers with the wait before the next attempt.
    @discardableResult
    static func failLoad(_ bench: Bench, _ failure: Failure = .unreadable) -> Duration? {
        let failedAt = bench.moment.instant
        bench.finish(.failed(failure))
        bench.finish(.released)
        return bench.machine.retryAt.map { $0 - failedAt }
    }

    @Test func theDelayDoublesUpToItsLimitAndEndsWithTheBudget() {
        let bench = Self.bench(4)
        bench.initialize()
        var delays: [Duration?] = []
        for _ in 0..<4 {
            delays.append(Self.failLoad(bench))
            #expect(bench.fire(.retry).trigger == .retry)
        }
        #expect(delays == [.seconds(10), .seconds(20), .seconds(35), .seconds(35)])
        #expect(bench.finish(.failed(.unreadable)).acts.contains(.settle(.start, false)))
        #expect(bench.machine.retryAt == nil)
        #expect(bench.state == .error)
    }

    /// So that a restart, which knows nothing of the budget, can tell that this run was to be tried again.
    @Test func theRowOfAFailureSaysWhenTheNextAttemptBegins() throws {
        let bench = Self.bench(2)
        bench.initialize()
        for delay in [Duration.seconds(10), .seconds(20)] {
            let failedAt = bench.moment.wall
            bench.finish(.failed(.unreadable))
            #expect(bench.lastRow?.to == .error)
            #expect(bench.lastRow?.retryAt == failedAt + delay)
            bench.finish(.released)
            bench.fire(.retry)
            #expect(bench.lastRow?.retryAt == nil)
        }
        bench.finish(.failed(.unreadable))
        #expect(bench.lastRow?.to == .error)
        #expect(bench.lastRow?.retryAt == nil)
    }

    @Test func callersHearNothingUntilTheLastAttemptHasEnded() {
        let bench = Self.bench(1)
        bench.initialize()
        #expect(
            bench.finish(.failed(.unreadable))
                == .moves(
                    .error, .loadFailed, .modelLoadFailed,
                    .drop(.deadline, .stall, .warmup), .set(.retry), .start(.release)))
        bench.finish(.released)
        bench.fire(.retry)
        #expect(bench.finish(.loaded).acts.contains(.settle(.start, true)))
    }

    @Test func aRetryIsANewRunOfTheSameRequest() throws {
        let bench = Self.bench(2)
        bench.initialize(timeout: .seconds(77))
        let first = try #require(bench.lastRow)
        Self.failLoad(bench)
        bench.fire(.retry)
        let second = try #require(bench.lastRow)
        #expect(second.run.correlationID == first.run.correlationID)
        #expect(second.run.runID != first.run.runID)
        #expect(second.run.attempt == 2)
        #expect(second.ordinal == 1)
        #expect(bench.armed[.deadline] == bench.moment.instant + .seconds(77))
    }

    @Test(arguments: FailureReason.allCases)
    func onlyARetryableReasonIsTriedAgain(reason: FailureReason) {
        let bench = Self.bench(3)
        bench.initialize()
        Self.failLoad(bench, Failure(reason, "broken"))
        #expect((bench.machine.retryAt != nil) == reason.isRetryable)
    }

    @Test func theBudgetIsNotFullAgainAfterAShortReady() {
        let bench = Self.bench(1)
        bench.initialize()
        Self.failLoad(bench)
        bench.fire(.retry)
        bench.finish(.loaded)
        bench.advance(by: .seconds(599))
        bench.providerExits()
        #expect(bench.machine.retryAt == nil)
    }

    @Test func theBudgetIsFullAgainAfterAStableReady() throws {
        let bench = Self.bench(1)
        bench.initialize()
        Self.failLoad(bench)
        bench.fire(.retry)
        bench.finish(.loaded)
        bench.advance(by: .seconds(600))
        let crashed = bench.moment.instant
        bench.providerExits()
        #expect(bench.machine.retryAt == crashed + .seconds(10))
        bench.finish(.released)
        bench.fire(.retry)
        #expect(bench.lastRow?.run.attempt == 3)
    }

    @Test func aLongLoadIsNoStableReady() {
        let bench = Self.bench(1)
        bench.initialize(timeout: .seconds(5_000))
        Self.failLoad(bench)
        bench.fire(.retry)
        bench.advance(by: .seconds(4_000))
        bench.finish(.failed(.unreadable))
        #expect(bench.machine.retryAt == nil)
    }

    @Test func anInitializeInsteadOfAPlannedRetryBeginsItsOwnRequestWithAFullBudget() throws {
        let bench = Self.bench(1)
        bench.initialize()
        Self.failLoad(bench)
        let plan = bench.runGeneration
        #expect(bench.initialize().trigger == .initialize)
        #expect(bench.lastRow?.run.attempt == 1)
        #expect(bench.machine.retryAt == nil)
        #expect(bench.send(.timerFired(.retry, generation: plan)) == .stays())
        Self.failLoad(bench)
        #expect(bench.machine.retryAt != nil)
    }

    @Test func anUnloadInsteadOfAPlannedRetryEndsTheRequest() {
        let bench = Self.bench(1)
        bench.initialize()
        Self.failLoad(bench)
        let plan = bench.runGeneration
        #expect(bench.unload().acts.contains(.settle(.start, false)))
        #expect(bench.machine.retryAt == nil)
        bench.finish(.released)
        #expect(bench.send(.timerFired(.retry, generation: plan)) == .stays())
        #expect(bench.state == .uninitialized)
    }

    @Test func aPlannedRetryDoesNotSurviveAFailedUnload() {
        let bench = Self.bench(1)
        bench.initialize()
        Self.failLoad(bench)
        bench.unload()
        bench.finish(.failed(.stuck))
        #expect(bench.state == .error)
        #expect(bench.fire(.retry) == .stays())
        #expect(bench.awaitReady() == .stays(.answer(false)))
    }

    @Test func aRetryWaitsForALoadThatStillBlocks() {
        let bench = Self.bench(1)
        bench.initialize()
        bench.fire(.deadline)
        bench.fire(.retry)
        #expect(bench.state == .loading)
        #expect(bench.started.map(\.kind) == [.load])
        bench.finish(.loaded)
        bench.finish(.released)
        #expect(bench.finish(.loaded).to == .ready)
    }

    @Test(arguments: [(0, 3), (2, 3), (3, 4), (Int.max, Int.max)])
    func anyBudgetHasALimitOfInterruptions(budget: Int, limit: Int) {
        #expect(RetryPolicy(maximumRetries: budget).interruptionLimit == limit)
    }
}
