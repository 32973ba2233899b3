import Foundation
import LifecycleJournal
import ModelLifecycle

/// Transitions of several models through one engine's journal, each acknowledged before the model's next one.
struct AppendBenchmark {
    let path: String
    let models: Int
    let transitions: Int
    /// Between two transitions of a model; a real model's come seconds apart.
    var pause = Duration.zero
    /// Whether each run leaves notes beside its transitions, as a server's output and evidence do.
    var leavesNotes = false

    /// Prints how long each append took in nanoseconds, a line each, and on the last line the whole.
    func run() async throws {
        let journal = try EngineJournal(path: path)
        var recorders: [any TransitionRecorder] = []
        for model in 0..<models {
            recorders.append(
                try await journal.claim(RunConfiguration(model: "model-\(getpid())-\(model)", provider: "none"))
                    .recorder)
        }
        let share = transitions / models
        let begun = ContinuousClock.now
        let times = try await withThrowingTaskGroup(of: [Duration].self) { group in
            for recorder in recorders {
                group.addTask { try await lifecycles(share, recorder) }
            }
            return try await group.reduce(into: []) { $0 += $1 }
        }
        let whole = ContinuousClock.now - begun
        for time in times { print(nanoseconds(time)) }
        print(nanoseconds(whole))
        try journal.close()
    }

    private func lifecycles(_ count: Int, _ recorder: any TransitionRecorder) async throws -> [Duration] {
        var times: [Duration] = []
        times.reserveCapacity(count)
        var lifecycle = Lifecycle()
        var notes: [Task<Void, any Error>] = []
        for _ in 0..<count {
            let transition = lifecycle.next()
            let begun = ContinuousClock.now
            try await recorder.append(transition)
            times.append(ContinuousClock.now - begun)
            if leavesNotes { notes.append(note(recorder, transition)) }
            if pause > .zero { try await Task.sleep(for: pause) }
        }
        for note in notes { try await note.value }
        return times
    }

    /// One note a transition, written while the model goes on: 4 KiB of output and what is known.
    private func note(_ recorder: any TransitionRecorder, _ transition: Transition) -> Task<Void, any Error> {
        let line = "2026-01-01 12:00:00 INFO loading layer 17 of 32 \(transition.ordinal)\n"
        let note = RunNote(
            .output, output: String(repeating: line, count: 4096 / line.utf8.count),
            evidence: FailureEvidence(rssPeakBytes: 1 << 30, lastProbe: "GET http://127.0.0.1:8080/health answered 503")
        )
        return Task { try await recorder.append(note, at: transition.at, of: transition.run.runID) }
    }

    private func nanoseconds(_ duration: Duration) -> Int64 {
        duration.components.seconds * 1_000_000_000 + duration.components.attoseconds / 1_000_000_000
    }
}

/// Good lifecycles without an end.
private struct Lifecycle {
    private static let moves: [(Trigger, ModelState, ModelState)] = [
        (.initialize, .uninitialized, .loading), (.loaded, .loading, .warmingUp), (.warmed, .warmingUp, .ready),
        (.unload, .ready, .unloading), (.unloaded, .unloading, .uninitialized),
    ]

    private var step = 0
    private var run = RunIdentity(runID: RunID(at: .now), correlationID: CorrelationID(at: .now), attempt: 1)

    mutating func next() -> Transition {
        let now = WallTime.now
        let (trigger, from, to) = Self.moves[step % Self.moves.count]
        if to == .loading {
            run = RunIdentity(runID: RunID(at: now), correlationID: CorrelationID(at: now), attempt: 1)
        }
        defer { step += 1 }
        return Transition(
            run: run, ordinal: step % Self.moves.count + 1, from: from, to: to, trigger: trigger, at: now,
            elapsed: .milliseconds(1), failure: nil, warmups: [], version: nil)
    }
}
