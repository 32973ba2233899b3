import ModelLifecycle

/// Why a run failed, in one sentence for people. It says what is known and no more.
enum FailureCause {
    static func sentence(_ postmortem: Postmortem) -> String {
        let run = postmortem.story.run
        let message = run.message ?? "nothing was said about it"
        let evidence = run.evidence
        let words = lastWords(postmortem.story.outputTail).map { "; \($0)" } ?? ""
        guard let reason = run.reason.flatMap(FailureReason.init(rawValue:)) else { return message }
        switch reason {
        case .processExited where evidence?.oomKill == .suspected && run.signal == nil:
            return "\(message); meanwhile the kernel killed a process of its control group for memory" + words
        case .processExited where evidence?.oomKill == .suspected:
            return
                "\(message); this engine did not send the signal, and nothing tells whether the kernel did, for memory"
        // Whoever sent it, what the server said before has nothing to do with that.
        case .processExited where run.signal == 9 && evidence?.oomKill == .notSeen:
            return "\(message); not by this engine, and its control group counted no kill for memory"
        case .processExited where run.signal == 15 || run.signal == 2: return message
        case .processExited: return message + words
        case .oomKilled:
            let peak = evidence?.rssPeakBytes.map { "; it was seen with \($0 / 1_048_576) MB" } ?? ""
            return "\(message): its control group counted a kill for memory\(peak)"
        case .startupTimeout, .stalled:
            return message + (evidence?.lastProbe.map { "; the last probe: \($0)" } ?? "") + words
        case .warmupFailed:
            // Where the engine's deadline ended it, the message knows nothing of the request.
            let request = evidence?.lastProbe.flatMap { message.contains($0) ? nil : "; \($0)" } ?? ""
            return "the warm-up failed: \(message)\(request)"
        case .runtimeUnhealthy: return "it was READY, then stopped answering: \(message)"
        case .spawnFailed: return "the server was never started: \(message)"
        case .providerNotAvailable: return "the provider is not available: \(message)"
        case .interrupted: return "its engine ended, and the run with it: \(message)"
        case .modelLoadFailed, .unloadFailed, .unloadTimeout, .cancelled, .superseded: return message
        }
    }

    /// The last line of the output that speaks of an error, as a server may tidy up at length after it; else
    /// the last one that says something.
    static func lastWords(_ output: String?) -> String? {
        guard let output else { return nil }
        let lines = output.split(whereSeparator: \.isNewline).filter { line in line.contains { !$0.isWhitespace } }
        var place: Int?
        var next = 0
        while next < lines.count {
            let start = next
            next += 1
            guard lines[start].contains("Traceback (most recent call last)") else {
                if speaksOfAnError(lines[start]) { place = start }
                continue
            }
            // Behind a traceback of Python the first line that is not indented is the exception.
            guard let exception = lines[next...].firstIndex(where: { $0.first?.isWhitespace == false }) else { break }
            if !tellsOfBeingEnded(lines[exception]) { place = exception }
            next = exception + 1
        }
        if let place { return "its last error: “\(shortened(lines[place]))”" }
        return lines.last.map { "its last words: “\(shortened($0))”" }
    }

    private static func shortened(_ line: Substring) -> String {
        String(line.drop { $0.isWhitespace }.prefix(200))
    }

    /// What Python raises where a task or a program is told to end: a server that gives up and tidies up slowly
    /// logs it behind the error that was its reason.
    private static func tellsOfBeingEnded(_ exception: Substring) -> Bool {
        let name = exception.prefix { $0 != ":" }.split(separator: ".").last ?? ""
        return ["CancelledError", "KeyboardInterrupt", "SystemExit"].contains(name)
    }

    /// As the loggers of the field mark it, and as Python ends a traceback: `KeyError: 110`.
    private static func speaksOfAnError(_ line: Substring) -> Bool {
        let marks = ["ERROR", "error:", "Error:", "FATAL", "fatal:", "CRITICAL", "panic:", "Exception:"]
        return marks.contains { line.contains($0) }
    }
}
