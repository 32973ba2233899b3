import Dispatch
import ModelFileFormats
import ModelLifecycle
import Synchronization

/// Reads the header of a model's file beside its load, on a thread of its own: the disk may be slow, or hang,
/// and no load waits for it.
final class HeaderReading: Sendable {
    /// How long the end of a load that failed, or of the engine, waits for a header that is still being read.
    static let patience = Duration.milliseconds(500)

    private struct State {
        var isReading = false
        /// The last one, and the run that it was read for.
        var header: (run: RunID, header: ModelFileHeader)?
        var waiting: [UInt64: CheckedContinuation<Void, Never>] = [:]
        var count: UInt64 = 0
    }

    private let state = Mutex(State())
    private let queue = DispatchQueue(label: "modeljournal.header", qos: .utility)

    /// What was read for this run, as far as it has been.
    func header(of run: RunID) -> ModelFileHeader? {
        state.withLock { $0.header.flatMap { $0.run == run ? $0.header : nil } }
    }

    /// Returns at once. While an earlier file still keeps the thread, nothing is read.
    /// - Parameter report: gets the header, from another thread, if the file is of a known format.
    func begin(_ files: ModelFiles, of run: RunID, report: @escaping @Sendable (ModelFileHeader) -> Void) {
        let isFree = state.withLock { state in
            if state.isReading { return false }
            state.isReading = true
            return true
        }
        guard isFree else { return }
        queue.async { [self] in
            let folder = ModelFolderOnDisk(path: files.folder)
            let header =
                files.name.map { ModelFileFormats.header(ofFile: $0, in: folder) }
                ?? ModelFileFormats.header(ofFolder: folder)
            if let header {
                state.withLock { $0.header = (run, header) }
                report(header)
            }
            let waiting = state.withLock { state in
                state.isReading = false
                defer { state.waiting = [:] }
                return state.waiting.values.map { $0 }
            }
            for continuation in waiting { continuation.resume() }
        }
    }

    /// Returns once nothing is being read, or the patience is over.
    func finished(_ clock: EngineClock) async {
        let id = state.withLock { state in
            state.count += 1
            return state.count
        }
        var timer: EngineClock.ScheduledCall?
        await withCheckedContinuation { continuation in
            let isReading = state.withLock { state in
                if state.isReading { state.waiting[id] = continuation }
                return state.isReading
            }
            guard isReading else { return continuation.resume() }
            timer = clock.schedule(clock.now() + Self.patience) { [self] in
                state.withLock { $0.waiting.removeValue(forKey: id) }?.resume()
            }
        }
        timer?()
    }
}
