package import JournalReports
import LifecycleJournal
import ModelLifecycle

extension Picture {
    /// Start-up latency over time: one bar a run, load and warm-up on top of each other, failures marked.
    /// - Parameters:
    ///   - runs: oldest first.
    ///   - link: where a click on a run leads; nil for nowhere.
    package static func latency(
        _ runs: [RunRow], utc: Bool, link: ((RunRow) -> String)? = nil
    ) -> Picture {
        let (left, width, right): (Double, Double, Double) = (64, 640, 56)
        let (top, height): (Double, Double) = (48, 180)
        let bottom = top + height
        let startups = DurationStatistics(runs.compactMap(\.startup))
        let most = ceiling(runs, startups)
        let scale = TimeScale(most: most, length: height)
        var drawing = Drawing()
        drawing.text("name", x: 0, y: 18, heading(runs))
        legend(&drawing, y: 36, [("load", "load"), ("warm", "warm-up")], failures: "start failed")
        // Of failed starts alone there is nothing to measure.
        let hasTimes = runs.contains { $0.load != nil }
        if !hasTimes { drawing.text("faint", x: left + 12, y: top + height / 2, "No start has finished loading.") }
        for tick in scale.ticks where hasTimes || tick == 0 {
            let y = bottom - scale.place(tick)
            drawing.line(tick == 0 ? "axis" : "grid", left, y, left + width, y)
            drawing.text("faint", x: left - 6, y: y + 4, .end, tick == 0 ? "0" : DurationText.long(tick))
        }
        let step = width / Double(max(1, runs.count))
        let bar = min(14, max(1, step * 0.8))
        for (place, run) in runs.enumerated() {
            let x = left + (Double(place) + 0.5) * step - bar / 2
            draw(run, x: x, bar: bar, bottom: bottom, scale, utc: utc, link: link?(run), &drawing)
        }
        if let startups {
            for (name, value, style) in [("p50", startups.p50, "p50"), ("p95", startups.p95, "p95")] {
                let y = bottom - scale.place(value)
                drawing.line(style, left, y, left + width, y)
                // Two words on one line cannot be read.
                let isClose = name == "p95" && scale.place(value) - scale.place(startups.p50) < 13
                drawing.text("", x: left + width + 4, y: isClose ? y - 8 : y + 4, name, title: DurationText.long(value))
            }
        }
        times(of: runs, left: left, step: step, y: bottom + 16, utc: utc, &drawing)
        let failed = runs.count(where: isFailedStart)
        let words = startups.map { "p50 \(DurationText.long($0.p50)), p95 \(DurationText.long($0.p95))" }
        return Picture(
            title: "Start-up latency",
            description: [words, "\(failed) of \(runs.count) start\(runs.count == 1 ? "" : "s") failed"].compactMap {
                $0
            }
            .joined(separator: ", "), width: left + width + right, height: bottom + 26, drawing: drawing)
    }

    private static func heading(_ runs: [RunRow]) -> String {
        let models = Set(runs.map(\.model))
        let which = runs.count == 1 ? "one run" : "the last \(runs.count) runs"
        let whose = models.count == 1 ? models.first.map { " of \(cut($0, 40))" } ?? "" : " of \(models.count) models"
        return "Start-up latency of \(which)\(whose)"
    }

    /// What failed once it was READY had started well.
    private static func isFailedStart(_ run: RunRow) -> Bool {
        run.startup == nil && run.outcome.known?.isFailure == true
    }

    /// One slow start must not press all others flat.
    private static func ceiling(_ runs: [RunRow], _ startups: DurationStatistics?) -> Int64 {
        let most = runs.compactMap { $0.startup ?? $0.load }.max() ?? 1
        guard let p95 = startups?.p95, most > p95 * 4 else { return most }
        return p95 * 2
    }

    private static func draw(
        _ run: RunRow, x: Double, bar: Double, bottom: Double, _ scale: TimeScale, utc: Bool, link: String?,
        _ drawing: inout Drawing
    ) {
        let words = [
            TimeText.short(run.startedAt, utc: utc), run.model,
            run.startup.map { "start-up \(DurationText.long($0))" }, run.load.map { "load \(DurationText.long($0))" },
            run.warmup.map { "warm-up \(DurationText.long($0))" }, run.outcome.text, run.reason?.text,
        ].compactMap { $0 }.joined(separator: ", ")
        let load = scale.place(run.load ?? 0)
        let whole = scale.place((run.load ?? 0) + (run.warmup ?? 0))
        if run.load != nil {
            drawing.rect("load", x: x, y: bottom - load, width: bar, height: max(1, load), title: words, link: link)
        }
        if run.warmup != nil, whole > load {
            drawing.rect("warm", x: x, y: bottom - whole, width: bar, height: whole - load, title: words, link: link)
        }
        let isCut = (run.load ?? 0) + (run.warmup ?? 0) > scale.most
        if isCut { drawing.text("", x: x + bar / 2, y: bottom - whole - 3, .middle, "▲", title: words, link: link) }
        if isFailedStart(run) {
            drawing.text(
                "bad", x: x + bar / 2, y: bottom - whole - (isCut ? 14 : 3), .middle, "✕", title: words, link: link)
        }
    }

    private static func times(
        of runs: [RunRow], left: Double, step: Double, y: Double, utc: Bool, _ drawing: inout Drawing
    ) {
        guard let first = runs.first, let last = runs.last else { return }
        drawing.text("faint", x: left, y: y, TimeText.short(first.startedAt, utc: utc))
        guard runs.count > 1 else { return }
        drawing.text(
            "faint", x: left + step * Double(runs.count), y: y, .end,
            TimeText.short(last.startedAt, utc: utc) + (utc ? " UTC" : ""))
    }

    static func legend(
        _ drawing: inout Drawing, y: Double, _ entries: [(style: String, words: String)], failures: String? = nil,
        height: (String) -> Double = { _ in 12 }
    ) {
        var x = 0.0
        for (style, words) in entries {
            drawing.rect(style, x: x, y: y + 2 - height(style), width: 12, height: height(style))
            drawing.text("faint", x: x + 17, y: y, words)
            x += 17 + 8.5 * Double(words.count) + 16
        }
        guard let failures else { return }
        drawing.text("bad", x: x, y: y, "✕")
        drawing.text("faint", x: x + 15, y: y, failures)
    }
}
