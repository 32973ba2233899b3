import LifecycleJournal

enum RunsText {
    static func table(_ runs: [RunRow], _ screen: Screen) -> String {
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
                .init(text: run.outcome, style: Screen.style(ofOutcome: run.outcome)),
                .init(text: DurationText.optional(run.startup)), .init(text: DurationText.optional(run.load)),
                .init(text: DurationText.optional(run.warmup)), .init(text: run.ready.map(DurationText.long) ?? ""),
                .init(text: run.reason ?? ""),
                .init(text: run.message ?? "", style: .faint),
            ])
        }
        return table.rendered(screen)
    }
}
