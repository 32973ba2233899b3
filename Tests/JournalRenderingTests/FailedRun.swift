import ModelLifecycle
import OutputReading
import TestSupport

@testable import JournalCare
@testable import JournalRendering
@testable import JournalReports
@testable import LifecycleJournal

/// A run that failed, as a post-mortem gets it.
struct FailedRun {
    var reason = FailureReason.processExited
    var message: String? = "server exited with status 1 before it was ready"
    var phase = "LOADING"
    var signal: Int?
    var exitCode: Int?
    var serverPID: Int?
    var evidence: FailureEvidence?
    var modelBytes: Int64?
    var output: String?
    var elapsed: Int64? = 3_000_000
    var reachedReady = false
    var configuration = RunConfiguration(model: "my model", provider: "server")

    /// A run of a server with these options.
    init(_ reason: FailureReason = .processExited, options: [String: String] = [:]) {
        self.reason = reason
        configuration.options = options
    }

    var run: RunRow {
        let start = WallTime(microseconds: 1_795_401_067_120_482)
        let outcome: RunOutcome = reason == .interrupted ? .interrupted : .failed
        var run = RunRow(
            id: 1, runID: "01a2090e-ca1e-7000-8000-000000000000", model: configuration.model,
            provider: configuration.provider, version: nil, attempt: 1, correlationID: "c", startedAt: start,
            endedAt: WallTime(microseconds: start.microseconds + 3_000_000), state: "ERROR", outcome: Recorded(outcome),
            engineID: "engine", pid: 7, host: "host")
        run.reason = Recorded(reason)
        run.message = message
        run.failedPhase = Recorded(phase)
        run.signal = signal
        run.exitCode = exitCode
        run.serverPID = serverPID
        run.evidence = evidence
        run.identity = modelBytes.map { ModelIdentity(bytes: $0, modifiedAt: start, digest: nil) }
        return run
    }

    var postmortem: Postmortem {
        let run = run
        func row(_ from: String, _ to: String, _ elapsed: Int64?) -> TransitionRow {
            var content = ChainRow(ordinal: 1, at: run.startedAt.microseconds, from: from, to: to, trigger: "x")
            content.seq = 1
            content.elapsed = elapsed
            return TransitionRow(
                content, model: run.model, provider: run.provider, runID: run.runID, attempt: 1, correlationID: "c",
                engineID: "engine", pid: 7, host: "host")
        }
        let rows = [row("UNINITIALIZED", "LOADING", nil), row("LOADING", reachedReady ? "READY" : "ERROR", elapsed)]
        let story = RunStory(
            run: run, transitions: rows, warmups: [],
            configuration: (try? ConfigurationJSON(configuration).encoded().json) ?? "{}", outputTail: output)
        return Postmortem(
            story: story, elapsed: elapsed, streak: .init(count: 1, firstFailure: run, sameReason: true),
            lastGoodRun: nil, wasEverReady: reachedReady, changes: [])
    }

    func cause(_ reading: OutputReading, answer: String? = nil) -> String {
        FailureCause(run: run, reading: reading, answer: answer).sentence
    }

    func nextStep(_ reading: OutputReading? = nil, answer: String? = nil, _ invocation: Invocation = Invocation())
        -> NextStep
    {
        var adviser = Adviser(postmortem, invocation)
        if let reading { adviser.cause = FailureCause(run: run, reading: reading, answer: answer) }
        return adviser.nextStep
    }
}

extension OutputReading {
    /// - Parameters:
    ///   - cause: an error in line 3.
    ///   - last: the last line of the output.
    init(_ cause: String?, then consequence: String? = nil, last: (text: String, line: Int)? = nil) {
        self.init()
        self.cause = cause.map { Finding(text: $0, line: 3) }
        self.consequence = consequence.map { Finding(text: $0, line: 5) }
        let end = last ?? (consequence ?? cause ?? "", 6)
        lastLine = end.text.isEmpty ? nil : Finding(text: end.text, line: end.line)
    }
}
