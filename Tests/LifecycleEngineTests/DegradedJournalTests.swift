import LifecycleEngine
import ModelLifecycle
import ModelLifecycleTesting
import TestSupport
import Testing

@Suite("A journal that fails while the engine runs", .noDeadlock, .turn(of: "LifecycleEngineTests"))
struct DegradedJournalTests {
    private static let diskFull = ProviderError(description: "disk full")

    @Test func theModelServesWhileItsTransitionsWait() async throws {
        try await withBench { bench in
            bench.recorder.fail(Self.diskFull)
            #expect(await bench.preloader.initialize())
            #expect(bench.rows.isEmpty)
            #expect(bench.preloader.health.ready)
            #expect(bench.preloader.health.journalDegraded)
            let transcript = try await bench.preloader.transcribe(anyAudio)
            #expect(transcript.text == "heard 3 samples")
            #expect(bench.errors == ["the journal cannot be written, transitions wait in memory: disk full"])
        }
    }

    @Test func onceTheDiskAllowsTheyAreWrittenInOrderWithTheirOriginalTimes() async throws {
        try await withBench { bench in
            let load = Gate()
            bench.provider.script(.load, .wait(load))
            bench.recorder.fail(Self.diskFull)
            let starter = try await bench.startLoading()
            bench.clock.advance(by: .milliseconds(400))
            load.open()
            #expect(await starter.value)
            try await bench.seen(3)

            bench.recorder.heal()
            try await bench.clock.advance(toSleeperAt: .seconds(1))
            try await bench.recorder.stored(3)
            await bench.settle()
            #expect(bench.rows == bench.seen.value)
            #expect(bench.rows.map(\.elapsed) == [nil, .milliseconds(400), .zero])
            #expect(bench.rows[1].at.microseconds - bench.rows[0].at.microseconds == 400_000)
            #expect(!bench.preloader.health.journalDegraded)
        }
    }

    @Test func theNextTransitionTakesTheWaitingOnesWithIt() async throws {
        try await withBench { bench in
            bench.recorder.fail(Self.diskFull)
            #expect(await bench.preloader.initialize())
            bench.recorder.heal()
            #expect(await bench.preloader.unload())
            #expect(bench.path == [.loading, .warmingUp, .ready, .unloading, .uninitialized])
            #expect(!bench.preloader.health.journalDegraded)
        }
    }

    @Test func theJournalIsTriedAgainEverySecond() async throws {
        try await withBench { bench in
            bench.recorder.fail(Self.diskFull)
            #expect(await bench.preloader.initialize())
            for second in 1...5 {
                let attempts = bench.recorder.attempts
                try await bench.clock.advance(toSleeperAt: .seconds(second))
                try await bench.recorder.tried(attempts + 1)
            }
            #expect(bench.preloader.health.journalDegraded)
            bench.recorder.heal()
            try await bench.clock.advance(toSleeperAt: .seconds(6))
            try await bench.recorder.stored(3)
        }
    }

    @Test func closeHandsBackWhatCouldNotBeWritten() async throws {
        try await withBench { bench in
            #expect(await bench.preloader.initialize())
            bench.recorder.fail(Self.diskFull)
            #expect(await bench.preloader.unload())
            let unwritten = await bench.preloader.close()
            #expect(unwritten.map(\.to) == [.unloading, .uninitialized])
        }
    }

    @Test func closeWritesWhatTheDiskTakesByThen() async throws {
        try await withBench { bench in
            #expect(await bench.preloader.initialize())
            bench.recorder.fail(Self.diskFull)
            #expect(await bench.preloader.unload())
            bench.recorder.heal()
            #expect(await bench.preloader.close().isEmpty)
            #expect(bench.path == [.loading, .warmingUp, .ready, .unloading, .uninitialized])
        }
    }

    @Test func aClosedModelThatIsAtRestCanBeDrivenAgain() async throws {
        try await withBench { bench in
            #expect(await bench.preloader.initialize())
            #expect(await bench.preloader.unload())
            await bench.preloader.close()
            #expect(bench.journal.released == [EngineBench.model])
        }
        try await withBench { bench in
            #expect(await bench.preloader.initialize())
            await bench.preloader.close()
            #expect(bench.journal.released == [])
        }
    }

