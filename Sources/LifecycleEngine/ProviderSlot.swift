import ModelLifecycle
import Synchronization
import Tracing

/// The provider that holds, or is about to hold, the model; and the three operations on it.
final class ProviderSlot: Sendable {
    private let configuration: RunConfiguration
    private let registry: ASRProviderRegistry
    private let clock: EngineClock
    private let recorder: (any TransitionRecorder)?
    private let provider = Mutex<(any ASRProvider)?>(nil)
    /// What every warm-up inference gets; made once, as it is 64 kB by default.
    private let silence: AudioSamples

    init(
        configuration: RunConfiguration, registry: ASRProviderRegistry, recorder: (any TransitionRecorder)?,
        clock: EngineClock
    ) {
        self.configuration = configuration
        self.registry = registry
        self.clock = clock
        self.recorder = recorder
        silence =
            configuration.warmup.isEnabled ? configuration.warmup.silence : AudioSamples(samples: [], sampleRate: 0)
    }

    var current: (any ASRProvider)? { provider.withLock { $0 } }

    /// - Parameter report: what the provider tells of its own accord.
    func perform(_ work: Work, report: @escaping @Sendable (LifecycleEvent) -> Void) async -> WorkResult {
        switch work.kind {
        case .load: await load(work, report: report)
        case .warmUp: await warmUp(work, report: report)
        case .release: await release()
        }
    }

    private func load(_ work: Work, report: @escaping @Sendable (LifecycleEvent) -> Void) async -> WorkResult {
        report(.loadBegan(generation: work.generation))
        do {
            let provider = try registry.provider(
                named: configuration.provider, configuration: configuration.providerConfiguration)
            // From here on something may be in memory; `release` must find it.
            self.provider.withLock { $0 = provider }
            let version: String?
            switch await provider.availability() {
            case .available(let found): version = found
            case .unavailable(let reason): throw Failure(.providerNotAvailable, reason)
            }
            if let path = configuration.modelPath, let identity = ModelIdentity(of: path) {
                report(.identified(generation: work.generation, identity))
            }
            try Task.checkCancellation()
            try await provider.load(
                LoadContext(
                    runID: work.run.runID, correlationID: work.run.correlationID, attempt: work.run.attempt,
                    reportProgress: { report(.progress(generation: work.generation)) },
                    reportSpawn: { [recorder] processID in
                        report(.spawned(generation: work.generation, processID: processID))
                        guard let processID else { return }
                        // Only for the case that this engine is killed in a way that nothing can catch; the
                        // transitions tell whether the journal can be written.
                        try? await recorder?.note(processID: processID, of: work.run.runID)
                    },
                    reportFailure: { failure in
                        let trigger: Trigger =
                            failure.reason == .runtimeUnhealthy ? .providerUnhealthy : .providerExited
                        report(.providerFailed(generation: work.generation, trigger, failure.redacted))
                    }))
            return .loaded(version: version)
        } catch { return .failed(Failure(error, as: .modelLoadFailed)) }
    }

    private func warmUp(_ work: Work, report: (LifecycleEvent) -> Void) async -> WorkResult {
        guard let provider = current else { return .failed(Failure(.warmupFailed, "the provider is gone")) }
        for _ in 0..<configuration.warmup.inferenceCount {
            let begun = clock.now()
            var failure: Failure?
            do {
                try Task.checkCancellation()
                try await provider.warmUp(silence)
            } catch { failure = Failure(error, as: .warmupFailed) }
            // Each as it ends: whatever may end the warm-up, those before are known.
            let measurement = WarmupMeasurement(elapsed: clock.now() - begun, error: failure?.message)
            report(.warmupMeasured(generation: work.generation, measurement))
            if let failure { return .failed(failure) }
        }
        return .warmed
    }

    func release() async -> WorkResult {
        guard let provider = current else { return .released }
        do {
            try await provider.unload()
            registry.evict(named: configuration.provider, configuration: configuration.providerConfiguration)
            self.provider.withLock { $0 = nil }
            return .released
        } catch { return .failed(Failure(error, as: .unloadFailed)) }
    }
}

extension Failure {
    /// What a provider threw, without secrets: its own `Failure`, anything else by its description.
    init(_ error: any Error, as reason: FailureReason) {
        switch error {
        case let failure as Failure: self = failure.redacted
        case is CancellationError: self.init(reason, "cancelled")
        default: self = Failure(reason, String(describing: error)).redacted
        }
    }
}
