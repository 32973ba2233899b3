import ArgumentParser
import LifecycleJournal

struct StatsCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "stats", abstract: "Show start-up latency and failure rates, for each model and provider.",
        discussion: """
            Percentiles are exact, by nearest rank, over the runs that finished the phase.

            Examples:
              modeljournal stats
              modeljournal stats --model en-us --since -7d -o json
            """)

    @OptionGroup var journal: JournalOption
    @OptionGroup var filters: FilterOptions
    @OptionGroup var output: OutputOptions

    func run() throws {
        let reader = try journal.reader()
        let groups = try reader.statistics(filters.filter)
        try filters.note(isEmpty: groups.isEmpty, of: "run", reader)
        Answer(options: output).list(groups.map(\.value)) { StatsText(screen: $0).text(groups) }
    }
}
