import ModelLifecycle

/// The way of transitions into the journal. While the disk refuses them they wait here, in order and
/// with their original times, and the model goes on serving.
struct JournalBacklog {
    /// How many rows may wait before new runs are refused.
    static let limit = 1024

    private let recorder: (any TransitionRecorder)?
    private(set) var waiting: [Transition] = []

    init(recorder: (any TransitionRecorder)?) { self.recorder = recorder }

    var isDegraded: Bool { !waiting.isEmpty }
    var isFull: Bool { waiting.count >= Self.limit }

    /// Writes the transition, after those that wait.
    /// - Returns: why it has to wait; nil where it is durable.
    /// - Throws: `RecorderFailure` where the journal will never take it.
    mutating func append(_ transition: Transition) async throws(RecorderFailure) -> (any Error)? {
        guard recorder != nil else { return nil }
        waiting.append(transition)
        return try await flush()
    }

    @discardableResult
    mutating func flush() async throws(RecorderFailure) -> (any Error)? {
        guard let recorder else { return nil }
        while let next = waiting.first {
            do { try await recorder.append(next) } catch let error as RecorderFailure { throw error } catch {
                return error
            }
            waiting.removeFirst()
        }
        return nil
    }
}
