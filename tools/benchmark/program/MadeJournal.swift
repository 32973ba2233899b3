import Foundation
import LifecycleJournal
import ModelLifecycle

/// A year of a busy gateway, written through the engine's own append path: the same rows for the same seed, but
/// for the engine's and the journal's own names. Durations come from chance, and do not fit the times.
struct MadeJournal {
    let path: String
    let transitions: Int
    let models: Int
    let seed: UInt64

    private static let firstRow = WallTime(microseconds: 1_764_547_200_000_000)  // 2025-12-01
    private static let year: Int64 = 365 * 86_400 * 1_000_000

    func write() async throws {
        let journal = try EngineJournal(path: path)
        var random = SplitMix(state: seed)
        var made: [MadeModel] = []
        for number in 1...models {
            let name = "model-" + (number < 10 ? "0" : "") + String(number)
            let claimed = try await journal.claim(RunConfiguration(model: name, provider: "made"))
            guard let recorder = claimed.recorder as? ModelRecorder, claimed.state == .uninitialized else {
                throw Failure(.modelLoadFailed, "\(path) holds a journal already")
            }
            made.append(MadeModel(recorder: recorder))
        }
        let step = Self.year / Int64(transitions)
        var at = Self.firstRow.microseconds
        var written = 0
        while written < transitions {
            // Each round is a transaction or two: not every model takes part, so that they get out of step.
            var round: [(ModelRecorder, Transition)] = []
            for number in made.indices where random.next() % 4 > 0 && written < transitions {
                at += Int64(random.next() % UInt64(max(1, 2 * step)))
                let row = made[number].next(at: WallTime(microseconds: at), &random)
                round.append((made[number].recorder, row))
                written += 1
            }
            try await append(round)
            if written % 1_000_000 < round.count {
                FileHandle.standardError.write(Data("made \(written) of \(transitions) transitions\n".utf8))
            }
        }
        try journal.close()
    }

    private func append(_ rows: [(ModelRecorder, Transition)]) async throws {
        let outcomes = AsyncStream<Result<Void, any Error>> { continuation in
            for (recorder, row) in rows { recorder.append(row) { continuation.yield($0) } }
        }
        var left = rows.count
        guard left > 0 else { return }
        for await outcome in outcomes {
            try outcome.get()
            left -= 1
            if left == 0 { return }
        }
    }
}

/// One model's rows, run after run.
private struct MadeModel {
    let recorder: ModelRecorder
    private var run = RunIdentity(runID: RunID(rawValue: ""), correlationID: CorrelationID(stored: "-"), attempt: 1)
    private var ordinal = 0
    private var state = ModelState.uninitialized

    init(recorder: ModelRecorder) { self.recorder = recorder }

    mutating func next(at: WallTime, _ random: inout SplitMix) -> Transition {
        let chance = random.next() % 100
        let from = state
        var elapsed: Duration? = random.duration(median: 0.05)
        var failure: Failure?
        var warmups: [WarmupMeasurement] = []
        let trigger: Trigger
        switch state {
        case .uninitialized, .error:
            (trigger, state) = (begin(at: at, &random), .loading)
            elapsed = nil
        case .loading where chance < 8:
            (trigger, state) = (.loadFailed, .error)
            failure = Failure(.modelLoadFailed, "cannot read layer \(random.next() % 48): unexpected end of file")
        case .loading:
            (trigger, state) = (.loaded, .warmingUp)
            elapsed = random.duration(median: 2)
        case .warmingUp where chance < 4:
            (trigger, state) = (.warmupFailed, .error)
            failure = Failure(.warmupFailed, "the answer was empty")
        case .warmingUp:
            (trigger, state) = (.warmed, .ready)
            let warmup = random.duration(median: 0.3)
            elapsed = warmup
            warmups = [WarmupMeasurement(elapsed: warmup)]
        case .ready where chance < 3:
            (trigger, state) = (.providerExited, .error)
            failure = Failure(.processExited, "the server exited with status 1", exitCode: 1)
            elapsed = random.duration(median: 600)
        case .ready:
            (trigger, state) = (.unload, .unloading)
            elapsed = random.duration(median: 600)
        case .unloading: (trigger, state) = (.unloaded, .uninitialized)
        }
        ordinal += 1
        return Transition(
            run: run, ordinal: ordinal, from: from, to: state, trigger: trigger, at: at, elapsed: elapsed,
            failure: failure, warmups: warmups)
    }

    private mutating func begin(at: WallTime, _ random: inout SplitMix) -> Trigger {
        // A failed run is tried again, up to the fourth attempt.
        let isRetry = state == .error && run.attempt < 4
        run = RunIdentity(
            runID: RunID(rawValue: uuidVersion7(at: at, using: &random)),
            correlationID: isRetry
                ? run.correlationID : CorrelationID(stored: uuidVersion7(at: at, using: &random)),
            attempt: isRetry ? run.attempt + 1 : 1)
        ordinal = 0
        return isRetry ? .retry : .initialize
    }
}

/// Steele, Lea and Flood's generator: the same numbers on every machine.
private struct SplitMix: RandomNumberGenerator {
    var state: UInt64

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var mixed = state
        mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
        mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
        return mixed ^ (mixed >> 31)
    }

    /// As durations are: mostly near the median, now and then many times as long.
    /// - Parameter median: in seconds.
    mutating func duration(median: Double) -> Duration {
        let sum = (0..<4).reduce(0.0) { total, _ in total + Double(next() % 1000) / 1000 }
        return .microseconds(Int64(median * 1_000_000 * exp((sum - 2) * 1.2)))
    }
}
