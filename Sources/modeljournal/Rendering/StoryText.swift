import JournalRendering
import JournalReports
import LifecycleJournal
import ModelLifecycle

/// One run in full, for people.
struct StoryText {
    let screen: Screen
    let invocation: Invocation

    func text(_ story: RunStory) -> String {
        let run = story.run
        let outcome = Escaping.visible(run.outcome.text)
        let model = Display.cut(Escaping.visible(run.model), screen.width - outcome.columns - 2)
        var lines = [screen.styled(model, .bold) + "  " + screen.styled(outcome, Screen.style(ofOutcome: run.outcome))]
        lines += facts([
            ("run", run.runID), ("provider", run.provider + (run.version.map { " \($0)" } ?? "")),
            ("attempt", String(run.attempt)), ("correlation", run.correlationID),
            ("in place of", run.wanted),
            ("started", TimeText.short(run.startedAt, utc: screen.utc)),
            ("ended", run.endWords(utc: screen.utc)),
            (
                "not settled",
                run.isSettled
                    ? nil : "`\(invocation.journalCommand("run", "--resume"))` records the interruption"
            ),
            ("engine", "\(run.engineID) (pid \(run.pid) on \(run.host))"),
            ("start-up", run.startup.map { startup($0, story) }),
            ("model file", modelFile(story)), ("server", server(story)),
            ("ready for", run.ready.map(DurationText.long)),
            ("reason", run.reason?.text), ("message", run.message), ("exit status", run.exitCode.map(String.init)),
            ("signal", run.signal.map(String.init)),
            ("warnings", story.warnings.isEmpty ? nil : story.warnings.joined(separator: "\n")),
        ])
        lines += [""] + timeline(story)
        lines += warmups(story.warmups)
        lines += [""] + section("Configuration") + indented([story.configuration])
        lines += tail(story.outputTail)
        return lines.joined(separator: "\n")
    }

    func facts(_ facts: [(String, String?)]) -> [String] {
        let width = 13
        return facts.flatMap { name, value -> [String] in
            guard let value else { return [] }
            let text = Escaping.lines(value).flatMap { Display.wrapped($0, width: screen.width - width - 2) }
            return text.enumerated().map { index, line in
                "  " + screen.styled(Display.padded(index == 0 ? name : "", width), .faint) + line
            }
        }
    }

    func section(_ title: String) -> [String] { [screen.styled(title, .bold)] }

    func timeline(_ story: RunStory) -> [String] {
        var text = HistoryText(screen)
        return section("Timeline") + text.lines(story.transitions, events: story.notes, withHeading: false)
    }

    func warmups(_ warmups: [WarmupRow]) -> [String] {
        guard !warmups.isEmpty else { return [] }
        return [""] + section("Warm-up")
            + warmups.flatMap { warmup -> [String] in
                let elapsed = Display.padded(DurationText.long(warmup.elapsed), 10, right: true)
                let error = Escaping.lines(warmup.error ?? "").flatMap { Display.wrapped($0, width: screen.width - 4) }
                return ["  inference \(warmup.ordinal)  \(elapsed)"]
                    + (warmup.error == nil ? [] : error.map { "    " + screen.styled($0, .red) })
            }
    }

    func tail(_ output: String?) -> [String] {
        guard let output, !output.isEmpty else { return [] }
        // It mostly ends with its last line's end, and what comes next keeps its own distance.
        var lines = Escaping.lines(output)
        while lines.last?.isEmpty == true { lines.removeLast() }
        return [""] + section("Last output") + indented(lines.suffix(40))
    }

    private func indented(_ texts: [String]) -> [String] {
        texts.flatMap { Display.wrapped(Escaping.visible($0), width: screen.width - 2) }
            .map { $0.isEmpty ? "" : "  " + $0 }
    }

    private func startup(_ startup: Int64, _ story: RunStory) -> String {
        guard let phases = StartupPhases(story) else { return DurationText.long(startup) }
        let parts = [
            ("queue", phases.queue), ("digest", phases.digest), ("spawn", phases.spawn), ("load", phases.load),
            ("warm-up", phases.warmup), ("rest", phases.residual),
        ].filter { $0.1 > 0 || $0.0 == "load" }
        let text = parts.map { "\($0.0) \(DurationText.long($0.1))" }.joined(separator: ", ")
        return "\(DurationText.long(startup)) (\(text))"
    }

    /// Its process, and where it was found to answer.
    private func server(_ story: RunStory) -> String? {
        let noted = story.notes.filter { $0.kind == RunNote.Kind.process.rawValue }.compactMap(\.message)
        return noted.isEmpty ? story.run.serverPID.map { "pid \($0)" } : noted.joined(separator: "\n")
    }

    private func modelFile(_ story: RunStory) -> String? {
        let parts = [story.modelFileWords, story.run.identity.map(state)].compactMap { $0 }
        return parts.isEmpty ? nil : parts.joined(separator: "\n")
    }

    private func state(_ identity: ModelIdentity) -> String {
        let digest = identity.digest.map { ", SHA-256 \($0.prefix(16))…" } ?? ""
        return "\(identity.bytes) bytes, changed \(TimeText.short(identity.modifiedAt, utc: screen.utc))\(digest)"
    }
}
