import JournalReports
import LifecycleJournal
import ModelLifecycle

/// Advice about limits: only for runs that were slow, as far as anything is known.
extension Adviser {
    /// More time, unless the model was far slower than usual.
    var patience: NextStep {
        if let compared = postmortem.comparison, let elapsed = compared.elapsed, let p99 = compared.p99,
            elapsed > p99 * 2
        {
            return NextStep(
                "it has been more than twice as fast: find out what slows it, rather than wait longer",
                invocation.command("stats", "--model", run.model))
        }
        if reason == .stalled {
            return byHand
                ?? NextStep(
                    "if it only says nothing for so long, let it",
                    again(("--load-stall-timeout", moreThan(stallTimeout ?? spent))))
        }
        let spent = max(spent, postmortem.comparison?.p99 ?? 0)
        return NextStep("give it more time", again(("--startup-timeout", moreThan(spent))))
    }

    var moreTimeToStop: NextStep {
        // A minute, or more if it had half of that already.
        let stop = max(30_000_000, recorded?.stopTimeout.wholeMicroseconds ?? 0)
        return NextStep("give it more time to stop", again(("--stop-timeout", moreThan(stop))))
    }

    /// Microseconds of the whole run, as far as they were measured.
    private var spent: Int64 { postmortem.story.transitions.compactMap(\.elapsed).reduce(0, &+) }

    private var stallTimeout: Int64? { recorded?.configuration.loadStallTimeout?.wholeMicroseconds }

    /// Twice as much, in whole seconds.
    private func moreThan(_ microseconds: Int64) -> String {
        let (twice, overflow) = max(0, microseconds).multipliedReportingOverflow(by: 2)
        let wanted = overflow ? Int64.max : twice
        return "\(max(1, wanted / 1_000_000 + (wanted % 1_000_000 > 0 ? 1 : 0)))s"
    }
}
