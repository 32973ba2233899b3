import ArgumentParser
import JournalRendering
import LifecycleJournal

struct StatsCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "stats", abstract: "Show start-up latency and failure rates, for each model and provider.",
        discussion: """
            Percentiles are exact, by nearest rank, over the runs that finished the phase.

            Examples:
              modeljournal stats
              modeljournal stats --model en-us --since -7d -o json
              modeljournal stats --by version
            """)

    @Option(name: .long, help: "Count together by model, or by the provider's version as well.")
    var by = StatisticsGrouping.model

    @OptionGroup var journal: JournalOption
    @OptionGroup var filters: FilterOptions
    @OptionGroup var output: OutputOptions

    func run() throws {
        let reader = try journal.reader()
        let groups = try reader.statistics(filters.filter, by: by)
        try filters.note(isEmpty: groups.isEmpty, of: "run", reader)
        Answer(options: output).list(groups.map(\.value)) { StatsText(screen: $0).text(groups) }
    }
}
