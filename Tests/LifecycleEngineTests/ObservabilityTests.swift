import InMemoryLogging
import InMemoryTracing
import LifecycleEngine
import Logging
import MetricsTestKit
import ModelLifecycle
import ModelLifecycleTesting
import TestSupport
import Testing
import Tracing

@Suite("Log lines, metrics and spans", .noDeadlock, .turn(of: "LifecycleEngineTests"))
struct ObservabilityTests {
    // MARK: - Logs

    @Test func eachPhaseIsALineThatNamesModelRunAndRequest() async throws {
        try await withBench { bench in
            let load = Gate()
            bench.provider.script(.load, .wait(load))
            let starter = try await bench.startLoading()
            bench.clock.advance(by: .milliseconds(1500))
            load.open()
            #expect(await starter.value)
            #expect(await bench.preloader.unload())
            #expect(
                bench.messages(.info) == [
                    "Phase 1/3: loading model", "Model loaded in 1500 ms", "Phase 2/3: warming up, 1 inference",
                    "Phase 3/3: model ready", "Unloading model", "Model unloaded",
                ])
            let run = bench.rows[0].run
            let metadata: Logger.Metadata = [
                "model": "en-us", "run_id": "\(run.runID)", "correlation_id": "\(run.correlationID)", "attempt": "1",
            ]
            #expect(bench.log.allSatisfy { $0.metadata == metadata })
        }
    }

    @Test func withoutWarmupThereAreTwoPhases() async throws {
        try await withBench(prepare: { $0.warmup.level = .none }) { bench in
            #expect(await bench.preloader.initialize())
            #expect(bench.messages(.info) == ["Phase 1/2: loading model", "Phase 2/2: model ready"])
        }
    }

    @Test func aFailureIsAnErrorLineWithItsReason() async throws {
        try await withBench { bench in
            bench.provider.script(.load, .fail(ProviderError(description: "bad magic number")))
            #expect(await bench.preloader.initialize() == false)
            #expect(bench.errors == ["Model failed in LOADING: ModelLoadFailed: bad magic number"])
            #expect(bench.log.last?.metadata["run_id"] == "\(bench.rows[0].run.runID)")
        }
    }

    // MARK: - Metrics

    @Test func loadAndWarmupTimesAreMeasuredInNanoseconds() async throws {
        try await withBench { bench in
            let load = Gate()
            let warmUp = Gate()
            bench.provider.script(.load, .wait(load))
            bench.provider.script(.warmUp, .wait(warmUp))
            let starter = try await bench.startLoading()
            bench.clock.advance(by: .milliseconds(1500))
            load.open()
            try await bench.provider.begun(.warmUp)
            bench.clock.advance(by: .milliseconds(20))
            warmUp.open()
            #expect(await starter.value)
            let model = [("model", "en-us"), ("provider", "scripted")]
            let loads = try bench.metrics.expectTimer("modeljournal_model_load_duration_seconds", model)
            #expect(loads.values == [1_500_000_000])
            let warmups = try bench.metrics.expectTimer("modeljournal_model_warmup_duration_seconds", model)
            #expect(warmups.values == [20_000_000])
        }
    }

    @Test func outcomesAddUpOverTheModelsWholeLife() async throws {
        try await withBench { bench in
            for _ in 0..<3 {
                #expect(await bench.preloader.initialize())
                #expect(await bench.preloader.unload())
            }
            bench.provider.script(.load, .fail(ProviderError(description: "no")))
            #expect(await bench.preloader.initialize() == false)
            bench.provider.script(.load, .wait(Gate()))
            _ = try await bench.startLoading()
            #expect(await bench.preloader.unload())

            #expect(try total(bench, "modeljournal_loads_total", "outcome", "ready") == 3)
            #expect(try total(bench, "modeljournal_loads_total", "outcome", "failed") == 1)
            #expect(try total(bench, "modeljournal_loads_total", "outcome", "cancelled") == 1)
            #expect(try total(bench, "modeljournal_unloads_total", "reason", "Requested") == 3)
            #expect(try total(bench, "modeljournal_unloads_total", "reason", "Cancelled") == 1)
            #expect(try total(bench, "modeljournal_failures_total", "reason", "ModelLoadFailed") == 1)
            let loads = try bench.metrics.expectTimer(
                "modeljournal_model_load_duration_seconds", [("model", "en-us"), ("provider", "scripted")])
            // A load that failed or was cancelled has no load time.
            #expect(loads.values.count == 3)
        }
    }

    private func total(_ bench: EngineBench, _ label: String, _ name: String, _ value: String) throws -> Int64 {
        try bench.metrics.expectCounter(label, [("model", "en-us"), ("provider", "scripted"), (name, value)]).totalValue
    }

    // MARK: - Spans

    @Test func eachRunIsASpanWithAChildForEachPhase() async throws {
        try await withBench { bench in
            #expect(await bench.preloader.initialize())
            #expect(await bench.preloader.unload())
            let spans = bench.tracer.finishedSpans
            #expect(spans.map(\.operationName) == ["load", "warm-up", "model start"])
            #expect(bench.tracer.activeSpans.isEmpty)
            let run = try #require(spans.last)
            #expect(run.parentSpanID == nil)
            #expect(spans.dropLast().allSatisfy { $0.parentSpanID == run.spanID && $0.traceID == run.traceID })
            #expect(spans.allSatisfy { $0.errors.isEmpty && $0.status == nil })
            #expect(run.attributes["model"]?.toSpanAttribute() == .string("en-us"))
            #expect(run.attributes["run_id"]?.toSpanAttribute() == .string(bench.rows[0].run.runID.rawValue))
            #expect(
                run.attributes["correlation_id"]?.toSpanAttribute()
                    == .string(bench.rows[0].run.correlationID.rawValue))
        }
    }

    @Test func eachRunHasATraceOfItsOwn() async throws {
        try await withBench(prepare: { $0.warmup.level = .none }) { bench in
            for _ in 0..<2 {
                #expect(await bench.preloader.initialize())
                #expect(await bench.preloader.unload())
            }
            let spans = bench.tracer.finishedSpans
            #expect(spans.map(\.operationName) == ["load", "model start", "load", "model start"])
            #expect(Set(spans.map(\.traceID)).count == 2)
        }
    }

    @Test func aRunBelongsToTheTraceOfWhoeverAskedForIt() async throws {
        try await withBench(prepare: { $0.warmup.level = .none }) { bench in
            let request = bench.tracer.startSpan("request", context: .topLevel)
            await ServiceContext.withValue(request.context) { #expect(await bench.preloader.initialize()) }
            #expect(await bench.preloader.unload())
            request.end()
            let run = try #require(bench.tracer.finishedSpans.first { $0.operationName == "model start" })
            #expect(run.traceID == request.context.inMemorySpanContext?.traceID)
            #expect(run.parentSpanID == request.context.inMemorySpanContext?.spanID)
        }
    }

    @Test func aFailureIsRecordedOnThePhaseAndOnTheRun() async throws {
        let failure = Failure(.warmupFailed, "shape mismatch")
        try await withBench { bench in
            bench.provider.script(.warmUp, .fail(failure))
            #expect(await bench.preloader.initialize() == false)
            let spans = bench.tracer.finishedSpans
            #expect(spans.map(\.operationName) == ["load", "warm-up", "model start"])
            #expect(spans.map { $0.errors.compactMap { $0.error as? Failure } } == [[], [failure], [failure]])
            #expect(spans.map { $0.status?.code } == [nil, .error, .error])
            #expect(bench.tracer.activeSpans.isEmpty)
        }
    }

    @Test func underThePolicyWarnOnlyTheWarmupFailed() async throws {
        try await withBench(prepare: { $0.warmup.policy = .warn }) { bench in
            bench.provider.script(.warmUp, .fail(ProviderError(description: "shape mismatch")))
            #expect(await bench.preloader.initialize())
            #expect(bench.tracer.finishedSpans.map { $0.status?.code } == [nil, .error, nil])
        }
    }

    @Test func aCancelledRunIsNoError() async throws {
        try await withBench { bench in
            bench.provider.script(.load, .wait(Gate()))
            let starter = try await bench.startLoading()
            #expect(await bench.preloader.unload())
            #expect(await starter.value == false)
            let spans = bench.tracer.finishedSpans
            #expect(spans.map(\.operationName) == ["load", "model start"])
            #expect(spans.allSatisfy { $0.errors.isEmpty && $0.status == nil })
            #expect(spans.last?.attributes["outcome"]?.toSpanAttribute() == .string("cancelled"))
        }
    }

    @Test func theProviderWorksInThePhasesContext() async throws {
        let contexts = Watched<[String?]>([])
        let provider = ContextProvider {
            contexts.update { $0.append(ServiceContext.current?.inMemorySpanContext?.spanID) }
        }
        let registry = ASRProviderRegistry()
        registry.register(ProviderInformation(name: "context", summary: "for tests")) { _ in provider }
        let tracer = InMemoryTracer()
        let preloader = try await ModelPreloader(
            configuration: RunConfiguration(model: "en-us", provider: "context"), registry: registry, logger: .silent,
            tracer: tracer, clock: ManualClock().engine)
        #expect(await preloader.initialize())
        #expect(contexts.value == tracer.finishedSpans.prefix(2).map(\.spanID))
    }
}

/// Tells in which context it loads and warms up.
private struct ContextProvider: ASRProvider {
    let name = "context"
    let capabilities = ProviderCapabilities()
    let tell: @Sendable () -> Void

    func availability() async -> ProviderAvailability { .available(version: nil) }
    func load(_ context: LoadContext) async throws { tell() }
    func warmUp(_ audio: AudioSamples) async throws { tell() }
    func transcribe(_ audio: AudioSamples) async throws -> Transcript { Transcript(text: "") }
    func unload() async throws {}
}
