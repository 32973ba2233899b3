import ArgumentParser
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
        let runs = try reader.runs(filters.filter)
        try filters.note(isEmpty: runs.isEmpty, of: "run", reader)
        Answer(options: output).list(runs.map(\.value), columns: RunRow.columns) { screen in
            runs.isEmpty ? "" : RunsText.table(runs, screen)
        }
    }
}
