import JournalRendering
import JournalReports
import LifecycleJournal
import ModelLifecycle

/// `/`: where each model is now, how long its starts take, what ran lately, and why what failed has failed.
struct OverviewPage {
    let contents: OverviewContents
    let isDegraded: Bool
    let position: EventPosition
    let version: String
    let utc: Bool
    let invocation: Invocation

    private typealias H = HTMLText

    var html: String {
        SitePage(title: title, version: version, position: position, body: parts.joined(separator: "\n")).html
    }

    /// Read out where several pages are open: the state comes first.
    private var title: String {
        let unready = contents.models.filter { !$0.isReady && $0.servedBy == nil }
        switch (contents.models.count, unready.count) {
        case (0, _): return "modeljournal"
        case (1, _) where contents.models[0].isAbandoned:
            return "✕ \(contents.models[0].run.model) was \(contents.models[0].state)"
        case (1, _):
            return
                "\(StateMark.text(contents.models[0].state)) \(contents.models[0].run.model) \(contents.models[0].state)"
        case (_, 0): return "● \(contents.models.count) models READY"
        case (let all, let count): return "✕ \(count) of \(all) models not READY"
        }
    }

    private var parts: [String] {
        guard !contents.models.isEmpty else { return [empty] }
        return [degraded, now, starts, recent, failures].filter { !$0.isEmpty }
    }

    // MARK: - Parts

    private var empty: String {
        H.element(
            "section", [("id", "empty"), ("class", "empty")],
            H.element("h1", [], "Nothing has been recorded yet")
                + H.element(
                    "p", [],
                    "Bring a model to READY, and this page shows each of its transitions as it becomes durable:")
                + H.element(
                    "pre", [("tabindex", "0"), ("class", "command")],
                    H.escaped(invocation.journalCommand("run", "--once")))
                + H.element("p", [], "Or supervise a model server of any kind:")
                + H.element(
                    "pre", [("tabindex", "0"), ("class", "command")],
                    "modeljournal run --model base --preset whisper-server -- whisper-server -m base.bin"))
    }

    private var degraded: String {
        guard isDegraded else { return "" }
        return H.element(
            "p", [("id", "degraded"), ("class", "degraded"), ("role", "alert")],
            "The journal cannot be written at the moment. The models go on, and what happens is kept in memory until it can."
        )
    }

    private var now: String {
        let cards = contents.models.map {
            ModelCard(status: $0, now: contents.now, utc: utc, invocation: invocation).html
        }
        return H.element(
            "section", [("id", "now")],
            H.element("h1", [], "Now") + H.element("ul", [("class", "models")], cards.joined()))
    }

    private var starts: String {
        guard let chosen = contents.chosen else { return "" }
        let names = contents.models.map(\.run.model)
        let choice =
            names.count < 2
            ? ""
            : H.element(
                "ul", [("class", "choice"), ("aria-label", "Whose starts")],
                names.map { name in
                    let current = name == chosen ? [("aria-current", "true")] : []
                    return H.element("li", [], H.element("a", [("href", Link.model(name))] + current, H.escaped(name)))
                }.joined())
        let figures = contents.statistics.first.map { statistics in
            let facts = [
                ("runs", "\(statistics.runs)"), ("reached READY", Display.percent(statistics.successRate)),
                ("start-up p50", DurationText.optional(statistics.startup?.p50)),
                ("start-up p95", DurationText.optional(statistics.startup?.p95)),
                ("load p50", DurationText.optional(statistics.load?.p50)),
                ("warm-up p50", DurationText.optional(statistics.warmup?.p50)),
            ]
            return H.element(
                "dl", [("class", "figures")],
                facts.map { H.element("div", [], H.element("dt", [], $0) + H.element("dd", [], H.escaped($1))) }
                    .joined())
        }
        let latency = Picture.latency(contents.starts, utc: utc) { Link.run($0) }
        let distribution = Picture.distribution("How long starts take", contents.histograms)
        return H.section(
            "Starts of \(chosen)", id: "starts",
            choice + (figures ?? "") + H.scrolling("Start-up latency", latency.inline, isNewestLast: true)
                + H.scrolling("Distribution", distribution.inline))
    }

