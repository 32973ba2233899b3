import JournalRendering
import JournalReports
import LifecycleJournal
import ModelLifecycle

/// One model now: its state, since when, and a start under way against the model's own history.
struct ModelCard {
    let status: ModelStatus
    let now: WallTime
    let utc: Bool
    let invocation: Invocation

    private typealias H = HTMLText

    private var elapsed: Int64 { max(0, now.microseconds - status.since.microseconds) }
    private var isUnderWay: Bool { (status.state == .loading || status.state == .warmingUp) && !status.isAbandoned }

    var html: String {
        let state = H.escaped(status.state.text)
        let since = H.element(
            "span", status.isAbandoned ? [] : [("data-since", "\(status.since.microseconds / 1000)")],
            DurationText.long(elapsed / 1_000_000 * 1_000_000))
        let parts = [
            H.element("a", [("class", "name"), ("href", Link.model(status.run.model))], H.escaped(status.run.model)),
            " <span class=\"faint\">\(H.escaped(status.run.provider))</span>",
            H.element(
                "span", [("class", "state \(status.isAbandoned ? "ERROR" : state)")],
                "<span aria-hidden=\"true\">\(status.isAbandoned ? "✕" : StateMark.text(status.state))</span> "
                    + (status.isAbandoned ? "was \(state)" : state)),
            H.element(
                "p", [("class", "faint")], (status.isAbandoned ? "until its engine ended" : "for \(since)") + engine),
            progress, words,
            H.element(
                "p", [("class", "faint")], H.element("a", [("href", Link.run(status.run))], "this run") + failure),
        ]
        return H.element("li", [("class", status.isAbandoned ? "is-ERROR" : "is-\(state)")], parts.joined())
    }

    private var engine: String {
        guard let owner = status.owner else { return "" }
        let liveness = owner.liveness == .alive ? "" : ", \(owner.liveness.rawValue)"
        return H.escaped(", pid \(owner.pid) on \(owner.host)\(liveness)")
    }

    private var failure: String {
        let failed = status.run.outcome.known?.isFailure == true
        return failed ? " · " + H.element("a", [("href", Link.postmortem(status.run.runID))], "why it failed") : ""
    }

    /// A bar: elapsed, with marks at p50 and p99 of earlier starts.
    private var progress: String {
        guard isUnderWay, let phase = status.expectation.phase(status.state.known) else {
            return isUnderWay
                ? H.element("p", [("class", "faint")], "the first start of its kind: nobody knows how long it takes")
                : ""
        }
        let isLoading = status.state == .loading
        let most = Double(max(phase.p99 * 5 / 4, elapsed, 1))
        func place(_ value: Int64) -> String { "\((Double(value) / most * 10_000).rounded() / 100)" }
        let words = "words-\(status.run.runID)"
        let milliseconds = { (value: Int64) in JSONText.milliseconds(value) }
        let usual = "so far, usually \(DurationText.long(phase.p50)), 99 of 100 within \(DurationText.long(phase.p99))"
        let label = "\(status.state): \(DurationText.long(elapsed)) \(usual)"
        // What comes behind a load, as far as anybody knows.
        let rest = isLoading ? status.expectation.warmup.map { "\(milliseconds($0.p50))" } ?? "" : "0"
        let bar = """
            <svg class="progress" viewBox="0 0 100 10" preserveAspectRatio="none" role="img" aria-label="\(H.escaped(label))" \
            data-since="\(status.since.microseconds / 1000)" data-p50="\(milliseconds(phase.p50))" \
            data-p99="\(milliseconds(phase.p99))" data-rest="\(rest)" data-state="\(H.escaped(status.state.text))" \
            data-usual="\(H.escaped(usual))" data-words="\(H.escaped(words))">\
            <rect class="ground" width="100" height="10"/>\
            <rect class="\(elapsed > phase.p99 ? "late" : "done")" width="\(place(elapsed))" height="10"/>\
            <line class="mark" data-mark="p50" x1="\(place(phase.p50))" x2="\(place(phase.p50))" y1="0" y2="10"/>\
            <line class="mark" data-mark="p99" x1="\(place(phase.p99))" x2="\(place(phase.p99))" y1="0" y2="10"/></svg>
            """
        let forecast =
            status.state.known.flatMap {
                Forecast.text($0, elapsed: elapsed, status.expectation, warmsUp: true)
            } ?? ""
        return bar + H.element("p", [("id", words), ("class", "forecast")], H.escaped(forecast))
            + H.element(
                "p", [("class", "faint")],
                "p50 \(DurationText.long(phase.p50)), p99 \(DurationText.long(phase.p99)) of \(phase.count)")
    }

    /// What there is to say beside the state.
    private var words: String {
        var lines: [(style: String, text: String)] = []
        if let served = status.servedBy { lines.append(("", "\(served) serves in its place")) }
        if let wanted = status.run.wanted { lines.append(("", "in place of \(wanted)")) }
        if let activity = status.activity, isUnderWay { lines.append(("", activity)) }
        if status.isAbandoned {
            lines.append(("why", "\(invocation.journalCommand("run", "--resume")) carries on"))
        } else if status.isCrashLoop {
            let times = status.interruptionsInARow
            lines.append(
                (
                    "why",
                    "crash loop: interrupted \(times) times in a row, not resumed any more; start it without --resume"
                ))
        }
        if status.state == .error || status.run.outcome == .failed {
            let why = [status.run.reason?.text, status.run.message].compactMap { $0 }.joined(separator: ": ")
            if !why.isEmpty { lines.append(("why", why)) }
            lines.append(
                (
                    "",
                    status.nextRetryAt.map { "next attempt at \(TimeText.clock($0, utc: utc))" }
                        ?? "no attempt is planned"
                ))
        } else if let startup = status.run.startup, status.state == .ready {
            lines.append(("faint", "it took \(DurationText.long(startup)) to start"))
        }
        return lines.map { H.element("p", $0.style.isEmpty ? [] : [("class", $0.style)], H.escapedLines($0.text)) }
            .joined()
    }
}
