import LifecycleJournal
import ModelLifecycle

/// Why a run failed, for people: the cause first, then what supports it, then what to do next.
struct PostmortemText {
    let screen: Screen

    func text(_ postmortem: Postmortem) -> String {
        let story = StoryText(screen: screen)
        let run = postmortem.story.run
        var lines = Screen.wrapped(cause(postmortem), width: screen.width).map { screen.styled($0, .red) }
        lines += story.facts([
            ("run", "\(run.runID)" + (run.attempt > 1 ? " (attempt \(run.attempt))" : "")),
            ("correlation", run.correlationID),
            ("in place of", run.wanted),
            ("when", when(postmortem.story)),
            ("engine", "\(run.engineID) (pid \(run.pid) on \(run.host))"),
            ("cause", postmortem.cause == run.message ? nil : postmortem.cause),
            ("exit status", run.exitCode.map(String.init)), ("signal", run.signal.map(String.init)),
            ("memory", memory(run)), ("last probe", run.evidence?.lastProbe),
            ("streak", streak(postmortem)), ("start-up", startup(postmortem.story)),
            ("compared", comparison(postmortem)),
            ("last good", lastGood(postmortem)), ("changed", changes(postmortem)),
        ])
        lines += [""] + story.timeline(postmortem.story.transitions)
        lines += story.warmups(postmortem.story.warmups)
        lines += story.tail(postmortem.story.outputTail)
        lines += [""]
        lines += Screen.wrapped("Next: \(next(postmortem))", width: screen.width).map { screen.styled($0, .faint) }
        return lines.joined(separator: "\n")
    }

    private func cause(_ postmortem: Postmortem) -> String {
        let run = postmortem.story.run
        let phase = run.failedPhase ?? run.state
        let elapsed = postmortem.elapsed.map { " after \(DurationText.long($0))" } ?? ""
        let model = Escaping.visible(run.model)
        let message = run.message.map { ": " + Escaping.visible($0) } ?? ""
        if run.outcome == RunOutcome.interrupted.rawValue {
            return "\(model) was interrupted in \(phase)\(message)"
        }
        if run.outcome != RunOutcome.failed.rawValue {
            return
                "\(model) is not marked as failed (\(run.outcome)), but recorded \(run.reason ?? "a problem")\(message)"
        }
        return "\(model) failed in \(phase)\(elapsed), \(run.reason ?? "for no recorded reason")\(message)"
    }

    private func memory(_ run: RunRow) -> String? {
        guard let evidence = run.evidence else { return nil }
        func megabytes(_ bytes: Int64) -> String { "\(bytes / 1_048_576) MB" }
        let parts = [
            evidence.oomKill.map { "killed for it: \($0 == .notSeen ? "not seen" : $0.rawValue)" },
            evidence.rssPeakBytes.map { "peak \(megabytes($0))" },
            evidence.memoryAvailableBytes.map { "\(megabytes($0)) available on the host" },
        ].compactMap { $0 }
        return parts.isEmpty ? nil : parts.joined(separator: ", ")
    }

    private func when(_ story: RunStory) -> String {
        let run = story.run
        guard !run.isSettled, let last = story.transitions.last else {
            return TimeText.short(run.endedAt ?? run.startedAt, utc: screen.utc)
        }
        return "after \(TimeText.short(last.at, utc: screen.utc)), when its last row was written: \(last.to)"
    }

    /// What a run that ended later did well.
    private func startup(_ story: RunStory) -> String? {
        guard story.reachedReady else { return nil }
        let time = story.run.startup.map { " after \(DurationText.long($0))" } ?? ""
        return "this run itself reached READY\(time)"
    }

    private func streak(_ postmortem: Postmortem) -> String {
        let streak = postmortem.streak
        guard streak.count > 1 else { return "the first failure in a row" }
        let first = streak.firstFailure
        let reason = streak.sameReason ? "for the same reason" : "with \(first.reason ?? "no recorded reason")"
        let when = TimeText.short(first.endedAt ?? first.startedAt, utc: screen.utc)
        return "\(streak.count) failures in a row; it began with run \(Display.run(first.runID)) at \(when), \(reason)"
            + (streak.sameReason ? "" : ": \(first.message ?? "")")
    }

    private func comparison(_ postmortem: Postmortem) -> String? {
        guard let comparison = postmortem.comparison, let p50 = comparison.p50, let p99 = comparison.p99 else {
            return postmortem.comparison.map { "no earlier run finished \($0.phase)" }
        }
        let elapsed = comparison.elapsed.map { "\(DurationText.long($0)) in \(comparison.phase)" } ?? comparison.phase
        return "\(elapsed), against p50 \(DurationText.long(p50)) and p99 \(DurationText.long(p99))"
            + " of \(comparison.count) run\(comparison.count == 1 ? "" : "s")"
    }

    private func lastGood(_ postmortem: Postmortem) -> String {
        guard let good = postmortem.lastGoodRun else {
            if postmortem.story.reachedReady { return "none before this run" }
            return postmortem.wasEverReady
                ? "none: whenever it was READY, it failed" : "none: this model has never been READY"
        }
        return "run \(Display.run(good.runID)) at \(TimeText.short(good.startedAt, utc: screen.utc))"
    }

    private func changes(_ postmortem: Postmortem) -> String? {
        guard postmortem.lastGoodRun != nil else { return nil }
        guard !postmortem.changes.isEmpty else { return "nothing in the configuration since the last good run" }
        return postmortem.changes.map { "\($0.what): \($0.before ?? "not set") → \($0.after ?? "not set")" }
            .joined(separator: "\n")
    }

    private func next(_ postmortem: Postmortem) -> String {
        let run = postmortem.story.run
        switch run.reason.flatMap(FailureReason.init(rawValue:)) {
        case .startupTimeout:
            return "start with a longer --startup-timeout, or find out what is slow: modeljournal stats"
        case .interrupted:
            return "modeljournal run --resume \(run.isSettled ? "" : "records the interruption and ")carries on"
        case .providerNotAvailable: return "modeljournal providers says what is missing"
        default:
            return postmortem.lastGoodRun.map {
                "modeljournal show \(Display.run($0.runID)) is how it looked when it worked"
            }
                ?? "modeljournal history --model \(Escaping.visible(run.model))"
        }
    }
}
