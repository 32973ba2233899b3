import ArgumentParser
import JournalRendering
import LifecycleJournal

struct RunsCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "runs", abstract: "Show one row a run: when, how long it took to start, how it ended.",
        discussion: """
            Examples:
              modeljournal runs -n 10
              modeljournal runs --outcome failed --since -7d -o csv
            """)

    @OptionGroup var journal: JournalOption
    @OptionGroup var filters: FilterOptions
    @OptionGroup var output: OutputOptions

    func run() throws {
        let reader = try journal.reader()
        let answer = Answer(options: output)
        guard let runs = try reader.runs(filters.filter, most: Answer.few) else {
            return try answer.stream(columns: RunRow.columns) { put in
                try reader.eachRun(filters.filter) { put($0.value) }
            } text: { screen in
                var text = RunsText(screen, chunk: Answer.few)
                try reader.eachRun(filters.filter) { text.add($0) }
                text.finish()
            }
        }
        try filters.note(isEmpty: runs.isEmpty, of: "run", reader)
        answer.list(runs.map(\.value), columns: RunRow.columns) { screen in
            runs.isEmpty ? "" : RunsText.table(runs, screen)
        }
    }
}
