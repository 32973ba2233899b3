import Logging
import ModelLifecycle
import Synchronization

/// The way of notes into the journal: one after another, beside the transitions, which never wait for them.
///
/// A run may leave only so many notes, and so much text in them: a server that misbehaves for weeks must not fill
/// the disk. Notes that the disk refuses are tried again with the next one; the oldest go first if too many wait.
final class NoteForwarder: Sendable {
    /// How many notes a run may leave.
    static let limit = 600
    /// How much text they may hold together, in bytes.
    static let sizeLimit = 8 << 20
    /// How many may wait for the disk.
    private static let waitingLimit = 64

    private struct Pending: Sendable {
        var id: Int
        var note: RunNote
        var at: WallTime
        var run: RunID
    }

    private struct State {
        var waiting: [Pending] = []
        var nextID = 0
        var run: RunID?
        var count = 0
        var size = 0
        /// The task that writes, for those who wait for it.
        var writing: Task<Void, Never>?
        var hasWarned = false
    }

    private let recorder: (any TransitionRecorder)?
    private let logger: Logger
    private let clock: EngineClock
    private let state = Mutex(State())

    init(recorder: (any TransitionRecorder)?, logger: Logger, clock: EngineClock) {
        self.recorder = recorder
        self.logger = logger
        self.clock = clock
    }

    /// Returns at once.
    func add(_ note: RunNote, of run: RunID) {
        guard recorder != nil else { return }
        let at = clock.wall()
        state.withLock { state in
            if state.run != run { (state.run, state.count, state.size) = (run, 0, 0) }
            let texts = [note.output, note.message, note.evidence?.answer]
            let size = texts.reduce(512) { $0 + ($1?.utf8.count ?? 0) }
            guard state.count < Self.limit, state.size + size <= Self.sizeLimit else { return }
            state.count += 1
            state.size += size
            var note = note
            if state.count == Self.limit {
                let last = "further notes of this run are not kept"
                note.message = note.message.map { "\($0); \(last)" } ?? last
            }
            state.nextID += 1
            state.waiting.append(Pending(id: state.nextID, note: note, at: at, run: run))
            if state.waiting.count > Self.waitingLimit { state.waiting.removeFirst() }
            if state.writing == nil { state.writing = Task.detached { [self] in await write() } }
        }
    }

    /// Returns once everything that was added before is written, or refused.
    func settle() async { await state.withLock { $0.writing }?.value }

    private func write() async {
        while let next = next() {
            do {
                try await recorder?.append(next.note, at: next.at, of: next.run)
                // Another one may have been dropped meanwhile to make room.
                state.withLock { if $0.waiting.first?.id == next.id { $0.waiting.removeFirst() } }
            } catch {
                let isFirst = state.withLock { state in
                    defer { state.hasWarned = true }
                    state.writing = nil
                    return !state.hasWarned
                }
                if isFirst { logger.warning("a note about the run could not be stored: \(error)") }
                return
            }
        }
    }

    /// - Returns: nil if nothing waits; the next note that is added begins a new task then.
    private func next() -> Pending? {
        state.withLock { state in
            if state.waiting.isEmpty { state.writing = nil }
            return state.waiting.first
        }
    }
}
