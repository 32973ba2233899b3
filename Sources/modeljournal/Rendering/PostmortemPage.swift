import Foundation
import LifecycleJournal
import ModelLifecycle

/// A post-mortem as one HTML file: it asks nobody for anything, runs nothing, and can be mailed or attached
/// to a ticket.
struct PostmortemPage {
    let postmortem: Postmortem
    let utc: Bool

    private typealias H = HTMLText

    private var story: RunStory { postmortem.story }
    private var words: PostmortemWords { PostmortemWords(postmortem: postmortem, utc: utc) }

    var html: String {
        let title = H.escaped(words.headline)
        let body = [header, next, comparison, facts, timeline, warmups, changes, output, footer].joined(separator: "\n")
        return """
            <!doctype html>
            <html lang="en">
            <head>
            <meta charset="utf-8">
            <meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">
            <meta name="viewport" content="width=device-width, initial-scale=1">
            <meta name="color-scheme" content="light dark">
            <title>\(title)</title>
            <style>
            \(Self.style)
            </style>
            </head>
            <body>
            <main>
            \(body)
            </main>
            </body>
            </html>
            """
    }

    // MARK: - Parts

    private var header: String {
        let run = story.run
        let message = run.message.map { H.element("p", [("class", "message")], H.escapedLines($0)) } ?? ""
        let cause =
            postmortem.cause == run.message ? "" : H.element("p", [("class", "cause")], H.escaped(postmortem.cause))
        return H.element(
            "header", [],
            H.element("p", [("class", "kind")], "Post-mortem") + H.element("h1", [], H.escaped(words.headline))
                + (cause.isEmpty ? message : cause))
    }

    private var next: String {
        let step = postmortem.nextStep
        let command = step.command.map { H.element("pre", [("class", "command")], H.escaped($0)) } ?? ""
        return section("Next", H.element("p", [], H.escaped(Self.sentence(step.advice))) + command)
    }

    /// The time in the failing phase beside what this model usually needs for it.
    private var comparison: String {
        guard let comparison = postmortem.comparison, let elapsed = comparison.elapsed, let p50 = comparison.p50,
            let p99 = comparison.p99
        else { return "" }
        let most = Double(max(elapsed, p99, 1))
        func bar(_ name: String, _ value: Int64, _ kind: String) -> String {
            let width = String(format: "%.2f", Double(value) / most * 100)
            let picture =
                "<svg viewBox=\"0 0 100 4\" preserveAspectRatio=\"none\" aria-hidden=\"true\">"
                + "<rect class=\"\(kind)\" width=\"\(width)\" height=\"4\"/></svg>"
            return H.element(
                "tr", [],
                H.element("th", [("scope", "row")], name) + H.element("td", [("class", "bar")], picture)
                    + H.element("td", [("class", "number")], DurationText.long(value)))
        }
        let count = comparison.count
        let rows =
            bar("this run", elapsed, "this") + bar("p50", p50, "usual") + bar("p99", p99, "usual")
        return section(
            "Time in \(comparison.phase)",
            H.element("table", [("class", "bars")], rows)
                + H.element("p", [("class", "faint")], "against \(count) earlier run\(count == 1 ? "" : "s")"))
    }

    private var facts: String {
        // Told elsewhere on the page.
        let left = words.facts.filter { !["cause", "changed", "compared"].contains($0.0) }
        let rows = left.map { H.element("dt", [], $0) + H.element("dd", [], H.escapedLines($1)) }.joined()
        return section("Evidence", H.element("dl", [], rows))
    }

    private var timeline: String {
        let titles = head(["time", "", "from", "to", "elapsed", "trigger"])
        let rows = story.transitions.map { transition -> String in
            let why = [transition.reason, transition.message].compactMap { $0 }.joined(separator: ": ")
            let mark = H.element(
                "td", [("class", "mark \(transition.to)"), ("aria-hidden", "true")], Self.mark(transition.to))
            let cells =
                H.element("td", [("class", "faint time")], TimeText.clock(transition.at, utc: utc)) + mark
                + H.element("td", [("class", "from")], H.escaped(transition.from))
                + H.element("td", [("class", "to \(transition.to)")], H.escaped(transition.to))
                + H.element("td", [("class", "number")], DurationText.optional(transition.elapsed))
                + H.element("td", [("class", "faint")], H.escaped(transition.trigger))
            let note =
                why.isEmpty
                ? ""
                : H.element(
                    "tr", [],
                    "<td></td><td></td>"
                        + H.element("td", [("colspan", "4"), ("class", "why")], H.escapedLines(why)))
            return H.element("tr", [], cells) + note
        }
        return section("Timeline", H.element("table", [], H.element("thead", [], titles) + rows.joined()))
    }

    private var warmups: String {
        guard !story.warmups.isEmpty else { return "" }
        let rows = story.warmups.map { warmup in
            H.element(
                "tr", [],
                H.element("td", [("class", "number")], "\(warmup.ordinal)")
                    + H.element("td", [("class", "number")], DurationText.long(warmup.elapsed))
                    + H.element("td", [("class", "why")], H.escapedLines(warmup.error ?? "")))
        }
        return section(
            "Warm-up requests",
            H.element("table", [], H.element("thead", [], head(["#", "latency", "error"])) + rows.joined())
                + (words.usualWarmupRequest.map { H.element("p", [("class", "faint")], H.escaped($0)) } ?? ""))
    }

