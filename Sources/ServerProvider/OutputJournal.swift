import ModelLifecycle
import Synchronization

/// Writes down what a server has said while it runs, so that it is there after the engine has been killed, and for runs
/// that end well.
final class OutputJournal: Sendable {
    /// The most output that one note has.
    static let longestNote = 16 << 10

    private struct State {
        var position = 0
        var lastProbe: String?
        var schedule = EvidenceSchedule()
        var redacted = RedactedParts()
    }

    private let process: ServerProcess
    private let secrets: KnownSecrets
    private let started = ContinuousClock.now
    private let evidence: @Sendable () -> FailureEvidence?
    private let report: @Sendable (RunNote) -> Void
    private let state = Mutex(State())

    /// - Parameters:
    ///   - secrets: what the server was given as secrets.
    ///   - evidence: what is known at this moment.
    ///   - report: never waits.
    init(
        _ process: ServerProcess, withholding secrets: KnownSecrets = .none,
        evidence: @escaping @Sendable () -> FailureEvidence?,
        report: @escaping @Sendable (RunNote) -> Void
    ) {
        self.process = process
        self.secrets = secrets
        self.evidence = evidence
        self.report = report
    }

    /// Follows the schedule until its task is cancelled or the server has ended.
    func watch() async {
        while !process.hasEnded {
            let age = ContinuousClock.now - started
            let (isDue, pause) = state.withLock { (age >= $0.schedule.nextAge, $0.schedule.pause(at: age)) }
            if isDue { note() }
            guard (try? await Task.sleep(for: pause)) != nil else { return }
        }
    }

    /// Writes down what is new, if anything is.
    /// - Parameter isFinal: the server will not say more, or what comes next is another matter. A line without an end
    ///   counts as well.
    func note(isFinal: Bool = false) {
        let evidence = evidence()
        state.withLock { state in
            let output = process.output(since: state.position, maximumBytes: Self.longestNote, isFinal: isFinal)
            guard output != nil || evidence?.lastProbe != state.lastProbe else { return }
            state.position = output?.position ?? state.position
            state.lastProbe = evidence?.lastProbe
            state.schedule.noted(at: ContinuousClock.now - started)
            let text = output.map { state.redacted.next($0.text, knowing: secrets) }
            report(RunNote(.output, output: text.flatMap { $0.isEmpty ? nil : $0 }, evidence: evidence))
        }
    }
}
