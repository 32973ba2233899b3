import ModelLifecycle
import Synchronization

/// What everybody may see of a model: only what is durable by now.
final class PublishedLifecycle: Sendable {
    private struct Contents {
        var health: ModelHealth
        var statistics = ModelStatistics()
        var streams: [Int: AsyncStream<Transition>.Continuation] = [:]
        var nextStream = 0
        var isFinished = false
    }

    private let contents: Mutex<Contents>

    init(_ health: ModelHealth) { contents = Mutex(Contents(health: health)) }

    var health: ModelHealth { contents.withLock { $0.health } }
    var statistics: ModelStatistics { contents.withLock { $0.statistics } }

    /// Every transition from now on, in order; nothing is dropped, however slow the reader is.
    func transitions() -> AsyncStream<Transition> {
        AsyncStream(bufferingPolicy: .unbounded) { continuation in
            let stream: Int? = contents.withLock { contents in
                guard !contents.isFinished else { return nil }
                contents.nextStream += 1
                contents.streams[contents.nextStream] = continuation
                return contents.nextStream
            }
            guard let stream else { return continuation.finish() }
            continuation.onTermination = { [weak self] _ in
                self?.contents.withLock { $0.streams[stream] = nil }
            }
        }
    }

    func publish(_ transition: Transition) {
        contents.withLock { contents in
            contents.health.apply(transition)
            contents.statistics.apply(transition)
            // Yielding under the lock keeps the order; it only enqueues.
            for stream in contents.streams.values { stream.yield(transition) }
        }
    }

    func setDegraded(_ degraded: Bool) { contents.withLock { $0.health.journalDegraded = degraded } }

    /// The model belongs to another engine now: what this one says of it no longer counts, and there
    /// will be no more of it.
    func giveUp(_ failure: Failure) {
        contents.withLock { contents in
            contents.health.ready = false
            contents.health.lastError = failure
        }
        finish()
    }

    func finish() {
        let streams = contents.withLock { contents in
            defer { contents.streams = [:] }
            contents.isFinished = true
            return Array(contents.streams.values)
        }
        for stream in streams { stream.finish() }
    }
}
