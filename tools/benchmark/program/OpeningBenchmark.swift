import Foundation
import LifecycleJournal
import ModelLifecycle

/// Leaves runs in flight behind, of an engine that is gone when this process is.
struct DanglingRuns {
    let path: String
    let count: Int

    func leave() async throws {
        let journal = try EngineJournal(path: path)
        var recorders: [ModelRecorder] = []
        for number in 0..<count {
            let claimed = try await journal.claim(RunConfiguration(model: "dangling-\(number)", provider: "none"))
            guard let recorder = claimed.recorder as? ModelRecorder else { continue }
            recorders.append(recorder)
        }
        let outcomes = AsyncStream<Result<Void, any Error>> { continuation in
            for recorder in recorders {
                let now = WallTime.now
                let run = RunIdentity(runID: RunID(at: now), correlationID: CorrelationID(at: now), attempt: 1)
                recorder.append(
                    Transition(
                        run: run, ordinal: 1, from: .uninitialized, to: .loading, trigger: .initialize, at: now,
                        elapsed: nil, failure: nil, warmups: [])
                ) { continuation.yield($0) }
            }
        }
        var left = recorders.count
        for await outcome in outcomes {
            try outcome.get()
            left -= 1
            if left == 0 { break }
        }
        // As a kill does: nothing is closed.
        _exit(0)
    }
}

/// How long an engine takes to open a journal, what it settles included.
struct OpeningBenchmark {
    let path: String

    /// Prints nanoseconds, and how many runs were settled.
    func run() throws {
        let begun = ContinuousClock.now
        let journal = try EngineJournal(path: path)
        let elapsed = ContinuousClock.now - begun
        print(elapsed.wholeMicroseconds * 1000)
        print(journal.recovered.count)
        try journal.close()
    }
}

/// Transitions at a steady pace, for those who follow.
struct TickBenchmark {
    let path: String
    let count: Int
    let milliseconds: Int

    /// Prints each row's run ID and the instant of its commit, CLOCK_MONOTONIC in nanoseconds.
    func run() async throws {
        let journal = try EngineJournal(path: path)
        let claimed = try await journal.claim(RunConfiguration(model: "ticking-\(getpid())", provider: "none"))
        for number in 0..<count {
            let now = WallTime.now
            let run = RunIdentity(runID: RunID(at: now), correlationID: CorrelationID(at: now), attempt: 1)
            try await claimed.recorder.append(
                Transition(
                    run: run, ordinal: 1, from: number == 0 ? .uninitialized : .error, to: .loading,
                    trigger: .initialize, at: now, elapsed: nil, failure: nil, warmups: []))
            var instant = timespec()
            clock_gettime(CLOCK_MONOTONIC, &instant)
            print(run.runID, instant.tv_sec * 1_000_000_000 + instant.tv_nsec)
            try await claimed.recorder.append(
                Transition(
                    run: run, ordinal: 2, from: .loading, to: .error, trigger: .loadFailed, at: now,
                    elapsed: .zero, failure: Failure(.modelLoadFailed, "a tick"), warmups: []))
            try await Task.sleep(for: .milliseconds(milliseconds))
        }
        try journal.close()
    }
}
