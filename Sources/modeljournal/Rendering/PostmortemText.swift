import JournalRendering
import JournalReports
import LifecycleJournal
import ModelLifecycle

/// Why a run failed, for people: the cause first, then what supports it, then what to do next.
struct PostmortemText {
    let screen: Screen
    let invocation: Invocation

    func text(_ postmortem: Postmortem) -> String {
        let words = PostmortemWords(postmortem: postmortem, utc: screen.utc)
        let story = StoryText(screen: screen, invocation: invocation)
        let message = postmortem.story.run.message.map { ": " + $0 } ?? ""
        var lines = Display.wrapped(Escaping.visible(words.headline + message), width: screen.width)
            .map { screen.styled($0, .red) }
        lines += story.facts(words.facts.map { ($0, $1) })
        lines += [""] + story.timeline(postmortem.story)
        lines += story.warmups(postmortem.story.warmups)
        if let usual = words.usualWarmupRequest { lines.append("  " + screen.styled(usual, .faint)) }
        lines += story.tail(postmortem.story.outputTail)
        lines += [""] + next(postmortem.nextStep(invocation))
        return lines.joined(separator: "\n")
    }

    /// The command stands on a line of its own, so that it can be copied.
    private func next(_ step: NextStep) -> [String] {
        let end = step.command == nil || step.advice.hasSuffix("?") ? "" : ":"
        return Display.wrapped(Escaping.visible("Next: \(step.advice)\(end)"), width: screen.width)
            .map { screen.styled($0, .faint) } + (step.command.map { ["  " + Escaping.visible($0)] } ?? [])
    }
}
