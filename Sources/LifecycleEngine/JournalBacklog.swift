import ModelLifecycle

/// The way of transitions into the journal. While the disk refuses them they wait here, in order and
/// with their original times, and the model goes on serving.
struct JournalBacklog {
    /// How many rows may wait before new runs are refused.
    static let limit = 1024

    private let recorder: (any TransitionRecorder)?
    /// Not durable yet, oldest first.
    private(set) var waiting: [Transition] = []

    init(recorder: (any TransitionRecorder)?) { self.recorder = recorder }

    var isFull: Bool { waiting.count >= Self.limit }

    /// Puts the transition behind those that wait.
    /// - Returns: what has to be written before anybody may see the transition; nil without a journal.
    mutating func add(_ transition: Transition) -> JournalWrite? {
        guard recorder != nil else { return nil }
        waiting.append(transition)
        return write
    }

    /// What has to be written; nil where nothing waits.
    var write: JournalWrite? {
        guard let recorder, !waiting.isEmpty else { return nil }
        return JournalWrite(recorder: recorder, transitions: waiting)
    }

    mutating func remove(_ written: Int) { waiting.removeFirst(written) }
}

/// Transitions on their way into the journal.
struct JournalWrite: Sendable {
    struct Outcome: Sendable {
        /// How many are durable, from the oldest on.
        var written: Int
        /// Why the others are not.
        var error: (any Error)?
    }

    let recorder: any TransitionRecorder
    let transitions: [Transition]

    func perform() async -> Outcome {
        for (index, transition) in transitions.enumerated() {
            do { try await recorder.append(transition) } catch { return Outcome(written: index, error: error) }
        }
        return Outcome(written: transitions.count)
    }
}
