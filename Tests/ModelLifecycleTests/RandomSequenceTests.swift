import ModelLifecycle
import TestSupport
import Testing

/// Whatever happens in whatever order, what `ModelDriver` watches over holds.
@Suite("Random sequences")
struct RandomSequenceTests {
    static let sequencesPerBlock = 100
    static let eventsPerSequence = 200

    @Test(arguments: 0..<20)
    func anySequenceOfEventsKeepsTheInvariants(block: Int) {
        var moves: Set<LifecycleMove> = []
        for seed in block * Self.sequencesPerBlock..<(block + 1) * Self.sequencesPerBlock {
            var sequence = RandomSequence(seed: UInt64(seed))
            do {
                for _ in 0..<Self.eventsPerSequence { try sequence.step() }
                try sequence.settle()
            } catch {
                Issue.record("seed \(seed): \(error)\n\(sequence.driver.recent)")
                return
            }
            moves.formUnion(sequence.driver.moves)
        }
        // A sequence that reaches only half of the machine proves little.
        let unseen = LifecycleTable.moves.filter { $0.trigger != .recovered && !moves.contains($0) }
        #expect(unseen.isEmpty, "never seen: \(unseen.map { "\($0.from) \($0.trigger) \($0.to)" })")
    }

    @Test func theSameSeedGivesTheSameSequence() throws {
        func trace() throws -> String {
            var sequence = RandomSequence(seed: 7)
            for _ in 0..<10 { try sequence.step() }
            return "\(sequence.driver.state) \(sequence.driver.now) \(sequence.driver.lastGeneration)"
        }
        #expect(try trace() == trace())
    }
}

/// One random life of a model, repeatable by its seed.
struct RandomSequence {
    private(set) var driver: ModelDriver
    private var generator: SplitMix

    init(seed: UInt64) {
        generator = SplitMix(seed: seed)
        var configuration = RunConfiguration(model: "en-us", provider: "scripted")
        configuration.warmup.level = generator.oneIn(4) ? .none : .single
        configuration.warmup.policy = generator.oneIn(2) ? .warn : .fail
        configuration.warmup.timeout = generator.oneIn(3) ? nil : .seconds(6)
        configuration.loadStallTimeout = generator.oneIn(3) ? nil : .seconds(4)
        configuration.retry = RetryPolicy(
            maximumRetries: Int(generator.next() % 4), backoff: .seconds(2), maximumDelay: .seconds(7),
            stableAfter: .seconds(40))
        driver = ModelDriver(configuration)
    }

    mutating func step() throws {
        driver.advance(by: .milliseconds(Int64(generator.next() % (generator.oneIn(20) ? 60_000 : 900))))
        switch generator.next() % 100 {
        case 0..<35: try driver.finishWork(result(failsOneIn: 4))
        case 35..<50: _ = try driver.fireNextTimer()
        case 50..<68: try driver.initialize(timeout: .seconds(Int64(1 + generator.next() % 20)))
        case 68..<70: try driver.initialize(timeout: .seconds(10), trigger: generator.oneIn(2) ? .resume : .fallback)
        case 70..<73: try driver.send(.awaitReady(caller: driver.nextCaller()))
        case 73..<75: try driver.send(.awaitRelease(caller: driver.nextCaller()))
        case 75..<82: try driver.send(.unload(caller: driver.nextCaller(), timeout: .seconds(5)))
        case 82..<88: try driver.send(.progress(generation: driver.work?.generation ?? anyGeneration()))
        case 88..<94: try driver.send(providerFailure())
        case 94..<97: try driver.fire(anyTimer(), generation: anyGeneration())
        default: try driver.send(.workFinished(generation: anyOldGeneration(), anyResult()))
        }
    }

    /// Nothing new is asked for: the outstanding work succeeds and the timers fire. Then the model is
    /// unloaded, and nobody waits any more and nothing is in memory.
    mutating func settle() throws {
        try drain()
        guard nobodyWaitsForAStart || driver.state == .uninitialized else { throw unanswered }
        // Whoever waits in UNINITIALIZED hears of the next start.
        try driver.initialize(timeout: .seconds(1_000))
        try drain()
        guard nobodyWaitsForAStart, driver.state == .ready else { throw unanswered }
        try driver.send(.unload(caller: driver.nextCaller(), timeout: .seconds(1_000)))
        try drain()
        guard driver.waiting.isEmpty, driver.state == .uninitialized, !driver.machine.holdsModel else {
            throw unanswered
        }
    }

    /// Whoever waits until the memory is given back has to wait for the unload.
    private var nobodyWaitsForAStart: Bool { driver.waiting.values.allSatisfy { $0 == .release } }

    private var unanswered: ModelDriver.Violation {
        ModelDriver.Violation(description: "settled in \(driver.state), still waiting: \(driver.waiting)")
    }

    private mutating func drain() throws {
        for _ in 0..<1_000 {
            if driver.work != nil {
                try driver.finishWork(result(failsOneIn: nil))
            } else if try !driver.fireNextTimer() {
                return
            }
        }
        throw ModelDriver.Violation(description: "the machine does not come to rest")
    }

    /// An answer that the outstanding operation can give.
    private mutating func result(failsOneIn chance: UInt64?) -> WorkResult {
        if let chance, generator.oneIn(chance) {
            let reasons: [FailureReason] = [.modelLoadFailed, .providerNotAvailable, .processExited, .warmupFailed]
            return .failed(Failure(reasons[Int(generator.next() % 4)], "broken"))
        }
        return switch driver.work?.kind {
        case .load: .loaded
        case .warmUp: .warmed
        case .release, nil: .released
        }
    }

    private mutating func anyResult() -> WorkResult {
        [.loaded, .warmed, .released, .failed(.unreadable)][Int(generator.next() % 4)]
    }

    private mutating func anyTimer() -> LifecycleTimer {
        LifecycleTimer.allCases[Int(generator.next() % UInt64(LifecycleTimer.allCases.count))]
    }

    private mutating func anyGeneration() -> Int { Int(generator.next() % UInt64(driver.lastGeneration + 2)) }

    /// Any generation but that of the outstanding work, which returns once and through `finishWork`.
    private mutating func anyOldGeneration() -> Int {
        let generation = anyGeneration()
        return generation == driver.work?.generation ? 0 : generation
    }

    private mutating func providerFailure() -> LifecycleEvent {
        let generation = generator.oneIn(2) ? driver.lastGeneration : anyGeneration()
        let unhealthy = generator.oneIn(2)
        return .providerFailed(
            generation: generation, unhealthy ? .providerUnhealthy : .providerExited, unhealthy ? .unhealthy : .exited)
    }
}
