import LifecycleEngine
import ModelLifecycle
import ModelLifecycleTesting
import TestSupport
import Testing

@Suite("Failures of a provider", .noDeadlock, .turn(of: "LifecycleEngineTests"))
struct FailureTests {
    @Test func aProviderThatIsNotAvailableFailsTheLoad() async throws {
        try await withBench { bench in
            bench.provider.setAvailability(.unavailable(reason: "no library; apt install libpocketsphinx3"))
            #expect(await bench.preloader.initialize() == false)
            #expect(bench.path == [.loading, .error])
            #expect(bench.rows[1].trigger == .loadFailed)
            #expect(bench.rows[1].failure?.reason == .providerNotAvailable)
            #expect(bench.provider.count(.load) == 0)
            let health = bench.preloader.health
            #expect(!health.ready)
            #expect(
                health.summary
                    == "Backend not ready (ProviderNotAvailable: no library; apt install libpocketsphinx3)")
        }
    }

    @Test func anUnknownProviderFailsTheLoadAndNamesTheKnownOnes() async throws {
        try await withBench(prepare: { $0.provider = "whisper" }) { bench in
            #expect(await bench.preloader.initialize() == false)
            #expect(
                bench.rows[1].failure == Failure(.providerNotAvailable, "no provider 'whisper'; known: scripted"))
        }
    }

    @Test func aLoadThatThrowsKeepsTheErrorAndReleasesWhatIsLeft() async throws {
        try await withBench { bench in
            bench.provider.script(.load, .fail(ProviderError(description: "bad magic number")))
            #expect(await bench.preloader.initialize() == false)
            #expect(bench.rows[1].failure == Failure(.modelLoadFailed, "bad magic number"))
            #expect(bench.preloader.health.lastError == Failure(.modelLoadFailed, "bad magic number"))
            #expect(bench.preloader.statistics.failed == 1)
            try await bench.provider.returned(.unload)
            #expect(bench.provider.inMemory == 0)
        }
    }

    @Test func aProvidersOwnEvidenceIsKept() async throws {
        let evidence = Failure(.spawnFailed, "exited at once", exitCode: 127, outputTail: "no such file")
        try await withBench { bench in
            bench.provider.script(.load, .fail(evidence))
            #expect(await bench.preloader.initialize() == false)
            #expect(bench.rows[1].failure == evidence)
        }
    }

    @Test func afterAFailureTheNextInitializeIsANewRun() async throws {
        try await withBench { bench in
            bench.provider.script(.load, .fail(ProviderError(description: "no")))
            #expect(await bench.preloader.initialize() == false)
            bench.clock.advance(by: .seconds(2))
            #expect(await bench.preloader.initialize())
            #expect(bench.path == [.loading, .error, .loading, .warmingUp, .ready])
            #expect(bench.rows[2].elapsed == .seconds(2))
            #expect(bench.rows[2].run.attempt == 1)
            #expect(bench.preloader.health.lastError == nil)
        }
    }

    // MARK: - Failures of a loaded model

    @Test func aLoadedModelThatDiesIsAnErrorAtOnce() async throws {
        let death = Failure(.processExited, "exited with status 139", signal: 11)
        try await withBench { bench in
            #expect(await bench.preloader.initialize())
            bench.clock.advance(by: .seconds(9))
            try #require(bench.provider.contexts.first).reportFailure(death)
            try await bench.recorder.stored(4)
            try await bench.seen(4)
            #expect(bench.rows[3].to == .error)
            #expect(bench.rows[3].trigger == .providerExited)
            #expect(bench.rows[3].failure == death)
            #expect(bench.rows[3].elapsed == .seconds(9))
            #expect(!bench.preloader.health.ready)
            await #expect(throws: ModelNotReady(state: .error)) { try await bench.preloader.transcribe(anyAudio) }
            try await bench.provider.returned(.unload)
            #expect(bench.provider.inMemory == 0)
        }
    }

    @Test func aLoadedModelThatStopsAnsweringIsUnhealthy() async throws {
        try await withBench { bench in
            #expect(await bench.preloader.initialize())
            try #require(bench.provider.contexts.first).reportFailure(Failure(.runtimeUnhealthy, "no answer"))
            try await bench.recorder.stored(4)
            #expect(bench.rows[3].trigger == .providerUnhealthy)
        }
    }

    @Test func aProviderThatDiesWhileItLoadsNeedNotTimeOut() async throws {
        try await withBench { bench in
            bench.provider.script(.load, .wait(Gate()))
            let starter = try await bench.startLoading()
            try #require(bench.provider.contexts.first).reportFailure(Failure(.oomKilled, "out of memory", signal: 9))
            #expect(await starter.value == false)
            #expect(bench.rows[1].failure?.reason == .oomKilled)
        }
    }

    @Test func aReportAboutAnEarlierLoadDoesNotCount() async throws {
        try await withBench { bench in
            #expect(await bench.preloader.initialize())
            let old = try #require(bench.provider.contexts.first)
            #expect(await bench.preloader.unload())
            old.reportFailure(Failure(.processExited, "exited"))
            #expect(await bench.preloader.initialize())
            old.reportFailure(Failure(.processExited, "exited"))
            await bench.settle()
            #expect(bench.preloader.state == .ready)
        }
    }

    // MARK: - Use

    @Test func transcribeWorksOnlyInReady() async throws {
        try await withBench { bench in
            let load = Gate()
            bench.provider.script(.load, .wait(load))
            await #expect(throws: ModelNotReady(state: .uninitialized)) {
                try await bench.preloader.transcribe(anyAudio)
            }
            let starter = try await bench.startLoading()
            await #expect(throws: ModelNotReady(state: .loading)) { try await bench.preloader.transcribe(anyAudio) }
            load.open()
            #expect(await starter.value)
            let transcript = try await bench.preloader.transcribe(anyAudio)
            #expect(transcript.text == "heard 3 samples")
            #expect(await bench.preloader.unload())
            await #expect(throws: ModelNotReady(state: .uninitialized)) {
                try await bench.preloader.transcribe(anyAudio)
            }
            #expect(bench.provider.count(.transcribe) == 1)
        }
    }

    @Test func anErrorInUseLeavesTheModelReady() async throws {
        try await withBench { bench in
            bench.provider.script(.transcribe, .fail(ProviderError(description: "no speech")))
            #expect(await bench.preloader.initialize())
            await #expect(throws: ProviderError.self) { try await bench.preloader.transcribe(anyAudio) }
            #expect(bench.preloader.state == .ready)
        }
    }
}
