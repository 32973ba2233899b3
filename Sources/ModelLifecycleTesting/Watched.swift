import Synchronization

/// A value whose changes a test can wait for. Waiting costs no time: whoever changes the value wakes
/// those whose condition holds now.
package final class Watched<Value: Sendable>: Sendable {
    private struct Watcher {
        var isMet: @Sendable (Value) -> Bool
        var continuation: CheckedContinuation<Void, any Error>
    }

    private struct Contents {
        var value: Value
        var watchers: [Int: Watcher] = [:]
        var cancelled: Set<Int> = []
        var next = 0
    }

    private let contents: Mutex<Contents>

    package init(_ value: Value) { contents = Mutex(Contents(value: value)) }

    package var value: Value { contents.withLock { $0.value } }

    @discardableResult
    package func update<Result: Sendable>(_ change: @Sendable (inout Value) -> Result) -> Result {
        let (result, woken) = contents.withLock { contents in
            let result = change(&contents.value)
            let value = contents.value
            let met = contents.watchers.filter { $0.value.isMet(value) }
            for id in met.keys { contents.watchers[id] = nil }
            return (result, met.values.map(\.continuation))
        }
        for continuation in woken { continuation.resume() }
        return result
    }

    /// Returns once the condition holds, or has held in between.
    /// - Throws: `CancellationError`; a test that runs into its time limit ends by it.
    package func wait(until isMet: @escaping @Sendable (Value) -> Bool) async throws {
        let id = contents.withLock { contents in
            contents.next += 1
            return contents.next
        }
        try await withTaskCancellationHandler {
            try await withCheckedThrowingContinuation { continuation in
                let answer: Swift.Result<Void, any Error>? = contents.withLock { contents in
                    if contents.cancelled.remove(id) != nil { return .failure(CancellationError()) }
                    if isMet(contents.value) { return .success(()) }
                    contents.watchers[id] = Watcher(isMet: isMet, continuation: continuation)
                    return nil
                }
                if let answer { continuation.resume(with: answer) }
            }
        } onCancel: {
            let watcher = contents.withLock { contents in
                let watcher = contents.watchers.removeValue(forKey: id)
                if watcher == nil { contents.cancelled.insert(id) }
                return watcher
            }
            watcher?.continuation.resume(throwing: CancellationError())
        }
    }
}
