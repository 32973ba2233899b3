package import LifecycleJournal
import ModelLifecycle

/// Where reports come from: a journal, or a store of many.
package protocol ReportSource: Sendable {
    /// What it is called in messages.
    var name: String { get }

    /// True while nothing has been recorded.
    func isEmpty() async throws -> Bool

    /// - Returns: nil where there are more than so many.
    func runs(_ filter: ReportFilter, most: Int) async throws -> [RunRow]?
    func runs(_ filter: ReportFilter) async throws -> [RunRow]
    /// One after the other, of which there may be more than memory holds.
    func eachRun(_ filter: ReportFilter, _ body: (RunRow) throws -> Void) async throws

    /// - Returns: nil where there are more than so many.
    func history(_ filter: ReportFilter, most: Int) async throws -> [TransitionRow]?
    func eachTransition(_ filter: ReportFilter, _ body: (TransitionRow) throws -> Void) async throws
    /// The transitions of one run after the other, with what `history` tells between them.
    func eachRunsHistory(
        _ filter: ReportFilter, _ body: ([TransitionRow], [NoteRow]) throws -> Void
    ) async throws

    /// What became known of these runs between their transitions, as far as `history` tells it, by the run's ID.
    func events(of runs: Set<String>) async throws -> [String: [NoteRow]]

    func statistics(_ filter: ReportFilter, by grouping: StatisticsGrouping) async throws -> [StartupStatistics]
    func histograms(_ filter: ReportFilter) async throws -> StartHistograms

    func story(_ selector: RunSelector) async throws -> RunStory
    func postmortem(_ selector: RunSelector?, models: [String]) async throws -> Postmortem?
    func status(models: [String]) async throws -> [ModelStatus]
}

/// How often starts took how long, of some models together.
package struct StartHistograms: Sendable {
    /// Sorted; with each provider once.
    package var models: [String]
    package var phases: [(name: String, histogram: DurationHistogram)]

    package init(models: [String], phases: [(name: String, histogram: DurationHistogram)]) {
        self.models = models
        self.phases = phases
    }

    /// Of runs that come one after the other from elsewhere.
    package static func counting(_ runs: ((RunRow) throws -> Void) async throws -> Void) async throws -> StartHistograms
    {
        var models: Set<[String]> = []
        var tally = StartTally()
        try await runs { run in
            models.insert([run.model, run.provider])
            try tally.add(StartTally.Run(run))
        }
        let all = StartDurations(model: "", provider: "", parts: tally.finished())
        return StartHistograms(
            models: models.sorted { $0.lexicographicallyPrecedes($1) }.map { $0[0] },
            phases: try names.map { ($0.name, try all.histogram($0.phase)) })
    }

    /// What they are called, in the order in which they are shown.
    package static let names: [(phase: StartPhase, name: String)] = [
        (.startup, "start-up"), (.load, "load"), (.warmup, "warm-up"),
    ]
}

extension JournalReader: ReportSource {
    package var name: String { path }

    package func histograms(_ filter: ReportFilter) throws -> StartHistograms {
        let durations = try durations(filter)
        let all = StartDurations(merging: durations)
        return StartHistograms(
            models: durations.map(\.model),
            phases: try StartHistograms.names.map { ($0.name, try all.histogram($0.phase)) })
    }
}
