import ArgumentParser
import JournalRendering
import JournalReports
import LifecycleJournal

struct RunsCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "runs", abstract: "Show one row a run: when, how long it took to start, how it ended.",
        discussion: """
            Examples:
              modeljournal runs -n 10
              modeljournal runs --outcome failed --since -7d -o csv
            """)

    @OptionGroup var source: SourceOption
    @OptionGroup var filters: FilterOptions
    @OptionGroup var output: OutputOptions

    func run() async throws {
        try await source.with { try await answer($0) }
    }

    private func answer(_ source: any ReportSource) async throws {
        let answer = Answer(options: output)
        guard let runs = try await source.runs(filters.filter, most: Answer.few) else {
            return try await answer.stream(columns: RunRow.columns) { put in
                try await source.eachRun(filters.filter) { put($0.value) }
            } text: { screen in
                var text = RunsText(screen, chunk: Answer.few)
                try await source.eachRun(filters.filter) { text.add($0) }
                text.finish()
            }
        }
        try await filters.note(isEmpty: runs.isEmpty, of: "run", source)
        answer.list(runs.map(\.value), columns: RunRow.columns) { screen in
            runs.isEmpty ? "" : RunsText.table(runs, screen)
        }
    }
}
