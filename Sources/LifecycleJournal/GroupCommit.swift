import Dispatch
import Foundation
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
    package static let limit = 256

    private static let rowsBetweenSums = 512

    private struct State {
        var waiting: [(append: Append, completion: Completion)] = []
        var isCommitting = false
        /// The first commit looks, as engines may come and go with few rows each.
        var rowsSinceSums = GroupCommit.rowsBetweenSums
    }

    private let writer: JournalWriter
    private let state = Mutex(State())
    /// Its thread may wait for the disk as long as that takes.
    private let queue = DispatchQueue(label: "modeljournal.commit")
    private let ownThread = CommittingOnOwnThread()
    /// Entered while somebody is at it.
    private let work = DispatchGroup()

    init(_ writer: JournalWriter) { self.writer = writer }

    /// In the order of the calls.
    /// - Parameter mayWait: the caller's thread may do the work itself, where nobody is at it. Not for one that others
    ///   need, such as that of a user interface.
    package func append(_ append: @escaping Append, mayWait: Bool = false, completion: @escaping Completion) {
        let isFirst = state.withLock { state in
            state.waiting.append((append, completion))
            guard !state.isCommitting else { return false }
            state.isCommitting = true
            work.enter()
            return true
        }
        guard isFirst else { return }
        // What comes while it is at work goes to the other thread: nobody works for others for long.
        if mayWait, ownThread.commits(commitNext), !hasMore() { return }
        queue.async { while self.commitNext() {} }
    }

    /// Returns once everything that was appended before is durable or refused, and the log in order.
    package func settle() { work.wait() }

    /// - Returns: false, and lets go of the turn, where nothing waits.
    private func hasMore() -> Bool {
        state.withLock { state in
            guard state.waiting.isEmpty else { return true }
            state.isCommitting = false
            work.leave()
            return false
        }
    }

    /// - Returns: false where nothing waited; then the turn is somebody else's.
    private func commitNext() -> Bool {
        guard hasMore() else { return false }
        let batch = state.withLock { state in
            let batch = Array(state.waiting.prefix(Self.limit))
            state.waiting.removeFirst(batch.count)
            return batch
        }
        let begun = ContinuousClock.now
        let result = commit(batch.map(\.append))
        ownThread.note(ContinuousClock.now - begun)
        if case .failure(let error) = result, batch.count > 1, isRefusal(error) {
            // One of them is not allowed, and all were taken back: the others are.
            for (append, completion) in batch { completion(commit([append])) }
        } else {
            for (_, completion) in batch { completion(result) }
        }
        // The rows are durable; a checkpoint that has to wait for a reader only leaves a longer log, and sums that
        // are missing are computed by whoever needs them.
        if isTimeToAddUp(batch.count) { try? writer.addUp(most: 4) }
        try? writer.checkpointIfNeeded()
        return true
    }

    /// Now and then, as the journal's other engines append too.
    private func isTimeToAddUp(_ rows: Int) -> Bool {
        state.withLock { state in
            state.rowsSinceSums += rows
            guard state.rowsSinceSums >= Self.rowsBetweenSums else { return false }
            state.rowsSinceSums = 0
            return true
        }
    }

    private func commit(_ appends: [Append]) -> Result<Void, any Error> {
        Result { try writer.append { db in for append in appends { try append(db) } } }
    }

    /// Of the row; an error of the disk or of a lock is everybody's, and so is a journal that cannot be opened anew.
    private func isRefusal(_ error: any Error) -> Bool {
        if error is JournalError { return false }
        return (error as? DatabaseError).map { $0.resultCode == .SQLITE_CONSTRAINT } ?? true
    }
}

/// The place for the one thread of a process that may wait for a disk.
final class WaitingSlot: Sendable {
    static let ofProcess = WaitingSlot()

    private let isTaken = Atomic(false)

    package func take() -> Bool {
        isTaken.compareExchange(expected: false, desired: true, ordering: .relaxed).exchanged
    }
    package func leave() { isTaken.store(false, ordering: .relaxed) }
}

/// Whether a thread that wants a row to be durable commits it itself. Handing it to another thread and hearing from that
/// takes nearly as long as the disk. But the threads of Swift's tasks are as few as the processors, and a disk may not
/// answer for seconds: so one of a process's threads waits at most, another one goes on, and a disk that was slow lately
/// is not waited for.
struct CommittingOnOwnThread: ~Copyable {
    private static let hasOthers = ProcessInfo.processInfo.activeProcessorCount > 1
    /// Of a commit, after which the next one goes to another thread.
    private static let patience = Duration.milliseconds(20)

    private let slot: WaitingSlot
    private let isDiskQuick = Atomic(true)

    init(_ slot: WaitingSlot = .ofProcess) { self.slot = slot }

    package func note(_ commit: Duration) { isDiskQuick.store(commit < Self.patience, ordering: .relaxed) }

    /// - Returns: whether it was done here.
    func commits(_ commit: () -> Bool) -> Bool {
        guard Self.hasOthers, isDiskQuick.load(ordering: .relaxed), slot.take() else { return false }
        defer { slot.leave() }
        _ = commit()
        return true
    }
}
