package import ModelLifecycle
package import ModelLifecycleTesting

/// One model's rows in memory, with the faults that a test asks for. It checks what a journal would
/// insist on: an unbroken legal path, and ordinals without a gap.
package final class RecordingRecorder: TransitionRecorder {
    private struct Contents: Sendable {
        var rows: [Transition] = []
        var processes: [Int32] = []
        var notes: [(run: RunID, note: RunNote)] = []
        var noteFailure: (any Error)?
        var noteGate: Gate?
        var attempts = 0
        var gate: Gate?
        var failure: (any Error)?
        var violations: [String] = []
        var last: Position

        mutating func store(_ row: Transition) {
            let isNewRun = row.run.runID != last.run
            if row.from != last.state { violations.append("\(row.from) follows \(last.state)") }
            if row.ordinal != (isNewRun ? 1 : last.ordinal + 1) {
                violations.append("ordinal \(row.ordinal) of \(row.run.runID) follows \(last.ordinal)")
            }
            if isNewRun != (row.to == .loading) { violations.append("\(row.from) to \(row.to) in the wrong run") }
            if !LifecycleTable.isLegal(from: row.from, trigger: row.trigger, to: row.to) {
                violations.append("\(row.from) to \(row.to) by \(row.trigger.rawValue) is not legal")
            }
            rows.append(row)
            last = Position(state: row.to, run: row.run.runID, ordinal: row.ordinal)
        }
    }

    private struct Position: Sendable {
        var state: ModelState
        var run: RunID?
        var ordinal: Int
    }

    private let contents: Watched<Contents>

    /// - Parameters:
    ///   - state: where the model stands before the first row.
    ///   - run: its last run, and how many rows that has.
    package init(state: ModelState = .uninitialized, run: RunID? = nil, ordinal: Int = 0) {
        contents = Watched(Contents(last: Position(state: state, run: run, ordinal: ordinal)))
    }

    // MARK: - What a test asks for

    /// Holds every append until the gate opens.
    package func block() -> Gate {
        let gate = Gate()
        contents.update { $0.gate = gate }
        return gate
    }

    /// Holds every note until the gate opens.
    package func blockNotes() -> Gate {
        let gate = Gate()
        contents.update { $0.noteGate = gate }
        return gate
    }

    /// Refuses every append, until `heal`.
    package func fail(_ error: any Error) { contents.update { $0.failure = error } }

    /// Refuses every append for good: another engine drives the model.
    package func fence(_ detail: String) { fail(RecorderFailure.fenced(detail: detail)) }

    package func heal() { contents.update { ($0.failure, $0.noteFailure) = (nil, nil) } }

    /// Refuses every note, until `heal`.
    package func failNotes(_ error: any Error) { contents.update { $0.noteFailure = error } }

    // MARK: - What a test reads

    package var rows: [Transition] { contents.value.rows }
    /// The processes that were noted.
    package var processes: [Int32] { contents.value.processes }
    /// What became known of runs between their transitions.
    package var notes: [(run: RunID, note: RunNote)] { contents.value.notes }
    package var violations: [String] { contents.value.violations }

    /// Waits until this many notes are stored.
    package func noted(_ count: Int) async throws { try await contents.wait { $0.notes.count >= count } }

    /// How often an append was tried.
    package var attempts: Int { contents.value.attempts }

    /// Waits until this many rows are stored.
    package func stored(_ count: Int) async throws { try await contents.wait { $0.rows.count >= count } }

    /// Waits until an append was tried this often.
    package func tried(_ count: Int) async throws { try await contents.wait { $0.attempts >= count } }

    // MARK: - TransitionRecorder

    package func append(_ note: RunNote, at: WallTime, of run: RunID) async throws {
        let gate = contents.update { $0.noteGate }
        await gate?.passIgnoringCancellation()
        let failure = contents.update { contents in
            if contents.noteFailure == nil { contents.notes.append((run, note)) }
            return contents.noteFailure
        }
        if let failure { throw failure }
    }

    package func note(processID: Int32, of run: RunID) async throws {
        contents.update { $0.processes.append(processID) }
    }

    package func append(_ transition: Transition) async throws {
        let gate = contents.update { contents in
            contents.attempts += 1
            return contents.gate
        }
        await gate?.passIgnoringCancellation()
        let failure = contents.update { contents in
            if contents.failure == nil { contents.store(transition) }
            return contents.failure
        }
        if let failure { throw failure }
    }
}
