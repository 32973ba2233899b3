import ArgumentParser
import JournalRendering
import JournalReports
import LifecycleJournal

struct StatsCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "stats", abstract: "Show start-up latency and failure rates, for each model and provider.",
        discussion: """
            Percentiles are exact, by nearest rank, over the runs that finished the phase.

            Examples:
              modeljournal stats
              modeljournal stats --model en-us --since -7d -o json
              modeljournal stats --by version
              modeljournal stats --fleet http://store:8123/fleet --by host
            """)

    @Option(
        name: .long, help: "Count together by model, or by the provider's version, the host or the day (UTC) as well.")
    var by = StatisticsGrouping.model

    @OptionGroup var source: SourceOption
    @OptionGroup var filters: FilterOptions
    @OptionGroup var output: OutputOptions

    func run() async throws {
        let groups = try await source.with { source in
            let groups = try await source.statistics(filters.filter, by: by)
            try await filters.note(isEmpty: groups.isEmpty, of: "run", source)
            return groups
        }
        Answer(options: output).list(groups.map(\.value)) { StatsText(screen: $0).text(groups) }
    }
}
