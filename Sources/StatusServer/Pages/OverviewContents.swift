import JournalReports
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

    /// - Parameters:
    ///   - model: whose starts to show; nil for the one that began last.
    ///   - own: the models that are told of; nil for all of the journal.
    init(_ reader: JournalReader, model: String?, own: [String]?) throws {
        now = .now
        (models, runs, starts, statistics, histograms) = ([], [], [], [], [])
        var known: [String] = []
        if let own {
            known = try reader.models().filter(own.contains)
            // Nothing of them has been recorded yet.
            guard !known.isEmpty else { return }
        }
        models = try reader.status(models: known)
        var filter = ReportFilter()
        // By keyboard the runs of a picture are reached by the table: where it is about one model, both have the same.
        let isOfOne = model != nil || models.count == 1
        filter.models = model.map { [$0] } ?? known
        filter.lines = isOfOne ? Self.runsInPicture : Self.runsInTable
        filter.reverse = true
        runs = try reader.runs(filter)
        chosen = model ?? runs.first?.model
        guard let chosen else { return }
        filter.models = [chosen]
        filter.lines = Self.runsInPicture
        filter.reverse = false
        starts = try reader.runs(filter)
        filter.lines = nil
        statistics = try reader.statistics(filter)
        histograms = try reader.histograms(filter).phases
    }
}
