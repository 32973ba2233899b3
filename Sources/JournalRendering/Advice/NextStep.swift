package import JournalReports
import LifecycleJournal
import ModelLifecycle
import OutputReading

/// What to do after a failure: in words, and where there is one, the command to try.
package struct NextStep: Sendable, Hashable {
    package var advice: String
    /// For a shell, to be pasted. Holds no secret: variables stand for what the journal left out.
    package var command: String?

    init(_ advice: String, _ command: String? = nil) {
        self.advice = advice
        self.command = command
    }

    /// Names what the reader must supply before the command can run.
    init(_ advice: String, _ line: ShellLine?) {
        let leftOut = line?.leftOut ?? []
        self.init(
            ([advice] + leftOut.map { "what was left out of \($0.place) belongs in $\($0.variable)" })
                .joined(separator: "; "), line?.text)
    }
}

extension Postmortem {
    /// - Parameter invocation: how the program was called that prints it.
    package func nextStep(_ invocation: Invocation) -> NextStep { Adviser(self, invocation).nextStep }
}

/// Finds the next step from what is known about a failure: first from what was found at the scene, then from what the
/// server said, and only then from the reason alone.
struct Adviser {
    let postmortem: Postmortem
    let invocation: Invocation
    var cause: FailureCause
    let recorded: RecordedStart?

    init(_ postmortem: Postmortem, _ invocation: Invocation) {
        self.postmortem = postmortem
        self.invocation = invocation
        cause = FailureCause(postmortem.story)
        recorded = RecordedStart(postmortem.story)
    }

    var run: RunRow { postmortem.story.run }
    var evidence: FailureEvidence { run.evidence ?? FailureEvidence() }
    var reason: FailureReason? { run.reason?.known }

    var nextStep: NextStep {
        switch reason {
        case .startupTimeout, .stalled:
            return killedForMemory ?? takenPort ?? faultyFile ?? refusal ?? complaint ?? failedStart ?? otherAddress
                ?? patience
        case .processExited, .modelLoadFailed:
            return killedForMemory ?? takenPort ?? faultyFile ?? complaint ?? wrongProcessor ?? byHand ?? compare
        case .spawnFailed: return takenPort ?? unstartable ?? byHand ?? compare
        case .oomKilled: return moreMemory("")
        case .warmupFailed: return killedForMemory ?? faultyFile ?? complaint ?? refusedWarmup ?? warmup ?? compare
        case .runtimeUnhealthy: return killedForMemory ?? complaint ?? askAgain ?? compare
        case .interrupted: return carryOn
        case .providerNotAvailable:
            return NextStep("see what is missing and how to install it", "modeljournal providers")
        case .unloadTimeout: return moreTimeToStop
        case .unloadFailed, .cancelled, .superseded, nil: return compare
        }
    }

    // MARK: - Commands

    /// The recorded start with other options.
    func again(_ changes: (String, String?)...) -> ShellLine? { recorded?.command(with: changes, invocation) }

    var byHand: NextStep? {
        recorded?.byHand(invocation).map { NextStep("start the server by hand and read what it says", $0) }
    }

    /// The server by hand, because of what it said already.
    private var failedStart: NextStep? {
        guard let error = cause.reading.cause, let command = recorded?.byHand(invocation) else { return nil }
        let quotation = Quotation(error.text, most: 160)
        return NextStep(
            "it did not start because of \(quotation): start the server by hand and read what it says", command)
    }

    var compare: NextStep {
        if let good = postmortem.lastGoodRun {
            return NextStep(
                "see how it looked when it last worked", invocation.command("show", String(good.runID.prefix(13))))
        }
        return NextStep("see what happened before", invocation.command("history", "--model", run.model))
    }

    private var warmup: NextStep? {
        guard let server = recorded?.server, let line = server.warmup else { return nil }
        let what = server.isWarmedByAudio ? "a recording" : "the same request"
        return NextStep(
            "the server has been stopped: start it by hand, then send \(what)", recorded?.here(line, invocation))
    }

    private var askAgain: NextStep? {
        recorded?.server?.probeCommand.map {
            NextStep("the server has been stopped: start it by hand, then ask it the same", $0)
        }
    }

    private var carryOn: NextStep {
        if let count = postmortem.crashLoop {
            let advice =
                "it was interrupted \(count) times in a row before READY, so `run --resume` leaves it alone: once the "
                + "reason is gone, start it without --resume"
            return again().map { NextStep(advice, $0) }
                ?? NextStep(advice, invocation.journalCommand("run", "--model", run.model))
        }
        return NextStep(
            run.isSettled ? "carry on" : "record the interruption and carry on",
            invocation.journalCommand("run", "--resume"))
    }
}
