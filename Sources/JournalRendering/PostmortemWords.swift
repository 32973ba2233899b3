package import JournalReports
import LifecycleJournal
import ModelLifecycle

/// What a post-mortem says, in sentences; the terminal and the page show the same ones. Nothing is escaped yet.
package struct PostmortemWords {
    package let postmortem: Postmortem
    package let utc: Bool

    package init(postmortem: Postmortem, utc: Bool) {
        self.postmortem = postmortem
        self.utc = utc
    }

    private var run: RunRow { postmortem.story.run }

    /// `en-us failed in LOADING after 1.00 s, StartupTimeout`, without the message.
    package var headline: String {
        let phase = run.failedPhase ?? run.state
        if run.outcome == .interrupted { return "\(run.model) was interrupted in \(phase)" }
        if run.outcome != .failed {
            return
                "\(run.model) is not marked as failed (\(run.outcome)), but recorded \(run.reason?.text ?? "a problem")"
        }
        let elapsed = postmortem.elapsed.map { " after \(DurationText.long($0))" } ?? ""
        return "\(run.model) failed in \(phase)\(elapsed), \(run.reason?.text ?? "for no recorded reason")"
    }

    /// Everything that is known about the failure, each with its name.
    package var facts: [(String, String)] {
        let facts: [(String, String?)] = [
            ("run", "\(run.runID)" + (run.attempt > 1 ? " (attempt \(run.attempt))" : "")),
            ("correlation", run.correlationID), ("in place of", run.wanted),
            ("when", when), ("engine", "\(run.engineID) (pid \(run.pid) on \(run.host))"),
            ("cause", postmortem.cause == run.message ? nil : postmortem.cause),
            ("exit status", run.exitCode.map(String.init)), ("signal", run.signal.map(String.init)),
            ("model file", postmortem.story.modelFileWords), ("memory", memory), ("last probe", lastProbe),
            ("listens on", listening), ("port held by", portHolder),
            ("streak", streak), ("start-up", startup), ("compared", comparison), ("last good", lastGood),
            ("changed", changes),
        ]
        return facts.compactMap { name, value in value.map { (name, $0) } }
    }

    /// What is known about it; unknown parts are left out.
    private var memory: String? {
        guard let evidence = run.evidence else { return nil }
        let size = ByteText.short
        let parts = [
            evidence.oomKill.map { "killed for it: \($0 == .notSeen ? "not seen" : $0.rawValue)" },
            kills, evidence.memoryLimitBytes.map { "limit \(size($0))" },
            evidence.memoryGroupPeakBytes.map { "peak of the group \(size($0))" },
            evidence.treePeakBytes.map { "of all processes \(size($0))" },
            evidence.rssPeakBytes.map {
                evidence.treePeakBytes == nil ? "peak \(size($0))" : "of the largest process \(size($0))"
            },
            evidence.memoryAvailableBytes.map { "\(size($0)) available on the host" },
        ].compactMap { $0 }
        return parts.isEmpty ? nil : parts.joined(separator: ", ")
    }

    private var kills: String? {
        guard let evidence = run.evidence, let count = evidence.memoryKills, count > 0 else { return nil }
        let pids = (evidence.killedProcessIDs ?? []).map(String.init).joined(separator: ", ")
        return "\(count) kill\(count == 1 ? "" : "s") in its control group" + (pids.isEmpty ? "" : " (pid \(pids))")
    }

    /// In a warm-up it is the request, and not the probe, that was answered last.
    private var lastProbe: String? {
        run.reason == .warmupFailed
            ? run.evidence?.lastProbe : ProbeWords(run.evidence)?.text
    }

    private var listening: String? {
        run.evidence?.listeningAddresses.flatMap { $0.isEmpty ? nil : $0.joined(separator: ", ") }
    }

    private var portHolder: String? { run.evidence?.portHolder.map { "\($0.program) (pid \($0.pid))" } }

    private var when: String {
        guard !run.isSettled, let last = postmortem.story.transitions.last else {
            return run.endWords { TimeText.zoned($0, utc: utc) } ?? TimeText.zoned(run.startedAt, utc: utc)
        }
        return "after \(TimeText.zoned(last.at, utc: utc)), when its last row was written: \(last.to)"
    }

    /// What a run that ended later did well.
    private var startup: String? {
        guard postmortem.story.reachedReady else { return nil }
        let time = run.startup.map { " after \(DurationText.long($0))" } ?? ""
        return "this run itself reached READY\(time)"
    }

    private var streak: String {
        let streak = postmortem.streak
        guard streak.count > 1 else { return "the first failure in a row" }
        let first = streak.firstFailure
        let reason = streak.sameReason ? "for the same reason" : "with \(first.reason?.text ?? "no recorded reason")"
        let when = TimeText.zoned(first.endedAt ?? first.startedAt, utc: utc)
        return "\(streak.count) failures in a row; it began with run \(Display.run(first.runID)) at \(when), \(reason)"
            + (streak.sameReason ? "" : ": \(first.message ?? "")")
    }

    private var comparison: String? {
        guard let comparison = postmortem.comparison, let p50 = comparison.p50, let p99 = comparison.p99 else {
            return postmortem.comparison.map { comparison in
                comparison.phase == .warmingUp
                    ? "no earlier run finished such a warm-up" : "no earlier run finished \(comparison.phase)"
            }
        }
        let elapsed =
            comparison.elapsed.map { "\(DurationText.long($0)) in \(comparison.phase)" } ?? comparison.phase.text
        return "\(elapsed), against p50 \(DurationText.long(p50)) and p99 \(DurationText.long(p99))"
            + " of \(comparison.count) run\(comparison.count == 1 ? "" : "s")"
    }

    /// What a single warm-up request usually takes.
    package var usualWarmupRequest: String? {
        postmortem.usualWarmupRequest.map { usual in
            "usually p50 \(DurationText.long(usual.p50)), p99 \(DurationText.long(usual.p99)), of \(usual.count) earlier "
                + "request\(usual.count == 1 ? "" : "s")"
        }
    }

    private var lastGood: String {
        guard let good = postmortem.lastGoodRun else {
            if postmortem.story.reachedReady { return "none before this run" }
            return postmortem.wasEverReady
                ? "none: whenever it was READY, it failed" : "none: this model has never been READY"
        }
        return "run \(Display.run(good.runID)) at \(TimeText.zoned(good.startedAt, utc: utc))"
    }

    private var changes: String? {
        guard postmortem.lastGoodRun != nil else { return nil }
        guard !postmortem.changes.isEmpty else { return "nothing in the configuration since the last good run" }
        return postmortem.changes.map { change in
            let (before, after) = change.shown
            return before.count + after.count < 60
                ? "\(change.what): \(before) → \(after)" : "\(change.what):\n- \(before)\n+ \(after)"
        }.joined(separator: "\n")
    }
}
