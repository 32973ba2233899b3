package import JournalReports
import LifecycleJournal
package import ModelLifecycle

extension Picture {
    /// Where each model was over time: a lane a model, coloured by state.
    /// - Parameters:
    ///   - runs: of any models, in any order.
    ///   - link: where a click on a run leads.
    package static func lanes(
        _ runs: [RunRow], now: WallTime, utc: Bool, link: ((RunRow) -> String)? = nil
    ) -> Picture {
        let (left, width, right): (Double, Double, Double) = (150, 600, 12)
        let models = Set(runs.map(\.model)).sorted()
        let begin = runs.map(\.startedAt.microseconds).min() ?? now.microseconds
        let isOpen = runs.contains { $0.endedAt == nil && $0.isSettled }
        let last = runs.map { endTime(of: $0, now: now) }.max() ?? now.microseconds
        let end = max(begin + 1, isOpen ? max(last, now.microseconds) : last)
        let scale = TimeScale(most: end - begin, length: width)
        var drawing = Drawing()
        legend(
            &drawing, y: 12, [("load", "LOADING"), ("warm", "WARMING_UP"), ("ready", "READY"), ("rest", "UNLOADING")],
            failures: "failed", height: laneHeight)
        let top = 24.0
        for (lane, model) in models.enumerated() {
            let y = top + Double(lane) * 26
            drawing.text("", x: 0, y: y + 15, cut(model, 21), title: model)
            drawing.line("grid", left, y + 20, left + width, y + 20)
            for run in runs where run.model == model {
                draw(run, x: left, y: y + 4, begin: begin, now: now, scale, utc: utc, link: link?(run), &drawing)
            }
        }
        let bottom = top + Double(models.count) * 26 + 14
        drawing.text("faint", x: left, y: bottom, TimeText.short(WallTime(microseconds: begin), utc: utc))
        drawing.text(
            "faint", x: left + width, y: bottom, .end,
            isOpen ? "now" : TimeText.short(WallTime(microseconds: end), utc: utc) + (utc ? " UTC" : ""))
        return Picture(
            title: "Recent runs",
            description: "\(runs.count) run\(runs.count == 1 ? "" : "s") of "
                + "\(models.count) model\(models.count == 1 ? "" : "s")",
            width: left + width + right, height: bottom + 8, drawing: drawing)
    }

    /// The nearer to READY, the higher: colour alone does not tell everybody.
    private static func laneHeight(_ style: String) -> Double {
        switch style {
        case "load": 6
        case "warm": 10
        case "ready": 14
        default: 3
        }
    }

    private static func endTime(of run: RunRow, now: WallTime) -> Int64 {
        if let end = run.endedAt { return end.microseconds }
        return run.isSettled ? now.microseconds : run.startedAt.microseconds + (run.startup ?? run.load ?? 0)
    }

    private static func draw(
        _ run: RunRow, x: Double, y: Double, begin: Int64, now: WallTime, _ scale: TimeScale, utc: Bool, link: String?,
        _ drawing: inout Drawing
    ) {
        let start = run.startedAt.microseconds - begin
        let end = endTime(of: run, now: now) - begin
        let words = [
            run.model, TimeText.short(run.startedAt, utc: utc), run.outcome.text, run.reason?.text,
            run.startup.map { "start-up \(DurationText.long($0))" },
        ].compactMap { $0 }.joined(separator: ", ")
        let loaded = run.load.map { start + $0 }
        let ready = run.startup.map { start + $0 }
        let unready = ready.map { ready in min(end, ready + (run.ready ?? (end - ready))) }
        let pieces: [(String, Int64, Int64?)] = [
            ("load", start, loaded ?? end), ("warm", loaded ?? end, ready ?? end), ("ready", ready ?? end, unready),
            ("rest", unready ?? end, end),
        ]
        for (style, from, to) in pieces {
            guard let to, to > from else { continue }
            let left = scale.place(from)
            let height = laneHeight(style)
            drawing.rect(
                style, x: x + left, y: y + 14 - height, width: max(1, scale.place(to) - left), height: height,
                title: words, link: link)
        }
        if run.outcome.known?.isFailure == true {
            drawing.text("bad cross", x: x + scale.place(end), y: y + 14, .middle, "✕", title: words, link: link)
        }
    }
}
