package import JournalReports
import LifecycleJournal
import ModelLifecycle
package import OutputReading

/// Why a run failed: what ended it, and what the server itself said about that.
package struct FailureCause: Sendable {
    let run: RunRow
    /// What the server wrote about its end.
    package let reading: OutputReading
    /// What the answer to a failed warm-up request says about the error.
    let answer: String?
    /// What the header of the model's file says.
    let modelFile: ModelFileHeader?

    package init(_ story: RunStory) {
        let evidence = story.run.evidence
        // An engine that died tells nothing of a server that had been READY without trouble until then.
        let isUnrelated =
            story.run.reason == .interrupted && story.reachedReady
            && evidence?.outputLinesSinceReady == nil
        self.init(
            run: story.run,
            reading: isUnrelated
                ? OutputReading()
                : OutputReader.read(story.outputTail ?? "", linesSinceReady: evidence?.outputLinesSinceReady),
            answer: evidence?.answer.flatMap(OutputReader.readAnswer), modelFile: story.modelFile)
    }

    init(run: RunRow, reading: OutputReading, answer: String? = nil, modelFile: ModelFileHeader? = nil) {
        self.modelFile = modelFile ?? run.evidence?.modelFile
        self.run = run
        self.reading = reading
        self.answer = answer
    }

    private var evidence: FailureEvidence? { run.evidence }
    private var message: String { run.message ?? "no message was recorded" }

    /// The cause in one sentence for people. It says what is known and no more.
    package var sentence: String {
        guard let reason = run.reason?.known else { return message }
        switch reason {
        case .processExited: return joined(message, sender, memory, file, isEndedFromOutside ? lastError : words)
        case .oomKilled: return joined("\(message); \(kernelCount)", memory, lastError)
        case .startupTimeout, .stalled: return joined(message, probe, memory, file, words)
        case .warmupFailed:
            // If the engine's deadline ended it, the message knows nothing of the request.
            let request = evidence?.lastProbe.flatMap { message.contains($0) ? nil : "; \($0)" }
            return joined("the warm-up failed: \(message)", request, memory, file, answered, lastError)
        case .runtimeUnhealthy:
            // Its probe may still be answered well when a worker is lost.
            let what = message.hasPrefix("worker ") ? "lost a worker" : "stopped answering"
            return joined("it was READY, then \(what): \(message)", memory, lastError)
        case .interrupted: return joined("its engine ended, and the run with it: \(message)", memory, lastError)
        case .modelLoadFailed: return joined(message, memory, file, error)
        case .spawnFailed:
            // Two servers find each other on one port only after both have started.
            let what = message.contains("(SO_REUSEPORT)") ? "was stopped" : "was never started"
            return "the server \(what): \(message)"
        case .providerNotAvailable: return "the provider is not available: \(message)"
        case .unloadFailed, .unloadTimeout, .cancelled, .superseded: return message
        }
    }

    private func joined(_ parts: String?...) -> String { parts.compactMap { $0 }.joined() }

    // MARK: - What the server said

    /// Its error, else its last words.
    private var words: String? {
        error
            ?? reading.lastLine.flatMap { message.contains($0.text) ? nil : "; its last words: \(Quotation($0.text))" }
    }

    /// Its error, unless the message or the answer has it already.
    private var error: String? {
        guard let cause = reading.cause, !isSaid(cause.text) else { return nil }
        let consequence = reading.consequence.flatMap { isSaid($0.text) ? nil : "; then: \(Quotation($0.text))" }
        return "; it said: \(Quotation(cause.text))" + (consequence ?? "")
    }

    /// So many characters are enough to know a text again.
    private static let recognised = 120

    private func isSaid(_ text: String) -> Bool {
        // A long one stands in the message without its middle.
        message.contains(text.prefix(Self.recognised)) || answer.map { $0.contains(text) || text.contains($0) } ?? false
    }

    /// An error that was said right before the end. What was said long before a signal, a refusal or the end of
    /// the engine had another consequence, or none.
    private var lastError: String? {
        guard let cause = reading.cause, let last = reading.lastLine?.line else { return error }
        return last - max(cause.line, reading.consequence?.line ?? 0) <= Self.linesOfGoodbye ? error : nil
    }

    /// Servers take this many lines to say goodbye after an error.
    private static let linesOfGoodbye = 25

    private var answered: String? {
        guard let answer, !message.contains(answer.prefix(Self.recognised)) else { return nil }
        return "; it answered: \(Quotation(answer))"
    }

    // MARK: - What else is known

    /// A file that is not what its header says, if the run ended before it was READY.
    private var file: String? {
        guard run.failedPhase != .ready else { return nil }
        return modelFile?.fault.map { "; the model's file \($0)" }
    }

    private var probe: String? { ProbeWords(evidence).map { "; the last probe: \($0.text)" } }

    /// Whether a signal that others send ended it, or the process behind its wrapper (128 and the signal's number).
    private var isEndedFromOutside: Bool {
        let signal = run.signal ?? run.exitCode.map { $0 - 128 }
        return signal.map { [1, 2, 9, 15].contains($0) } ?? false
    }

    /// Who sent a signal, as far as it is known.
    private var sender: String? {
        if run.signal == 15 || run.signal == 2 { return "; this engine did not send the signal" }
        guard run.signal == 9 else { return nil }
        switch evidence?.oomKill {
        case .suspected:
            return "; this engine did not send the signal, and nothing tells whether the kernel did, for memory"
        case .notSeen: return "; not by this engine, and its control group counted no kill for memory"
        case .confirmed, nil: return nil
        }
    }

    /// Processes of the model that the kernel killed, if that alone is not why the run ended.
    private var memory: String? {
        guard let kill = MemoryKill(run) else {
            // An older journal has no counts.
            return evidence?.oomKill == .suspected && run.signal == nil
                ? "; meanwhile the kernel killed a process of its control group for memory" : nil
        }
        if run.reason == .oomKilled { return kill.others(besides: message).map { "; \($0)" } }
        return "; \(kill.words)"
    }

    private var kernelCount: String {
        let limit = evidence?.memoryLimitBytes.map { " (limit \(ByteText.short($0)))" } ?? ""
        let count = evidence?.memoryKills ?? 1
        let kills = count == 1 ? "a kill" : "\(count) kills"
        let peak: String? =
            if let tree = evidence?.treePeakBytes {
                "; all its processes were seen with \(ByteText.short(tree))"
            } else {
                evidence?.rssPeakBytes.map { "; it was seen with \(ByteText.short($0))" }
            }
        return "its control group counted \(kills) for memory\(limit)\(peak ?? "")"
    }
}

extension Postmortem {
    /// Why the run failed, in one sentence.
    package var cause: String { FailureCause(story).sentence }
}
