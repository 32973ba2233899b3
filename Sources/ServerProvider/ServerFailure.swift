import ModelLifecycle

/// How a server's end reads in the journal.
enum ServerFailure {
    static func of(
        _ end: ServerProcess.End, program: String, when: String, _ configuration: ServerConfiguration,
        _ process: ServerProcess, _ evidence: EvidenceWatch
    ) -> Failure {
        let output = process.outputText
        let facts = evidence.evidence(end: end, droppedOutput: process.droppedOutput)
        var failure: Failure
        switch end {
        case .exited(ServerProcess.notExecuted) where output.hasPrefix(notExecutedLine):
            let reason = output.dropFirst(notExecutedLine.count).prefix { $0 != "\n" }
            failure = Failure(.spawnFailed, "cannot \(reason)")
        case .exited(let code):
            let meaning = configuration.exitMeanings[code].map { " (\($0))" } ?? ""
            let hint = code == 0 ? " (it gave up, or went to the background, where nobody can watch it)" : ""
            failure = Failure(
                .processExited, "\(program) exited with status \(code)\(meaning) \(when)\(hint)", exitCode: code)
        case .signaled(let signal):
            if facts.oomKill == .confirmed {
                failure = Failure(
                    .oomKilled, "\(program) was killed by the kernel for memory \(when)", signal: signal)
            } else {
                failure = Failure(
                    .processExited, "\(program) was ended by \(SignalName.of(signal)) \(when)", signal: signal)
            }
        }
        failure.outputTail = output
        failure.evidence = facts
        return failure
    }

    /// Whether there is no such program, or no process could be had: it is the lifeline that says so, and not a server
    /// that ends with the same status.
    private static let notExecutedLine = "modeljournal-lifeline: cannot "
}

enum SignalName {
    private static let names: [Int32: String] = [
        1: "SIGHUP", 2: "SIGINT", 3: "SIGQUIT", 4: "SIGILL", 5: "SIGTRAP", 6: "SIGABRT", 8: "SIGFPE", 9: "SIGKILL",
        11: "SIGSEGV", 13: "SIGPIPE", 14: "SIGALRM", 15: "SIGTERM",
    ]

    /// The POSIX name where the number is the same on all systems.
    static func of(_ signal: Int32) -> String { names[signal] ?? "signal \(signal)" }
}
