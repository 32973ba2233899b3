package import JournalReports
import LifecycleJournal
import ModelLifecycle

extension Picture {
    /// How often each duration came, for start-up, load and warm-up, on one logarithmic axis.
    package static func distribution(_ name: String, _ phases: [(name: String, histogram: DurationHistogram)])
        -> Picture
    {
        let (left, width, right): (Double, Double, Double) = (96, 600, 64)
        let (top, height, gap): (Double, Double, Double) = (34, 84, 22)
        let filled = phases.filter { $0.histogram.statistics != nil }
        var drawing = Drawing()
        drawing.text("name", x: 0, y: 18, name)
        guard let low = filled.compactMap({ $0.histogram.statistics?.min }).min(),
            let high = filled.compactMap({ $0.histogram.statistics?.max }).max()
        else {
            drawing.text("faint", x: 0, y: 44, "No start has finished a phase yet.")
            return Picture(
                title: name, description: "nothing yet", width: left + width + right, height: 60, drawing: drawing)
        }
        // One and the same value all over the width would say nothing.
        let isNarrow = high < low * 2
        let scale = LogarithmicScale(from: isNarrow ? low / 2 : low, to: isNarrow ? high * 2 : high, length: width)
        var y = top
        for (name, histogram) in filled {
            guard let statistics = histogram.statistics else { continue }
            let bottom = y + height
            let most = Double(histogram.counts.map(\.count).max() ?? 1)
            let style = name == "load" ? "load" : name == "warm-up" ? "warm" : "rest"
            for tick in scale.ticks {
                drawing.line("grid", left + scale.place(tick), y, left + scale.place(tick), bottom)
            }
            for bucket in histogram.counts {
                let x = scale.place(bucket.from)
                let size = Double(bucket.count) / most * (height - 14)
                drawing.rect(
                    style, x: left + x, y: bottom - max(1, size), width: max(1.5, scale.place(bucket.to) - x - 0.5),
                    height: max(1, size),
                    title: "\(bucket.count) of \(statistics.count) from \(DurationText.long(bucket.from)) to "
                        + DurationText.long(bucket.to))
            }
            drawing.line("axis", left, bottom, left + width, bottom)
            drawing.text("", x: 0, y: bottom - 18, name)
            drawing.text("faint", x: 0, y: bottom - 2, "\(statistics.count)")
            var last = -100.0
            for (label, value) in [("p50", statistics.p50), ("p95", statistics.p95), ("p99", statistics.p99)] {
                let x = left + scale.place(value)
                drawing.line(label == "p50" ? "p50" : "p95", x, y, x, bottom)
                if x - last > 26 { drawing.text("halo", x: x + 3, y: y + 9, label, title: DurationText.long(value)) }
                last = x
            }
            y = bottom + gap
        }
        for tick in scale.ticks {
            drawing.text("faint", x: left + scale.place(tick), y: y - gap + 16, .middle, DurationText.long(tick))
        }
        let words = filled.compactMap { phase in
            phase.histogram.statistics.map {
                "\(phase.name) p50 \(DurationText.long($0.p50)), p95 \(DurationText.long($0.p95)) of \($0.count)"
            }
        }
        return Picture(
            title: name, description: words.joined(separator: "; "), width: left + width + right, height: y + 6,
            drawing: drawing)
    }
}
