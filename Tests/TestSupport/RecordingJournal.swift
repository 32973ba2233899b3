package import ModelLifecycle
import Synchronization

/// A journal in memory: one recorder for each model, and whatever past a test gives it.
package final class RecordingJournal: ModelJournal {
    /// Where a model stands when it is claimed.
    package struct Past: Sendable {
        package var state: ModelState
        package var run: RunIdentity?
        package var ordinal: Int
        package var lastFailure: Failure?

        package init(
            state: ModelState = .uninitialized, run: RunIdentity? = nil, ordinal: Int = 0, lastFailure: Failure? = nil
        ) {
            self.state = state
            self.run = run
            self.ordinal = ordinal
            self.lastFailure = lastFailure
        }
    }

    private struct Contents {
        var pasts: [String: Past] = [:]
        var recorders: [String: RecordingRecorder] = [:]
        var refusals: [String: any Error] = [:]
        var resumable: [ResumableRun] = []
        var released: [String] = []
    }

    private let contents = Mutex(Contents())

    package init() {}

    // MARK: - What a test asks for

    package func setPast(_ past: Past, of model: String) { contents.withLock { $0.pasts[model] = past } }

    /// Leaves a run behind as a dead engine does: its model in ERROR, interrupted.
    package func leave(_ interrupted: ResumableRun) {
        let past = Past(
            state: .error, run: interrupted.run, ordinal: 2,
            lastFailure: Failure(.interrupted, "its engine died"))
        contents.withLock { contents in
            contents.pasts[interrupted.configuration.model] = past
            contents.resumable.append(interrupted)
        }
    }

    /// The models that were given back, in that order.
    package var released: [String] { contents.withLock { $0.released } }

    /// Lets `claim` throw for this model.
    package func refuse(_ model: String, _ error: any Error) { contents.withLock { $0.refusals[model] = error } }

    /// The recorder of the model, the same one before and after it is claimed.
    package func recorder(of model: String) -> RecordingRecorder {
        contents.withLock { contents in
            if let recorder = contents.recorders[model] { return recorder }
            let past = contents.pasts[model] ?? Past()
            let recorder = RecordingRecorder(state: past.state, run: past.run?.runID, ordinal: past.ordinal)
            contents.recorders[model] = recorder
            return recorder
        }
    }

    // MARK: - ModelJournal

    package func claim(_ configuration: RunConfiguration) async throws -> ClaimedModel {
        let (past, refusal) = contents.withLock { contents in
            (contents.pasts[configuration.model] ?? Past(), contents.refusals[configuration.model])
        }
        if let refusal { throw refusal }
        return ClaimedModel(
            recorder: recorder(of: configuration.model), state: past.state, run: past.run, ordinal: past.ordinal,
            lastFailure: past.lastFailure)
    }

    /// Gives back what stands in UNINITIALIZED, or in ERROR without another attempt to come.
    @discardableResult
    package func release(model: String) async throws -> Bool {
        let past = contents.withLock { $0.pasts[model] ?? Past() }
        let last = recorder(of: model).rows.last
        guard !(last?.to ?? past.state).isInFlight, last?.retryAt == nil else { return false }
        contents.withLock { contents in
            contents.released.append(model)
            if let last {
                contents.pasts[model] = Past(
                    state: last.to, run: last.run, ordinal: last.ordinal, lastFailure: last.failure)
            }
        }
        return true
    }

    package func resumableRuns() async throws -> [ResumableRun] { contents.withLock { $0.resumable } }
}
