import Dispatch
import ModelLifecycle
import Synchronization

/// Reads a model's files for their SHA-256, on a thread of its own: reading blocks. The last digest is
/// kept, and holds for as long as size and time of the files are the same.
package final class ModelDigester: Sendable {
    /// How much of the files has been read, while they are.
    package struct Progress: Sendable, Hashable {
        package var bytes: Int64
        package var total: Int64
    }

    private let last = Mutex<ModelIdentity?>(nil)
    private let reading = Mutex<Progress?>(nil)
    private let queue = DispatchQueue(label: "modeljournal.digest", qos: .utility)

    var progress: Progress? { reading.withLock { $0 } }

    /// - Parameter report: called now and then while the files are read, from another thread.
    /// - Throws: `CancellationError`, and what reading throws.
    func identity(of files: ModelFiles, report: @escaping @Sendable () -> Void) async throws -> ModelIdentity {
        var identity = files.identity
        if let last = last.withLock({ $0 }), last.bytes == identity.bytes, last.modifiedAt == identity.modifiedAt {
            return last
        }
        reading.withLock { $0 = Progress(bytes: 0, total: identity.bytes) }
        defer { reading.withLock { $0 = nil } }
        let cancelled = Flag()
        identity.digest = try await withTaskCancellationHandler {
            try await withCheckedThrowingContinuation { continuation in
                queue.async { [self] in
                    var sinceReport = 0
                    let result = Result {
                        try files.digest { read in
                            reading.withLock { $0?.bytes += Int64(read) }
                            sinceReport += read
                            if sinceReport >= 64 << 20 {
                                sinceReport = 0
                                report()
                            }
                            return !cancelled.isSet
                        }
                    }
                    continuation.resume(with: result)
                }
            }
        } onCancel: {
            cancelled.set()
        }
        last.withLock { $0 = identity }
        return identity
    }
}

private final class Flag: Sendable {
    private let value = Atomic(false)
    var isSet: Bool { value.load(ordering: .relaxed) }
    func set() { value.store(true, ordering: .relaxed) }
}
