import ModelLifecycle
import Testing

@Suite("Warm-up")
struct WarmupTests {
    static func warming(_ policy: WarmupConfiguration.Policy, timeout: Duration? = .seconds(5)) -> Bench {
        let bench = Bench {
            $0.warmup.policy = policy
            $0.warmup.timeout = timeout
        }
        bench.initialize()
        bench.finish(.loaded)
        return bench
    }

    static let partial = [
        WarmupMeasurement(elapsed: .milliseconds(90)), WarmupMeasurement(elapsed: .milliseconds(4), error: "empty"),
    ]

    @Test func withoutWarmupALoadedModelIsReady() {
        let bench = Bench { $0.warmup.level = .none }
        bench.initialize()
        #expect(
            bench.finish(.loaded)
                == .moves(.ready, .loaded, .drop(.stall, .deadline), .settle(.start, true)))
        #expect(bench.lastRow?.version == "5.0")
    }

    @Test func withoutATimeoutOnlyTheDeadlineLimitsTheWarmup() {
        let bench = Self.warming(.fail, timeout: nil)
        #expect(bench.armed.keys.sorted { "\($0)" < "\($1)" } == [.deadline])
    }

    @Test func underThePolicyFailAFailedWarmupEndsTheRun() {
        let bench = Self.warming(.fail)
        for measurement in Self.partial { #expect(bench.measure(measurement) == .stays()) }
        #expect(
            bench.finish(.failed(.silent))
                == .moves(
                    .error, .warmupFailed, .warmupFailed,
                    .drop(.deadline, .stall, .warmup), .settle(.start, false), .start(.release)))
        #expect(bench.lastRow?.warmups == Self.partial)
        #expect(bench.machine.failure == .silent)
    }

    @Test func underThePolicyWarnAFailedWarmupIsReadyWithTheReasonOnTheRow() {
        let bench = Self.warming(.warn)
        for measurement in Self.partial { bench.measure(measurement) }
        #expect(
            bench.finish(.failed(.silent))
                == .moves(
                    .ready, .warmupFailed, .warmupFailed, .drop(.deadline, .warmup), .warn, .settle(.start, true)))
        #expect(bench.lastRow?.failure == .silent)
        #expect(bench.lastRow?.warmups == Self.partial)
        #expect(bench.machine.holdsModel)
    }

    @Test(arguments: [FailureReason.processExited, .oomKilled])
    func underThePolicyWarnADeadProviderIsStillAnError(reason: FailureReason) {
        let bench = Self.warming(.warn)
        #expect(bench.finish(.failed(Failure(reason, "gone"))).to == .error)
        #expect(bench.lastRow?.trigger == .providerExited)
    }

    @Test func underThePolicyWarnAProviderThatIsLostIsStillAnError() {
        let bench = Self.warming(.warn)
        #expect(bench.finish(.failed(Failure(.warmupFailed, "the decoder gave up", isFinal: true))).to == .error)
        #expect(bench.lastRow?.trigger == .warmupFailed)
    }

    @Test(arguments: [LifecycleTimer.warmup, .deadline])
    func whatWasMeasuredBeforeTheTimeWasOverStandsOnTheRow(timer: LifecycleTimer) {
        let bench = Self.warming(.fail)
        bench.measure(Self.partial[0])
        #expect(bench.fire(timer).to == .error)
        #expect(bench.lastRow?.warmups == [Self.partial[0]])
        bench.measure(Self.partial[1])
        bench.finish(.warmed)
        bench.initialize()
        #expect(bench.lastRow?.warmups == [])
    }

    @Test func whatWasMeasuredBeforeAnUnloadStandsOnTheRow() {
        let bench = Self.warming(.fail)
        bench.measure(Self.partial[0])
        bench.unload()
        #expect(bench.lastRow?.warmups == [Self.partial[0]])
    }

    @Test func aMeasurementOfAnOldWarmupDoesNotCount() {
        let bench = Self.warming(.fail)
        let old = bench.started[1].generation
        bench.fire(.deadline)
        bench.finish(.warmed)
        bench.finish(.released)
        bench.initialize()
        bench.finish(.loaded)
        bench.send(.warmupMeasured(generation: old, Self.partial[0]))
        bench.finish(.warmed)
        #expect(bench.lastRow?.warmups == [])
    }

    @Test func underThePolicyFailATimeoutEndsTheRunAtOnce() {
        let bench = Self.warming(.fail)
        #expect(bench.fire(.warmup).to == .error)
        #expect(bench.finish(.warmed) == .stays(.start(.release)))
    }

    @Test func underThePolicyWarnATimeoutIsReadyOnlyWhenTheProviderIsFree() {
        let bench = Self.warming(.warn)
        #expect(bench.fire(.warmup) == .stays(.interrupt))
        #expect(bench.state == .warmingUp)
        #expect(bench.finish(.failed(Failure(.cancelled, "stopped"))).to == .ready)
        #expect(bench.lastRow?.failure?.reason == .warmupFailed)
    }

    @Test func aWarmupThatEndsWellAfterItsTimeoutIsStillReportedAsLate() {
        let bench = Self.warming(.warn)
        bench.fire(.warmup)
        bench.measure(WarmupMeasurement(elapsed: .seconds(6)))
        #expect(bench.finish(.warmed).reason == .warmupFailed)
        #expect(bench.lastRow?.trigger == .warmupFailed)
        #expect(bench.lastRow?.warmups.count == 1)
    }

    @Test func aWarmupThatIgnoresItsTimeoutStillMeetsTheDeadline() {
        let bench = Self.warming(.warn)
        bench.fire(.warmup)
        #expect(bench.fire(.deadline).reason == .startupTimeout)
        #expect(bench.finish(.warmed) == .stays(.start(.release)))
    }

    @Test func aTimeoutOfOneRunDoesNotColourTheNext() {
        let bench = Self.warming(.warn)
        bench.fire(.warmup)
        bench.finish(.warmed)
        bench.unload()
        bench.finish(.released)
        bench.initialize()
        bench.finish(.loaded)
        #expect(bench.finish(.warmed).reason == nil)
    }

    @Test func theLevelSaysHowManyInferencesRun() {
        #expect(WarmupConfiguration(level: .none).inferenceCount == 0)
        #expect(!WarmupConfiguration(level: .none).isEnabled)
        #expect(WarmupConfiguration(level: .single).inferenceCount == 1)
        #expect(WarmupConfiguration(level: .full).inferenceCount == 5)
        #expect(WarmupConfiguration(level: .full, fullCount: 0).inferenceCount == 1)
    }

    @Test func theSilenceHasTheLengthAndRateThatAreConfigured() {
        let silence = WarmupConfiguration().silence
        #expect(silence.samples.count == 32_000)
        #expect(silence.sampleRate == 16_000)
        #expect(silence.samples.allSatisfy { $0 == 0 })
        let short = WarmupConfiguration(sampleRate: 8_000, audioDuration: .milliseconds(250)).silence
        #expect(short.samples.count == 2_000)
        #expect(WarmupConfiguration(audioDuration: .zero).silence.samples.isEmpty)
    }

    @Test(arguments: [
        Failure(.processExited, "gone"), Failure(.oomKilled, "killed"), Failure(.warmupFailed, "lost", isFinal: true),
    ])
    func alsoAfterItsTimeAProviderThatIsLostIsNotReady(failure: Failure) {
        let bench = Self.warming(.warn)
        bench.fire(.warmup)
        #expect(bench.finish(.failed(failure)).to == .error)
        #expect(bench.lastRow?.failure?.message == failure.message)
    }

    @Test(arguments: [
        (Duration.seconds(2), 16_000, 32_000), (.zero, 16_000, 0), (.seconds(2), 0, 0), (.seconds(2), -1, 0),
        (.seconds(Int64.min), 16_000, 0),
        (.seconds(1_000_000), 16_000, 28_800_000), (.seconds(1_000_000_000_000), .max, 28_800_000),
    ]) func silenceIsAsLongAsItSaysAndFitsIntoMemory(duration: Duration, rate: Int, count: Int) {
        let silence = WarmupConfiguration(sampleRate: rate, audioDuration: duration).silence
        #expect(silence.samples.count == count)
        #expect(silence.sampleRate == rate)
    }
}
