import Dispatch
import GRDB
import Synchronization

/// Lets rows of several models share one transaction, and so one wait for the disk: what arrives while a
/// transaction is on its way gathers, and the next one takes all of it. Nobody waits for company, and nobody is
/// told of a row before it is durable.
final class GroupCommit: Sendable {
    /// Does its part of a transaction, perhaps twice: the first time may be taken back.
    typealias Append = @Sendable (Database) throws -> Void
    /// Told once, when the row is durable or will not be.
    typealias Completion = @Sendable (Result<Void, any Error>) -> Void

    /// The rows of one transaction: as many as keep others from waiting long for the write lock.
    static let limit = 256

    private struct State {
        var waiting: [(append: Append, completion: Completion)] = []
        var isCommitting = false
    }

    private let writer: JournalWriter
    private let state = Mutex(State())
    /// Its thread may wait for the disk; one of Swift's own may not.
    private let queue = DispatchQueue(label: "modeljournal.commit")

    init(_ writer: JournalWriter) { self.writer = writer }

    /// In the order of the calls.
    func append(_ append: @escaping Append, completion: @escaping Completion) {
        let isFirst = state.withLock { state in
            state.waiting.append((append, completion))
            defer { state.isCommitting = true }
            return !state.isCommitting
        }
        if isFirst { queue.async { self.commitAll() } }
    }

    /// Returns once everything that was appended before is durable or refused, and the log in order.
    func settle() { queue.sync {} }

    private func commitAll() {
        while true {
            let batch = state.withLock { state in
                let batch = Array(state.waiting.prefix(Self.limit))
                state.waiting.removeFirst(batch.count)
                if batch.isEmpty { state.isCommitting = false }
                return batch
            }
            guard !batch.isEmpty else { return }
            let result = commit(batch.map(\.append))
            if case .failure(let error) = result, batch.count > 1, isRefusal(error) {
                // One of them is not allowed, and all were taken back: the others are.
                for (append, completion) in batch { completion(commit([append])) }
            } else {
                for (_, completion) in batch { completion(result) }
            }
            // The rows are durable; a checkpoint that has to wait for a reader only leaves a longer log.
            try? writer.checkpointIfNeeded()
        }
    }

    private func commit(_ appends: [Append]) -> Result<Void, any Error> {
        Result { try writer.write { db in for append in appends { try append(db) } } }
    }

    /// Of the row; an error of the disk or of a lock is everybody's.
    private func isRefusal(_ error: any Error) -> Bool {
        (error as? DatabaseError).map { $0.resultCode == .SQLITE_CONSTRAINT } ?? true
    }
}
