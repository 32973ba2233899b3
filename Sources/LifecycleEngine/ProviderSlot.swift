import Logging
import ModelLifecycle
import Synchronization
import Tracing

/// The provider that holds, or is about to hold, the model; and the three operations on it.
final class ProviderSlot: Sendable {
    private let configuration: RunConfiguration
    private let registry: ASRProviderRegistry
    private let clock: EngineClock
    private let recorder: (any TransitionRecorder)?
    private let logger: Logger
    private let digester = ModelDigester()
    private let headers = HeaderReading()
    /// What becomes known of a run between its transitions.
    let notes: NoteForwarder
    private let provider = Mutex<(any ASRProvider)?>(nil)
    private let doing = Mutex<String?>(nil)
    /// What every warm-up inference gets; made once, as it is 64 kB by default.
    private let silence: AudioSamples

    init(
        configuration: RunConfiguration, registry: ASRProviderRegistry, recorder: (any TransitionRecorder)?,
        logger: Logger, clock: EngineClock
    ) {
        self.configuration = configuration
        self.registry = registry
        self.clock = clock
        self.recorder = recorder
        self.logger = logger
        notes = NoteForwarder(recorder: recorder, logger: logger, clock: clock)
        silence =
            configuration.warmup.isEnabled ? configuration.warmup.silence : AudioSamples(samples: [], sampleRate: 0)
    }

    var current: (any ASRProvider)? { provider.withLock { $0 } }

    /// What the provider said last of what it is doing; nil if it has said nothing since the load began.
    var activity: String? { doing.withLock { $0 } }

    /// How far the model's files have been read for their digest; nil while they are not.
    var digestProgress: ModelDigester.Progress? { digester.progress }

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
        doing.withLock { $0 = nil }
        defer { doing.withLock { $0 = nil } }
        do {
            let provider = try registry.provider(
                named: configuration.provider, configuration: configuration.providerConfiguration)
            // From here on something may be in memory; `release` must find it.
            self.provider.withLock { $0 = provider }
            let version: String?
            switch await provider.availability() {
            case .available(let found):
                version = found
                note(version: found, nil, work)
            case .unavailable(let reason): throw Failure(.providerNotAvailable, reason)
            }
            let files = try await identify(work, report: report)
            try Task.checkCancellation()
            try await provider.load(
                LoadContext(
                    runID: work.run.runID, correlationID: work.run.correlationID, attempt: work.run.attempt,
                    modelBytes: files?.identity.bytes,
                    reportProgress: { report(.progress(generation: work.generation)) },
                    reportSpawn: { [weak self] processID in
                        report(.spawned(generation: work.generation, processID: processID))
                        if let processID {
                            var note = RunNote(.process)
                            note.processID = processID
                            self?.notes.add(note, of: work.run.runID)
                            await self?.note(processID, work)
                        }
                    },
                    reportFailure: { failure in
                        let trigger: Trigger =
                            failure.reason == .runtimeUnhealthy ? .providerUnhealthy : .providerExited
                        report(.providerFailed(generation: work.generation, trigger, failure.redacted))
                    },
                    reportNote: { [weak self, notes] note in
                        if note.kind == .status { self?.doing.withLock { $0 = note.message } }
                        notes.add(note, of: work.run.runID)
                    },
                    extendDeadline: { report(.deadlineExtended(generation: work.generation, by: $0)) }))
            return .loaded(version: version)
        } catch {
            // What the file is may be why: it belongs before the end of the run.
            if !(error is CancellationError) { await headers.finished(clock) }
            return .failed(Failure(error, as: .modelLoadFailed))
        }
    }

    /// Returns once everything that was told is written, or refused; also of the model's file, if that is read soon.
    func settleNotes() async {
        await headers.finished(clock)
        await notes.settle()
    }

    /// What is wrong with the model's file, for a run that ends before it was READY; nil if nothing is known to be.
    func faultyFile(of run: RunID) -> ModelFileHeader? { headers.header(of: run).flatMap { $0.isFaulty ? $0 : nil } }

    /// Tells what is about to be loaded.
    /// - Returns: nil if it is not known.
    private func identify(
        _ work: Work, report: @escaping @Sendable (LifecycleEvent) -> Void
    ) async throws -> ModelFiles? {
        guard let path = configuration.modelPath, let files = ModelFiles(at: path) else { return nil }
        let run = work.run.runID
        headers.begin(files, of: run) { [notes] header in
            var evidence = FailureEvidence()
            evidence.modelFile = header
            notes.add(RunNote(.process, evidence: evidence), of: run)
        }
        guard configuration.digestsModel else {
            note(version: nil, files.identity, work)
            report(.identified(generation: work.generation, files.identity, digest: nil))
            return files
        }
        let begun = clock.now()
        do {
            let identity = try await digester.identity(of: files) {
                report(.progress(generation: work.generation))
            }
            note(version: nil, identity, work)
            report(.identified(generation: work.generation, identity, digest: clock.now() - begun))
        } catch let cancellation as CancellationError {
            throw cancellation
        } catch {
            // Whether the model can be loaded without is for the provider to say.
            logger.warning("no digest of \(path): \(error)", metadata: metadata(work))
            report(.identified(generation: work.generation, files.identity, digest: clock.now() - begun))
        }
        return files
    }

    /// What is being loaded is on disk before the load has ended, which it may never do.
    private func note(version: String?, _ identity: ModelIdentity?, _ work: Work) {
        guard version != nil || identity != nil else { return }
        var note = RunNote(.process)
        note.version = version
        note.identity = identity
        notes.add(note, of: work.run.runID)
    }

    /// Only for the case that this engine is killed in a way that nothing can catch: the model can be used
    /// without.
    private func note(_ processID: Int32, _ work: Work) async {
        do { try await recorder?.note(processID: processID, of: work.run.runID) } catch {
            logger.warning(
                "process \(processID) is not in the journal, and would not be found after a crash: \(error)",
                metadata: metadata(work))
        }
    }

    private func metadata(_ work: Work) -> Logger.Metadata {
        [
            "model": "\(configuration.model)", "run_id": "\(work.run.runID)",
            "correlation_id": "\(work.run.correlationID)",
        ]
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
            letGo()
            return .released
        } catch {
            let failure = Failure(error, as: .unloadFailed)
            // A process that had to be killed holds no memory any more.
            guard failure.evidence?.killedAfterStopTimeout == true else { return .failed(failure) }
            letGo()
            return .releasedByForce(failure)
        }
    }

    private func letGo() {
        registry.evict(named: configuration.provider, configuration: configuration.providerConfiguration)
        provider.withLock { $0 = nil }
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
