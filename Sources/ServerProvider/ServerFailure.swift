import ModelLifecycle

/// How a server's end reads in the journal.
enum ServerFailure {
    /// When it ended.
    enum When: String {
        case beforeReady = "before it was ready"
        case duringWarmup = "during warm-up"
        case afterReady = "after it was ready"

        var phase: ExitMeaning.Phase { self == .beforeReady ? .beforeReady : .afterReady }
    }

    static func of(
        _ end: ServerProcess.End, program: String, when: When, _ configuration: ServerConfiguration,
        _ process: ServerProcess, _ evidence: EvidenceWatch
    ) -> Failure {
        let output = process.outputText
        let facts = evidence.tree.facts(end: end)
        var failure: Failure
        switch end {
        case .exited(ServerProcess.notExecuted) where output.hasPrefix(notExecutedLine):
            let reason = output.dropFirst(notExecutedLine.count).prefix { $0 != "\n" }
            failure = Failure(.spawnFailed, "cannot \(reason)")
        case .exited(let code):
            failure = exit(code, program: program, when: when, configuration, facts)
        case .signaled(let signal):
            failure = kill(by: signal, program: program, when: when, facts)
        }
        failure.outputTail = output
        failure.evidence = evidence.evidence(facts, droppedOutput: process.droppedOutput)
        failure.evidence?.outputLinesSinceReady = process.outputLinesSinceReady
        return failure
    }

    private static func exit(
        _ code: Int32, program: String, when: When, _ configuration: ServerConfiguration, _ facts: TreeFacts
    ) -> Failure {
        let words = ExitStatus.words(for: code, in: when.phase, configuration)
        let status = "exited with status \(code)" + (words.map { " (\($0))" } ?? "")
        let signal = ExitStatus.signal(behind: code)
        // A wrapper tells of its only process; another server has noticed that a worker was gone.
        if facts.kills.count > 0, facts.oomKill == .confirmed || signal == 9 {
            let message = "\(victim(of: facts, program)) was killed by the kernel for memory \(when.rawValue)"
            return Failure(.oomKilled, "\(message); \(program) then \(status)", exitCode: code)
        }
        var parts = ["\(program) \(status) \(when.rawValue)"]
        if code == 0, when == .beforeReady { parts[0] += " (0 stands for success, but it was never ready)" }
        if let signal { parts += SignalMeaning.of(signal).map { [$0] } ?? [] }
        parts += remarks(on: signal, facts)
        return Failure(.processExited, parts.joined(separator: "; "), exitCode: code)
    }

    private static func kill(by signal: Int32, program: String, when: When, _ facts: TreeFacts) -> Failure {
        if facts.oomKill == .confirmed {
            let isServer = signal == 9 && facts.kills.processes.allSatisfy { $0.process.pid == facts.serverPID }
            let whose = isServer ? program : victim(of: facts, program)
            let then = isServer ? "" : "; \(program) was then ended by \(SignalName.of(signal))"
            return Failure(
                .oomKilled, "\(whose) was killed by the kernel for memory \(when.rawValue)\(then)", signal: signal)
        }
        var parts = ["\(program) was ended by \(SignalName.of(signal)) \(when.rawValue)"]
        parts += SignalMeaning.of(signal).map { [$0] } ?? []
        parts += remarks(on: signal, facts)
        return Failure(.processExited, parts.joined(separator: "; "), signal: signal)
    }

    /// The processes that were killed for memory, as people name them.
    private static func victim(of facts: TreeFacts, _ program: String) -> String {
        let killed = facts.kills.processes.filter { $0.process.pid != facts.serverPID }
        switch killed.count {
        case 0: return facts.kills.processes.isEmpty ? "a process of \(program)" : program
        case 1: return "\(killed[0].process.name) (pid \(killed[0].process.pid)) of \(program)"
        default: return "\(killed.count) processes of \(program)"
        }
    }

    /// What else was seen that may have to do with it. Facts only.
    private static func remarks(on signal: Int32?, _ facts: TreeFacts) -> [String] {
        var remarks = facts.earlierEnd.flatMap(remark).map { [$0] } ?? []
        if let signal {
            remarks += [
                facts.processorTime?.remark(on: signal),
                MemoryDaemon.remark(on: signal, available: facts.leastAvailable, total: HostMemory.total()),
            ].compactMap { $0 }
        }
        return remarks
    }

    /// - Returns: nil if no signal ended it, or the one that asks it to end.
    static func remark(on end: EndedProcess) -> String? {
        guard let signal = end.signal, signal != 15 else { return nil }
        let seconds = (ContinuousClock.now - end.at).components.seconds
        let time = seconds < 2 ? "just before" : "\(seconds) s before"
        return "its process \(end.process.pid) (\(end.process.name)) had been ended by \(SignalName.of(signal)) \(time)"
    }

    /// Whether there is no such program, or no process could be had: it is the lifeline that says so, and not a server
    /// that ends with the same status.
    private static let notExecutedLine = "modeljournal-lifeline: cannot "
}
