import LifecycleJournal
import ModelLifecycle

/// What the overview shows, as the journal tells it at one moment.
struct OverviewContents: Sendable {
    private static let runsInTable = 40
    private static let runsInPicture = 120

    var now: WallTime
    var models: [ModelStatus]
    /// The model whose starts are shown; nil for an empty journal.
    var chosen: String?
    /// Newest first, of all models.
    var runs: [RunRow]
    /// Oldest first, of the chosen model.
    var starts: [RunRow]
    var statistics: [StartupStatistics]
    var histograms: [(name: String, histogram: DurationHistogram)]

    /// - Parameter model: whose starts to show; nil for the one that began last.
    init(_ reader: JournalReader, model: String?) throws {
        now = .now
        models = try reader.status(models: [])
        var filter = ReportFilter()
        filter.lines = Self.runsInTable
        filter.reverse = true
        runs = try reader.runs(filter)
        chosen = model ?? runs.first?.model
        (starts, statistics, histograms) = ([], [], [])
        guard let chosen else { return }
        filter.models = [chosen]
        filter.lines = Self.runsInPicture
        filter.reverse = false
        starts = try reader.runs(filter)
        filter.lines = nil
        statistics = try reader.statistics(filter)
        let durations = StartDurations(merging: try reader.durations(filter))
        histograms = [
            ("start-up", try durations.histogram(.startup)), ("load", try durations.histogram(.load)),
            ("warm-up", try durations.histogram(.warmup)),
        ]
    }
}
