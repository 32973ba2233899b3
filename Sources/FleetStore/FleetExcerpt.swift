import JournalCare
import JournalReports
import LifecycleJournal

/// Some runs of one model as a journal in memory.
struct FleetExcerpt {
    let reader: JournalReader
    private let own: [TransitionRow]

    init(transitions: [ExportedTransition], runID: String, name: String) throws {
        var state = "UNINITIALIZED"
        let rows = transitions.map { transition in
            var transition = transition
            // Whatever came before it is not here.
            if state != transition.row.content.from { transition.row.isAfterGap = true }
            state = transition.row.content.to
            return transition
        }
        reader = try JournalReader(excerpt: rows, name: name)
        own = transitions.filter { $0.row.runID == runID }.map(\.row)
    }

    /// The story with the numbers that its transitions have in their own journal.
    func restored(_ story: RunStory) -> RunStory {
        var story = story
        guard own.count == story.transitions.count else { return story }
        for place in own.indices {
            story.transitions[place].seq = own[place].seq
            story.transitions[place].isAfterGap = own[place].isAfterGap
        }
        return story
    }
}