    private var changes: String {
        guard let good = postmortem.lastGoodRun else { return "" }
        let title = "Changed since run \(Display.run(good.runID)), which worked"
        guard !postmortem.changes.isEmpty else {
            return section(title, H.element("p", [], "Nothing that the journal records."))
        }
        let rows = postmortem.changes.map { change in
            let (before, after) = change.shown
            return H.element(
                "tr", [],
                H.element("th", [("scope", "row")], H.escaped(change.what)) + H.element("td", [], H.escaped(before))
                    + H.element("td", [], H.escaped(after)))
        }
        return section(
            title,
            H.element("table", [], H.element("thead", [], head(["what", "then", "now"])) + rows.joined()))
    }

    private var output: String {
        guard let tail = story.outputTail, !tail.isEmpty else { return "" }
        return section("Last output", H.element("pre", [("tabindex", "0")], H.escapedLines(tail)))
    }

    private var footer: String {
        H.element(
            "footer", [],
            "modeljournal \(ModelJournalCommand.version), times in \(utc ? "UTC" : "local time"). "
                + "The same as JSON: <code>modeljournal postmortem \(H.escaped(story.run.runID)) -o json</code>")
    }

    // MARK: - Pieces

    private func section(_ title: String, _ content: String) -> String {
        H.element("section", [], H.element("h2", [], H.escaped(title)) + content)
    }

    private func head(_ cells: [String]) -> String {
        H.element(
            "tr", [],
            cells.map { cell in
                H.element("th", [("scope", "col")] + (Self.numbers.contains(cell) ? [("class", "number")] : []), cell)
            }.joined())
    }

    private static func sentence(_ text: String) -> String { text.prefix(1).uppercased() + text.dropFirst() + "." }

    /// Columns that stand at the right.
    private static let numbers: Set = ["elapsed", "latency", "#"]

    /// States differ by shape, not by colour alone.
    private static func mark(_ state: String) -> String {
        switch ModelState(rawValue: state) {
        case .ready: "●"
        case .error: "✕"
        case .loading: "◔"
        case .warmingUp: "◑"
        case .unloading: "◌"
        case .uninitialized, nil: "○"
        }
    }

    private static let style = """
        :root { --ink: #1b1f24; --faint: #5a646f; --paper: #fff; --card: #f5f6f8; --line: #d5dae0;
          --bad: #b3261e; --good: #1a6e37; --busy: #8a5a00; --bar: #7a8794; }
        @media (prefers-color-scheme: dark) { :root { --ink: #e6e9ed; --faint: #a3adb8; --paper: #14171a;
          --card: #1d2125; --line: #363c43; --bad: #ff8a80; --good: #7fd69a; --busy: #f0c060; --bar: #8794a1; } }
        * { box-sizing: border-box; }
        body { margin: 0; background: var(--paper); color: var(--ink); font: 16px/1.5 system-ui, sans-serif; }
        main { max-width: 60rem; margin: 0 auto; padding: 2rem 1rem 3rem; }
        header { border-left: .4rem solid var(--bad); padding-left: 1rem; }
        h1 { font-size: 1.5rem; line-height: 1.25; margin: 0; overflow-wrap: anywhere; }
        h2 { font-size: 1rem; margin: 2rem 0 .5rem; overflow-wrap: anywhere; }
        p { margin: .5rem 0; overflow-wrap: anywhere; }
        .kind { margin: 0; color: var(--faint); font-size: .875rem; }
        .cause, .message { color: var(--bad); white-space: pre-wrap; }
        section { overflow-x: auto; }
        dl { display: grid; grid-template-columns: max-content 1fr; gap: .25rem 1rem; margin: 0; }
        dt { color: var(--faint); }
        dd { margin: 0; white-space: pre-wrap; overflow-wrap: anywhere; }
        table { border-collapse: collapse; width: 100%; font-variant-numeric: tabular-nums; }
        th { text-align: left; font-weight: 600; color: var(--faint); font-size: .875rem; }
        th, td { padding: .25rem .75rem .25rem 0; vertical-align: top; border-bottom: 1px solid var(--line); }
        th[scope=row], .mark, .to, .time, .from { white-space: nowrap; }
        td { overflow-wrap: break-word; }
        .number, th.number { text-align: right; white-space: nowrap; padding-right: 1.25rem; }
        .mark { width: 1.5rem; text-align: center; }
        .to { font-weight: 600; }
        .ERROR, .why { color: var(--bad); white-space: pre-wrap; }
        .READY { color: var(--good); }
        .LOADING, .WARMING_UP { color: var(--busy); }
        .bars { max-width: 40rem; }
        .bars th { width: 5rem; }
        .bar svg { display: block; width: 100%; height: .875rem; margin-top: .3rem; }
        .bar .this { fill: var(--bad); }
        .bar .usual { fill: var(--bar); }
        .faint, footer { color: var(--faint); font-size: .875rem; }
        pre { background: var(--card); padding: .75rem 1rem; margin: .5rem 0; border-radius: .25rem;
          overflow: auto; max-height: 30rem; font: .875rem/1.45 ui-monospace, monospace; white-space: pre-wrap;
          overflow-wrap: anywhere; }
        .command { user-select: all; }
        footer { margin-top: 3rem; border-top: 1px solid var(--line); padding-top: .75rem; overflow-wrap: anywhere; }
        @media (max-width: 30rem) { dl { grid-template-columns: 1fr; gap: 0; } dd { margin-bottom: .5rem; } }
        """
}