    @Test func retriesPauseWhileTooManyTransitionsWait() async throws {
        let patient = RetryPolicy(maximumRetries: 10_000, backoff: .seconds(10), maximumDelay: .seconds(10))
        try await withBench(prepare: { $0.retry = patient }) { bench in
            for _ in 0..<512 { bench.provider.script(.load, .fail(ProviderError(description: "no"))) }
            bench.recorder.fail(Self.diskFull)
            bench.preloader.begin()
            for attempt in 1..<512 {
                try await bench.seen(2 * attempt)
                try await bench.clock.advance(toSleeperAt: .seconds(10 * attempt))
            }
            try await bench.seen(1024)
            try await bench.clock.advance(toSleeperAt: .seconds(5120))
            try await bench.clock.sleeper(at: .seconds(5121))
            await bench.settle()
            #expect(bench.preloader.statistics.runs == 512)
            #expect(bench.preloader.health.nextRetryAt != nil)
            bench.recorder.heal()
            // The journal's timer and the retry's own may each have been set a moment later than the other.
            while bench.seen.value.count < 1025 {
                bench.clock.advance(by: .seconds(1))
                await Task.yield()
            }
            #expect(await bench.preloader.unload())
        }
    }

    @Test func newRunsAreRefusedOnceTooManyTransitionsWait() async throws {
        try await withBench { bench in
            bench.provider.setAvailability(.unavailable(reason: "no library"))
            bench.recorder.fail(Self.diskFull)
            // Each run leaves two rows.
            for _ in 0..<512 { #expect(await bench.preloader.initialize() == false) }
            let runs = bench.preloader.statistics.runs
            bench.provider.setAvailability(.available(version: nil))
            #expect(await bench.preloader.initialize() == false)
            #expect(bench.preloader.statistics.runs == runs)
            #expect(bench.errors.last == "initialize refused: too many transitions wait for the journal")

            bench.recorder.heal()
            try await bench.clock.advance(toSleeperAt: .seconds(1))
            try await bench.recorder.stored(1024)
            #expect(await bench.preloader.initialize())
        }
    }

    // MARK: - Fenced: another engine drives the model

    @Test func anEngineThatLostTheModelStopsAndLetsTheProviderGo() async throws {
        try await withBench { bench in
            let warmUp = Gate()
            bench.provider.script(.warmUp, .wait(warmUp))
            let starter = Task { await bench.preloader.initialize() }
            try await bench.provider.begun(.warmUp)
            let joiner = try await bench.join(timeout: .seconds(60))
            bench.recorder.fence("engine 7 drives the model")
            warmUp.open()
            #expect(await starter.value == false)
            #expect(await joiner.value == false)
            try await bench.provider.returned(.unload)
            #expect(bench.provider.inMemory == 0)
            #expect(bench.path == [.loading, .warmingUp])
            #expect(bench.errors == ["this engine no longer drives the model: engine 7 drives the model"])
            // Whoever follows must not wait for ever.
            var later = bench.preloader.transitions.makeAsyncIterator()
            #expect(await later.next() == nil)
        }
    }

    @Test func whatALostModelHoldsAndCannotGiveBackIsTold() async throws {
        try await withBench { bench in
            #expect(await bench.preloader.initialize())
            bench.provider.script(.unload, .fail(ProviderError(description: "stuck")))
            bench.recorder.fence("engine 7 drives the model")
            #expect(await bench.preloader.unload() == false)
            try await eventually("the warning") {
                bench.warnings.contains { $0.contains("may still be in memory: ") && $0.contains("stuck") }
            }
        }
    }

    @Test func aReadyModelThatWasLostServesNobody() async throws {
        try await withBench { bench in
            #expect(await bench.preloader.initialize())
            bench.recorder.fence("engine 7 drives the model")
            #expect(await bench.preloader.unload() == false)
            try await bench.provider.returned(.unload)
            let health = bench.preloader.health
            #expect(!health.ready)
            #expect(health.lastError == Failure(.superseded, "engine 7 drives the model"))
            #expect(health.summary == "Backend not ready (Superseded: engine 7 drives the model)")
            await #expect(throws: ModelNotReady.self) { try await bench.preloader.transcribe(anyAudio) }
            #expect(await bench.preloader.initialize() == false)
            #expect(await bench.preloader.waitUntilReady() == false)
            #expect(await bench.preloader.unload() == false)
            #expect(bench.provider.count(.load) == 1)
        }
    }

    @Test func aLostModelIsNotWrittenAgain() async throws {
        try await withBench { bench in
            bench.recorder.fail(Self.diskFull)
            #expect(await bench.preloader.initialize())
            bench.recorder.fence("engine 7 drives the model")
            #expect(await bench.preloader.unload() == false)
            let attempts = bench.recorder.attempts
            try await bench.clock.advance(toSleeperAt: .seconds(1))
            await bench.settle()
            #expect(bench.recorder.attempts == attempts)
            #expect(bench.errors.count == 2)
        }
    }
}
