import LifecycleEngine
import ModelLifecycle
import ModelLifecycleTesting
import TestSupport
import Testing

@Suite("The stream of transitions, and the end of a preloader", .noDeadlock, .turn(of: "LifecycleEngineTests"))
struct TransitionStreamTests {
    @Test func everyReaderGetsEveryTransitionInOrder() async throws {
        try await withBench { bench in
            let readers = (0..<8).map { _ in collect(bench.preloader.transitions) }
            for _ in 0..<50 {
                #expect(await bench.preloader.initialize())
                #expect(await bench.preloader.unload())
            }
            await bench.preloader.close()
            for reader in readers { #expect(await reader.value == bench.rows) }
            #expect(bench.rows.count == 250)
        }
    }

    @Test func aReaderWhoComesToItLateMissesNothing() async throws {
        try await withBench { bench in
            let unread = bench.preloader.transitions
            for _ in 0..<200 {
                #expect(await bench.preloader.initialize())
                #expect(await bench.preloader.unload())
            }
            await bench.preloader.close()
            #expect(await collect(unread).value == bench.rows)
        }
    }

    @Test func aReaderWhoStopsHoldsNobodyUp() async throws {
        try await withBench { bench in
            let impatient = Task {
                for await _ in bench.preloader.transitions { break }
            }
            #expect(await bench.preloader.initialize())
            impatient.cancel()
            await impatient.value
            #expect(await bench.preloader.unload())
            try await bench.seen(5)
        }
    }

    @Test func aStreamBeginsWithTheNextTransition() async throws {
        try await withBench { bench in
            #expect(await bench.preloader.initialize())
            let late = bench.preloader.transitions
            #expect(await bench.preloader.unload())
            await bench.preloader.close()
            #expect(await collect(late).value.map(\.to) == [.unloading, .uninitialized])
        }
    }

    @Test func healthIsNeverBehindTheStream() async throws {
        try await withBench { bench in
            let reader = Task<ModelHealth?, Never> {
                for await transition in bench.preloader.transitions where transition.to == .ready {
                    return bench.preloader.health
                }
                return nil
            }
            #expect(await bench.preloader.initialize())
            #expect(await reader.value?.ready == true)
        }
    }

    // MARK: - The end

    @Test func closeAnswersThoseWhoWaitAndEndsTheStreams() async throws {
        try await withBench { bench in
            bench.provider.script(.load, .wait(Gate()))
            let reader = collect(bench.preloader.transitions)
            let starter = try await bench.startLoading()
            await bench.preloader.close()
            #expect(await starter.value == false)
            #expect(await reader.value.map(\.to) == [.loading])
        }
    }

    @Test func aClosedPreloaderRefusesEverything() async throws {
        try await withBench { bench in
            await bench.preloader.close()
            #expect(await bench.preloader.initialize() == false)
            #expect(await bench.preloader.waitUntilReady() == false)
            #expect(await bench.preloader.unload() == false)
            #expect(await collect(bench.preloader.transitions).value.isEmpty)
            #expect(bench.rows.isEmpty)
        }
    }

    @Test func closeLeavesAReadyModelToTheNextEngine() async throws {
        try await withBench { bench in
            #expect(await bench.preloader.initialize())
            await bench.preloader.close()
            #expect(bench.path.last == .ready)
            #expect(bench.provider.count(.unload) == 0)
        }
    }

    @Test func aPreloaderThatNobodyHoldsEnds() async throws {
        let provider = ScriptedProvider()
        let registry = ASRProviderRegistry()
        registry.register(ProviderInformation(name: "scripted", summary: "for tests")) { _ in provider }
        var preloader: ModelPreloader? = try await ModelPreloader(
            configuration: RunConfiguration(model: "en-us", provider: "scripted"), registry: registry,
            logger: .silent, clock: ManualClock().engine)
        let transitions = try #require(preloader?.transitions)
        preloader = nil
        // Its streams end with it.
        #expect(await collect(transitions).value.isEmpty)
    }

    private func collect(_ transitions: AsyncStream<Transition>) -> Task<[Transition], Never> {
        Task { await transitions.reduce(into: []) { $0.append($1) } }
    }
}
