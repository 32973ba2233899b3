import Foundation
import JournalCare
import JournalRendering
import JournalReports
import LifecycleJournal

/// Some runs of one model as a journal that lasts for one question.
struct FleetExcerpt {
    private let transitions: [ExportedTransition]
    private let runID: String

    init(transitions: [ExportedTransition], runID: String) {
        self.transitions = transitions
        self.runID = runID
    }

    func read<Result>(_ body: (JournalReader) throws -> Result) throws -> Result {
        let folder = FileManager.default.temporaryDirectory.appending(path: "modeljournal-\(UUID().uuidString)")
        try FileManager.default.createDirectory(
            at: folder, withIntermediateDirectories: false, attributes: [.posixPermissions: 0o700])
        defer { try? FileManager.default.removeItem(at: folder) }
        let lines = folder.appending(path: "rows.ndjson")
        var state = "UNINITIALIZED"
        let text = transitions.map { transition in
            var transition = transition
            // Whatever came before it is not here.
            if state != transition.row.content.from { transition.row.isAfterGap = true }
            state = transition.row.content.to
            return JSONText.compact(transition.value)
        }.joined(separator: "\n")
        try Data(text.utf8).write(to: lines)
        let handle = try FileHandle(forReadingFrom: lines)
        defer { try? handle.close() }
        let journal = folder.appending(path: "journal.sqlite").path
        _ = try JournalImport(path: journal).perform(from: handle.fileDescriptor, name: "the store's answer")
        return try body(JournalReader(path: journal))
    }

    /// The story with the numbers that its transitions have in their own journal.
    func restored(_ story: RunStory) -> RunStory {
        var story = story
        let own = transitions.filter { $0.row.runID == runID }.map(\.row)
        guard own.count == story.transitions.count else { return story }
        for place in own.indices {
            story.transitions[place].seq = own[place].seq
            story.transitions[place].isAfterGap = own[place].isAfterGap
        }
        return story
    }
}
