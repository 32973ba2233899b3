import Foundation
import JournalCare
import JournalRendering
import JournalReports
import LifecycleJournal
import ModelLifecycle
import TestSupport

/// Journals with a past that a seed decides.
extension Store {
    /// - Parameters:
    ///   - host: the machine that it says it comes from.
    ///   - days: runs begin so many days after each other, roughly.
    func makeJournal(_ name: String, runs: Int, seed: Int, host: String? = nil, days: Double = 0.1) async throws {
        let origin = host == nil ? path(name) : path(name + ".origin")
        try await append(runs: runs, seed: seed, to: origin, days: days)
        guard let host else { return }
        let lines = path(name + ".ndjson")
        var text = ""
        try JournalReader(path: origin).export(afterSeq: 0) { transition in
            var transition = transition
            transition.row.host = host
            text += JSONText.compact(transition.value) + "\n"
        }
        try Data(text.utf8).write(to: URL(filePath: lines))
        let handle = try FileHandle(forReadingFrom: URL(filePath: lines))
        _ = try JournalImport(path: path(name)).perform(from: handle.fileDescriptor, name: lines)
        try handle.close()
    }

    /// Runs more models, of which the last ones may still be in flight.
    func append(runs: Int, seed: Int, to journal: String, days: Double = 0.1) async throws {
        var random = SplitMix(seed: UInt64(seed))
        let engine = try EngineJournal(path: journal, programVersion: "tests")
        var models: [Past] = []
        for model in ["en-us", "it's \\ \"x\"", "日本語"] {
            var configuration = RunConfiguration(
                model: model, provider: model == "en-us" ? "server" : "pocketsphinx")
            configuration.startupTimeout = .seconds(Int.random(in: 1...3, using: &random))
            configuration.options = ["probe": "http://user:s3cret@127.0.0.1:8080/"]
            models.append(Past(try await engine.claim(configuration)))
        }
        var at = WallTime(microseconds: 1_790_000_000_000_000 + Int64(seed) * 1_000_000)
        for _ in 0..<runs {
            let place = Int.random(in: models.indices, using: &random)
            try await models[place].run(&random, &at)
            at = WallTime(
                microseconds: at.microseconds + Int64(Double.random(in: 0...2, using: &random) * days * 86_400_000_000))
        }
        try engine.close()
    }

    /// Three models with a past: one is loading, one is warming up as it also did before its warm-up was changed, and one was
    /// interrupted three times in a row.
    func makeStarting(_ name: String, seed: Int) async throws {
        var random = SplitMix(seed: UInt64(seed))
        var at = WallTime(microseconds: 1_790_000_000_000_000 + Int64(seed) * 1_000_000)
        func use(_ models: [String], inferences: Int, runs: Int, until end: [String: ModelState] = [:]) async throws {
            let engine = try EngineJournal(path: path(name), programVersion: "tests")
            for model in models {
                var configuration = RunConfiguration(model: model, provider: "server")
                (configuration.warmup.level, configuration.warmup.fullCount) = (.full, inferences)
                var past = Past(try await engine.claim(configuration))
                for _ in 0..<runs { try await past.run(&random, &at, until: end[model]) }
            }
            try engine.close()
        }
        for inferences in [3, 5] { try await use(["loading", "warming", "looping"], inferences: inferences, runs: 9) }
        for _ in 0..<3 { try await use(["looping"], inferences: 3, runs: 1, until: ["looping": .loading]) }
        // It also says what became of the last engine's run.
        try await use(
            ["loading", "warming"], inferences: 3, runs: 1, until: ["loading": .loading, "warming": .warmingUp])
    }
}

/// One model whose runs come one after the other.
private struct Past {
    let claimed: ClaimedModel
    var state: ModelState

    init(_ claimed: ClaimedModel) {
        self.claimed = claimed
        state = claimed.state
    }

    /// - Parameter end: the state in which it is left, without a failure before; nil for a run that ends.
    mutating func run(_ random: inout SplitMix, _ at: inout WallTime, until end: ModelState? = nil) async throws {
        let run = RunIdentity(
            runID: RunID(at: at), correlationID: CorrelationID(at: at), attempt: Int.random(in: 1...3, using: &random))
        var ordinal = 0
        func duration(_ random: inout SplitMix, _ most: Int64) -> Duration {
            .microseconds(Int64(Double(most) * Double.random(in: 0...1, using: &random)))
        }
        func append(
            _ trigger: Trigger, _ to: ModelState, elapsed: Duration?, failure: Failure? = nil,
            warmups: [WarmupMeasurement] = [], load: LoadFacts = LoadFacts()
        ) async throws {
            ordinal += 1
            var transition = Transition(
                run: run, ordinal: ordinal, from: state, to: to, trigger: trigger, at: at, elapsed: elapsed,
                failure: failure, warmups: warmups, version: trigger == .loaded ? "3.\(ordinal)\u{0}b" : nil)
            transition.load = load
            try await claimed.recorder.append(transition)
            state = to
            at = WallTime(microseconds: at.microseconds + (elapsed?.wholeMicroseconds ?? 1))
        }
        // What stands behind a NUL byte counts as well.
        var failure = Failure(
            .modelLoadFailed, "no \u{1b}[31mfile\u{0} '\(Int.random(in: 0...3, using: &random))'\nat all")
        failure.outputTail = "loading\n\u{0} buffer\u{FFFD}\nno such file \(ordinal)\n"
        failure.evidence = FailureEvidence(lastProbe: "500 \u{0} broken")
        try await append(.initialize, .loading, elapsed: nil)
        guard end != .loading else { return }
        if Int.random(in: 0..<6, using: &random) == 0, end == nil {
            return try await append(.loadFailed, .error, elapsed: duration(&random, 90_000), failure: failure)
        }
        let load = LoadFacts(
            queue: duration(&random, 100), digest: nil, spawn: duration(&random, 5000), processID: 4711,
            identity: ModelIdentity(bytes: 12, modifiedAt: at, digest: String(repeating: "a", count: 64)))
        try await append(.loaded, .warmingUp, elapsed: duration(&random, 4_000_000), load: load)
        guard end != .warmingUp else { return }
        if Int.random(in: 0..<6, using: &random) == 0 {
            return try await append(
                .warmupFailed, .error, elapsed: duration(&random, 90_000), failure: Failure(.warmupFailed, "no answer"),
                warmups: [
                    WarmupMeasurement(elapsed: .microseconds(7)),
                    WarmupMeasurement(elapsed: .microseconds(9), error: "no \u{0} answer"),
                ])
        }
        try await append(
            .warmed, .ready, elapsed: duration(&random, 80_000), warmups: [WarmupMeasurement(elapsed: .microseconds(5))]
        )
        try await append(.unload, .unloading, elapsed: duration(&random, 3_600_000_000))
        try await append(.unloaded, .uninitialized, elapsed: duration(&random, 2000))
    }
}