    private var recent: String {
        let lanes = Picture.lanes(contents.runs, now: contents.now, utc: utc) { Link.run($0) }
        let rows = contents.runs.map { run -> String in
            let failed = run.outcome.known?.isFailure == true
            let outcome = "\(StateMark.text(ofOutcome: run.outcome)) \(run.outcome.text.replacing("_", with: " "))"
            let reason = failed ? run.reason?.text ?? "failed" : ""
            let cells = [
                H.element(
                    "td", [("class", "nowrap")],
                    H.element(
                        "a", [("href", Link.run(run))],
                        H.element(
                            "time", [("datetime", run.startedAt.rfc3339)],
                            TimeText.short(run.startedAt, utc: utc)))),
                H.element("td", [], H.escaped(run.model)),
                H.element("td", [("class", "outcome \(H.escaped(run.outcome.text))")], H.escaped(outcome)),
                H.element("td", [("class", "number wide")], DurationText.optional(run.load)),
                H.element("td", [("class", "number wide")], DurationText.optional(run.warmup)),
                H.element("td", [("class", "number")], DurationText.optional(run.startup)),
                H.element("td", [("class", "number wide")], DurationText.optional(run.ready)),
                H.element(
                    "td", [],
                    reason.isEmpty
                        ? "" : H.element("a", [("href", Link.postmortem(run.runID))], H.escaped("why: \(reason)"))),
            ]
            return H.element("tr", [], cells.joined())
        }
        let titles = H.head(["began", "model", "outcome", "load", "warm-up", "start-up", "ready for", "post-mortem"])
            .replacing("class=\"number\">load", with: "class=\"number wide\">load")
            .replacing("class=\"number\">warm-up", with: "class=\"number wide\">warm-up")
            .replacing("class=\"number\">ready for", with: "class=\"number wide\">ready for")
        return H.section(
            "Recent runs", id: "recent",
            H.scrolling("Recent runs as a picture", lanes.inline, isNewestLast: true)
                + H.scrolling("Recent runs", H.element("table", [], titles + H.element("tbody", [], rows.joined()))))
    }

    private var failures: String {
        let failures = contents.statistics.flatMap(\.failures)
        guard let chosen = contents.chosen, !failures.isEmpty else { return "" }
        let rows = failures.map { failure in
            H.element(
                "tr", [],
                H.element("th", [("scope", "row")], H.escaped(failure.reason))
                    + H.element("td", [("class", "number")], "\(failure.count)")
                    + H.element("td", [("class", "nowrap wide")], TimeText.short(failure.lastAt, utc: utc))
                    + H.element(
                        "td", [],
                        failure.lastMessage.map { H.escapedLines(Picture.cut($0, 300)) } ?? ""))
        }
        return H.section(
            "Failures of \(chosen) by reason", id: "failures",
            H.scrolling(
                "Failures by reason",
                H.element(
                    "table", [],
                    H.head(["reason", "count", "last", "what it said then"])
                        .replacing("<th scope=\"col\">last", with: "<th scope=\"col\" class=\"wide\">last")
                        + H.element("tbody", [], rows.joined()))))
    }
}

/// Where things lie on this server.
enum Link {
    static func run(_ run: RunRow) -> String { "/run?id=\(encoded(run.runID))" }
    static func run(_ id: String) -> String { "/run?id=\(encoded(id))" }
    static func postmortem(_ id: String) -> String { "/postmortem?run=\(encoded(id))" }
    static func model(_ name: String) -> String { "/?model=\(encoded(name))" }

    private static func encoded(_ text: String) -> String { PercentEncoding.encode(text) }
}
