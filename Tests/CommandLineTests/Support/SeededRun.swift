import Foundation
import LifecycleJournal

@testable import ModelLifecycle

/// A run as a test wants it in a journal. It is recorded through the engine's own door, so the
/// journal's rules hold; only the times are made up.
struct SeededRun {
    struct Step {
        var to: ModelState
        var trigger: Trigger
        var elapsed: Duration?
        var failure: Failure?
        var warmups: [WarmupMeasurement] = []
    }

    var model = "en-us"
    var provider = "pocketsphinx"
    var correlationID: String?
    var attempt = 1
    var startupTimeout = Duration.seconds(300)
    var modelPath: String?
    var warmup = WarmupConfiguration()
    var version: String? = "3.0.0"
    var steps: [Step]

    static func unloaded(
        _ model: String = "en-us", load: Duration = .microseconds(352_417), warmup: Duration = .microseconds(48_020)
    ) -> SeededRun {
        SeededRun(
            model: model,
            steps: [
                Step(to: .loading, trigger: .initialize), Step(to: .warmingUp, trigger: .loaded, elapsed: load),
                Step(
                    to: .ready, trigger: .warmed, elapsed: warmup,
                    warmups: [WarmupMeasurement(elapsed: warmup - .microseconds(20))]),
                Step(to: .unloading, trigger: .unload, elapsed: .seconds(95)),
                Step(to: .uninitialized, trigger: .unloaded, elapsed: .milliseconds(7)),
            ])
    }

    static func failed(
        _ model: String = "en-us", _ failure: Failure = Failure(.modelLoadFailed, "the file means is damaged"),
        after elapsed: Duration = .milliseconds(120)
    ) -> SeededRun {
        SeededRun(
            model: model,
            steps: [
                Step(to: .loading, trigger: .initialize),
                Step(to: .error, trigger: .loadFailed, elapsed: elapsed, failure: failure),
            ])
    }

    /// Its engine dies while the model loads.
    static func abandoned(_ model: String = "en-us") -> SeededRun {
        SeededRun(model: model, steps: [Step(to: .loading, trigger: .initialize)])
    }
}

extension Workspace {
    /// Records runs in the journal, each by an engine of its own.
    func seed(_ runs: [SeededRun]) async throws {
        for run in runs { try await seed(run) }
    }

    func seed(_ run: SeededRun) async throws {
        let engine = try EngineJournal(path: journal, programVersion: "tests")
        let claimed = try await engine.claim(
            RunConfiguration(
                model: run.model, provider: run.provider, modelPath: run.modelPath, warmup: run.warmup,
                startupTimeout: run.startupTimeout))
        let identity = RunIdentity(
            runID: RunID(at: .now),
            correlationID: run.correlationID.map(CorrelationID.init(stored:)) ?? CorrelationID(at: .now),
            attempt: run.attempt)
        var state = claimed.state
        for (index, step) in run.steps.enumerated() {
            try await claimed.recorder.append(
                Transition(
                    run: identity, ordinal: index + 1, from: state, to: step.to, trigger: step.trigger, at: .now,
                    elapsed: step.elapsed, failure: step.failure, warmups: step.warmups,
                    version: step.trigger == .loaded ? run.version : nil))
            state = step.to
        }
        // An engine that is dropped without being closed counts as dead: its lock goes with it.
        if !state.isInFlight { try engine.close() }
    }
}
