import JournalRendering
import JournalReports
import LifecycleJournal
import ModelLifecycle

/// `/run?id=RUN`: the story of one run.
struct RunPage {
    let story: RunStory
    let position: EventPosition
    let version: String
    let utc: Bool

    private typealias H = HTMLText

    private var run: RunRow { story.run }
    private var isUnderWay: Bool { run.endedAt == nil && run.isSettled }

    var html: String {
        SitePage(
            title: "\(run.model): \(run.outcome.text.replacing("_", with: " "))", version: version,
            position: isUnderWay ? position : nil,
            body: [header, picture, facts, transitions, events, output].joined(separator: "\n")
        ).html
    }

    private var header: String {
        let failed = run.outcome.known?.isFailure == true
        let link =
            failed
            ? H.element("p", [], H.element("a", [("href", Link.postmortem(run.runID))], "Post-mortem: why it failed"))
            : ""
        let mark = StateMark.text(ofOutcome: run.outcome)
        return H.element(
            "section", [("id", "head")],
            H.element("p", [("class", "kind")], "Run")
                + H.element("h1", [], H.escaped("\(run.model) \(mark) \(run.outcome.text.replacing("_", with: " "))"))
                + link
        )
    }

    private var picture: String {
        H.element(
            "section", [("id", "picture")],
            H.scrolling(
                "The run as a picture",
                Picture.timeline(story, now: .now, utc: utc).inline))
    }

    private var facts: String {
        let facts: [(String, String?)] = [
            ("run", run.runID), ("attempt", "\(run.attempt)"), ("correlation", run.correlationID),
            ("provider", run.provider), ("version", run.version), ("in place of", run.wanted),
            ("began", TimeText.short(run.startedAt, utc: utc)),
            ("ended", run.endWords(utc: utc)),
            ("start-up", run.startup.map(DurationText.long)), ("load", run.load.map(DurationText.long)),
            ("warm-up", run.warmup.map(DurationText.long)), ("ready for", run.ready.map(DurationText.long)),
            ("reason", run.reason?.text), ("message", run.message),
            ("warnings", story.warnings.isEmpty ? nil : story.warnings.joined(separator: "\n")),
            ("exit status", run.exitCode.map(String.init)), ("signal", run.signal.map(String.init)),
            ("engine", "\(run.engineID) (pid \(run.pid) on \(run.host))"),
            ("model file", story.modelFileWords),
            ("model's files", run.identity.map { "\($0.bytes) bytes" + ($0.digest.map { ", SHA-256 \($0)" } ?? "") }),
        ]
        let rows = facts.compactMap { name, value in
            value.map { H.element("dt", [], name) + H.element("dd", [], H.escapedLines($0)) }
        }
        return H.section("What is known", id: "facts", H.element("dl", [], rows.joined()))
    }

    private var transitions: String {
        let rows = story.transitions.map { transition in
            let why = [transition.reason?.text, transition.message].compactMap { $0 }.joined(separator: ": ")
            return H.element(
                "tr", [],
                H.element("td", [("class", "faint time")], TimeText.clock(transition.at, utc: utc))
                    + H.element("td", [("class", "from wide")], H.escaped(transition.from.text))
                    + H.element(
                        "td", [("class", "to \(H.escaped(transition.to.text))")],
                        "<span aria-hidden=\"true\">\(StateMark.text(transition.to))</span> "
                            + H.escaped(transition.to.text)
                    )
                    + H.element("td", [("class", "number")], DurationText.optional(transition.elapsed))
                    + H.element("td", [("class", "faint")], H.escaped(transition.trigger.text))
                    + H.element("td", [("class", "why")], H.escapedLines(why)))
        }
        return H.section(
            "Transitions", id: "transitions",
            H.scrolling(
                "Transitions",
                H.element(
                    "table", [],
                    H.head(["time", "from", "to", "elapsed", "trigger", "why"])
                        .replacing("<th scope=\"col\">from", with: "<th scope=\"col\" class=\"wide\">from")
                        + H.element("tbody", [], rows.joined()))))
    }

    /// What became known between the transitions.
    private var events: String {
        let events = story.notes.events(beside: story.transitions)
        guard !events.isEmpty else { return "" }
        let rows = events.map { event in
            H.element(
                "tr", [],
                H.element("td", [("class", "faint time")], TimeText.clock(event.at, utc: utc))
                    + H.element("td", [("class", "faint")], H.escaped(event.kind))
                    + H.element("td", [("class", "why")], H.escapedLines(event.message ?? "")))
        }
        return H.section(
            "Between the transitions", id: "events",
            H.scrolling(
                "Between the transitions",
                H.element(
                    "table", [], H.head(["time", "kind", "what happened"]) + H.element("tbody", [], rows.joined()))))
    }

    private var output: String {
        guard let tail = story.outputTail, !tail.isEmpty else { return "" }
        return H.section("Output", id: "output", H.element("pre", [("tabindex", "0")], H.escapedLines(tail)))
    }
}
