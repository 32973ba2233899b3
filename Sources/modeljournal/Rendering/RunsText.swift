import JournalRendering
import JournalReports
import LifecycleJournal
import ModelLifecycle

/// Runs for people: a line for each.
struct RunsText {
    private let screen: Screen
    private let chunk: Int
    private var runs: [RunRow] = []
    private var layout: TextTable.Layout?

    /// - Parameter chunk: so many runs at a time; the first ones tell how wide the columns are.
    init(_ screen: Screen, chunk: Int) {
        self.screen = screen
        self.chunk = chunk
    }

    mutating func add(_ run: RunRow) {
        runs.append(run)
        if runs.count == chunk { finish() }
    }

    /// Puts out those that were added last.
    mutating func finish() {
        guard !runs.isEmpty else { return }
        let table = Self.filled(runs, screen)
        let fixed = layout ?? table.layout(screen)
        let lines = (layout == nil ? [table.heading(fixed, screen)] : []) + table.lines(fixed, screen)
        for line in lines { Answer.write(line, terminator: "\n") }
        layout = fixed
        runs.removeAll(keepingCapacity: true)
    }

    static func table(_ runs: [RunRow], _ screen: Screen) -> String { filled(runs, screen).rendered(screen) }

    private static func filled(_ runs: [RunRow], _ screen: Screen) -> TextTable {
        var table = TextTable([
            .init(title: "STARTED"), .init(title: "RUN"), .init(title: "MODEL", minimum: 12),
            .init(title: "PROVIDER", rank: 6),
            .init(title: "TRY", isRight: true, rank: 3), .init(title: "OUTCOME"),
            .init(title: "STARTUP", isRight: true, rank: 1), .init(title: "LOAD", isRight: true, rank: 4),
            .init(title: "WARM-UP", isRight: true, rank: 5), .init(title: "READY FOR", isRight: true, rank: 7),
            .init(title: "REASON", rank: 2), .init(title: "MESSAGE", rank: 8, minimum: 30),
        ])
        for run in runs {
            table.add([
                .init(text: TimeText.short(run.startedAt, utc: screen.utc), style: .faint),
                .init(text: Display.run(run.runID)), .init(text: run.model, style: .bold),
                .init(text: run.provider), .init(text: String(run.attempt)),
                .init(text: run.outcome.text, style: Screen.style(ofOutcome: run.outcome)),
                .init(text: DurationText.optional(run.startup)), .init(text: DurationText.optional(run.load)),
                .init(text: DurationText.optional(run.warmup)), .init(text: run.ready.map(DurationText.long) ?? ""),
                .init(text: run.reason?.text ?? ""),
                .init(text: run.message ?? "", style: .faint),
            ])
        }
        return table
    }
}
