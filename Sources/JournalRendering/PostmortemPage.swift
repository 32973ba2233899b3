import Foundation
package import JournalReports
import LifecycleJournal
import ModelLifecycle

/// A post-mortem as one HTML file: it asks nobody for anything, runs nothing, and can be mailed or attached
/// to a ticket.
package struct PostmortemPage {
    private let postmortem: Postmortem
    private let utc: Bool
    private let version: String
    private let invocation: Invocation

    /// - Parameters:
    ///   - version: of this program.
    ///   - invocation: how this program was called.
    package init(postmortem: Postmortem, utc: Bool, version: String, invocation: Invocation) {
        self.postmortem = postmortem
        self.utc = utc
        self.version = version
        self.invocation = invocation.anywhere
    }

    private typealias H = HTMLText

    private var story: RunStory { postmortem.story }
    private var words: PostmortemWords { PostmortemWords(postmortem: postmortem, utc: utc) }

    package var title: String { words.headline }

    /// The file.
    package var html: String {
        """
        <!doctype html>
        <html lang="en">
        <head>
        <meta charset="utf-8">
        <meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">
        <meta name="viewport" content="width=device-width, initial-scale=1">
        <meta name="color-scheme" content="light dark">
        <title>\(H.escaped(title))</title>
        <style>
        \(Theme.css)
        \(Picture.css)
        \(PageStyle.css)
        </style>
        </head>
        <body>
        <main>
        \(contents)
        \(footer)
        </main>
        </body>
        </html>
        """
    }

    /// What stands between the beginning and the end of any page.
    package var contents: String {
        [header, next, picture, comparison, facts, timeline, warmups, changes, output].joined(separator: "\n")
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
        let step = postmortem.nextStep(invocation)
        let command = step.command.map { H.element("pre", [("class", "command")], H.escaped($0)) } ?? ""
        return H.section("Next", H.element("p", [], H.escaped(Self.sentence(step.advice))) + command)
    }

    private var picture: String {
        H.element(
            "section", [], H.scrolling("The run as a picture", Picture.timeline(story, now: nil, utc: utc).inline))
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
        return H.section(
            "Time in \(comparison.phase)",
            H.element("table", [("class", "bars")], rows)
                + H.element("p", [("class", "faint")], "against \(count) earlier run\(count == 1 ? "" : "s")"))
    }

    private var facts: String {
        // Told elsewhere on the page.
        let left = words.facts.filter { !["cause", "changed", "compared"].contains($0.0) }
        let rows = left.map { H.element("dt", [], $0) + H.element("dd", [], H.escapedLines($1)) }.joined()
        return H.section("Evidence", H.element("dl", [], rows))
    }

    private var timeline: String {
        let titles = H.head(["time", "", "from", "to", "elapsed", "trigger"])
        let rows = story.transitions.map { transition -> String in
            let why = [transition.reason?.text, transition.message].compactMap { $0 }.joined(separator: ": ")
            let mark = H.element(
                "td", [("class", "mark \(transition.to.text)"), ("aria-hidden", "true")], StateMark.text(transition.to))
            let cells =
                H.element("td", [("class", "faint time")], TimeText.clock(transition.at, utc: utc)) + mark
                + H.element("td", [("class", "from")], H.escaped(transition.from.text))
                + H.element("td", [("class", "to \(transition.to.text)")], H.escaped(transition.to.text))
                + H.element("td", [("class", "number")], DurationText.optional(transition.elapsed))
                + H.element("td", [("class", "faint")], H.escaped(transition.trigger.text))
            let note =
                why.isEmpty
                ? ""
                : H.element(
                    "tr", [],
                    "<td></td><td></td>"
                        + H.element("td", [("colspan", "4"), ("class", "why")], H.escapedLines(why)))
            return H.element("tr", [], cells) + note
        }
        return H.section("Timeline", H.scrolling("Timeline", H.element("table", [], titles + rows.joined())))
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
        return H.section(
            "Warm-up requests",
            H.scrolling("Warm-up requests", H.element("table", [], H.head(["#", "latency", "error"]) + rows.joined()))
                + (words.usualWarmupRequest.map { H.element("p", [("class", "faint")], H.escaped($0)) } ?? ""))
    }

    private var changes: String {
        guard let good = postmortem.lastGoodRun else { return "" }
        let title = "Changed since run \(Display.run(good.runID)), which worked"
        guard !postmortem.changes.isEmpty else {
            return H.section(title, H.element("p", [], "Nothing that the journal records."))
        }
        let rows = postmortem.changes.map { change in
            let (before, after) = change.shown
            return H.element(
                "tr", [],
                H.element("th", [("scope", "row")], H.escaped(change.what)) + H.element("td", [], H.escaped(before))
                    + H.element("td", [], H.escaped(after)))
        }
        return H.section(
            title,
            H.scrolling(title, H.element("table", [], H.head(["what", "then", "now"]) + rows.joined())))
    }

    private var output: String {
        guard let tail = story.outputTail, !tail.isEmpty else { return "" }
        return H.section("Last output", H.element("pre", [("tabindex", "0")], H.escapedLines(tail)))
    }

    private var footer: String {
        let zone = TimeText.zone(story.run.endedAt ?? story.run.startedAt, utc: utc)
        let command = invocation.command("postmortem", story.run.runID, "-o", "json")
        return H.element(
            "footer", [],
            "modeljournal \(H.escaped(version)), times in \(utc ? zone : "local time (\(zone))"). "
                + "The same as JSON: <code>\(H.escaped(command))</code>")
    }

    private static func sentence(_ text: String) -> String {
        text.prefix(1).uppercased() + text.dropFirst() + (text.hasSuffix("?") ? "" : ".")
    }
}
