import Synchronization

/// A value that is set once and that many tasks may wait for.
final class Outcome<Value: Sendable>: Sendable {
    private struct Contents {
        var value: Value?
        var waiting: [Int: CheckedContinuation<Value, any Error>] = [:]
        var cancelled: Set<Int> = []
        var nextID = 0
    }

    private let contents = Mutex(Contents())

    var current: Value? { contents.withLock { $0.value } }

    /// The first one counts.
    func set(_ value: Value) {
        let waiting = contents.withLock { contents -> [CheckedContinuation<Value, any Error>] in
            guard contents.value == nil else { return [] }
            contents.value = value
            defer { contents.waiting = [:] }
            return Array(contents.waiting.values)
        }
        for continuation in waiting { continuation.resume(returning: value) }
    }

    /// - Throws: `CancellationError` where the waiting task is cancelled before.
    func value() async throws -> Value {
        let id = contents.withLock { contents in
            contents.nextID += 1
            return contents.nextID
        }
        return try await withTaskCancellationHandler {
            try await withCheckedThrowingContinuation { continuation in
                let answer: Result<Value, any Error>? = contents.withLock { contents in
                    if let value = contents.value { return .success(value) }
                    if contents.cancelled.remove(id) != nil { return .failure(CancellationError()) }
                    contents.waiting[id] = continuation
                    return nil
                }
                if let answer { continuation.resume(with: answer) }
            }
        } onCancel: {
            let continuation = contents.withLock { contents in
                if contents.value == nil, contents.waiting[id] == nil { contents.cancelled.insert(id) }
                return contents.waiting.removeValue(forKey: id)
            }
            continuation?.resume(throwing: CancellationError())
        }
    }
}
