package import JournalReports
import LifecycleJournal
package import ModelLifecycle

extension Picture {
    /// One run as a Gantt chart: its phases, their parts, and each warm-up request.
    /// - Parameter now: how far what is under way has come; nil for a run whose engine is gone.
    package static func timeline(_ story: RunStory, now: WallTime?, utc: Bool) -> Picture {
        let run = story.run
        let timeline = RunTimeline(story, now: now)
        let (left, width, right): (Double, Double, Double) = (130, 470, 180)
        let scale = TimeScale(most: timeline.end, length: width)
        var drawing = Drawing()
        drawing.text("name", x: 0, y: 18, "\(run.model): \(heading(run))")
        drawing.text(
            "faint", x: 0, y: 36,
            "run \(run.runID)" + (run.attempt > 1 ? ", attempt \(run.attempt)" : "")
                + ", began \(TimeText.short(run.startedAt, utc: utc))\(utc ? " UTC" : "")")
        let top = 52.0
        let bottom = top + Double(timeline.bars.count) * 24 + 4
        drawing.times(scale, left: left, top: top, bottom: bottom)
        for (place, bar) in timeline.bars.enumerated() {
            let y = top + Double(place) * 24 + 4
            let x = left + scale.place(bar.begin)
            let length = drawnLength(bar, scale)
            drawing.text(bar.isPart ? "faint" : "", x: bar.isPart ? 16 : 0, y: y + 13, bar.name)
            drawing.rect(
                bar.drawn(bar.isPart ? " part" : ""), x: x, y: y + 2, width: length, height: bar.isPart ? 12 : 16,
                title: "\(bar.name): \(bar.words)")
            let words = ([bar.words] + (bar.note.isEmpty ? [] : [bar.note])).joined(separator: "  ")
            let end = x + length + 6
            drawing.text(
                bar.note.isEmpty ? "" : "bad", x: end, y: y + 14, cut(words, Int((left + width + right - end) / 6.5)),
                title: words)
        }
        var y = bottom + 36
        for words in timeline.afterwards {
            // In full, as far as anybody reads it in a picture: a file has no other place for it.
            let lines = Escaping.lines("then \(words)").flatMap { Display.wrapped($0, width: 92) }
            for (place, line) in lines.prefix(8).enumerated() {
                drawing.text(
                    words.hasPrefix("ERROR") ? "bad" : "", x: place == 0 ? 0 : 16, y: y,
                    place == 7 && lines.count > 8 ? line + " …" : line, title: words)
                y += 18
            }
        }
        let parts = timeline.bars.map { "\($0.name) \($0.words)" } + timeline.afterwards
        return Picture(
            title: "\(run.model), run \(run.runID): \(heading(run))", description: parts.joined(separator: ", "),
            width: left + width + right, height: y - 12, drawing: drawing)
    }

    /// Two runs on one scale, phase by phase.
    package static func comparison(_ first: RunStory, _ second: RunStory, now: WallTime?, utc: Bool) -> Picture {
        let stories = [first, second]
        let timelines = stories.map { RunTimeline($0, now: now) }
        let (left, width, right): (Double, Double, Double) = (130, 470, 160)
        let scale = TimeScale(most: timelines.map(\.end).max() ?? 1, length: width)
        var names: [String] = []
        for name in timelines.flatMap({ $0.bars.map(\.name) }) where !names.contains(name) { names.append(name) }
        names.sort { order($0) < order($1) }
        var drawing = Drawing()
        drawing.text("name", x: 0, y: 18, title(first, second))
        for (place, story) in stories.enumerated() {
            let mark = place == 0 ? "A" : "B"
            drawing.text(
                "faint", x: 0, y: 36 + Double(place) * 17,
                "\(mark)  \(story.run.model), run \(story.run.runID), \(TimeText.short(story.run.startedAt, utc: utc)): "
                    + heading(story.run))
        }
        let top = 66.0
        let bottom = top + Double(names.count) * 44 + 2
        drawing.times(scale, left: left, top: top, bottom: bottom)
        var differences: [String] = []
        for (place, name) in names.enumerated() {
            let y = top + Double(place) * 44 + 2
            drawing.text("", x: 0, y: y + 14, name)
            let bars = timelines.map { $0.bars.first { $0.name == name } }
            let known = bars.map { bar in bar.flatMap { $0.hasNoEnd ? nil : $0.length } }
            let difference = difference(known[0], known[1])
            differences.append("\(name) \(difference)")
            drawing.text("faint", x: 0, y: y + 31, difference)
            for (row, bar) in bars.enumerated() {
                let line = y + Double(row) * 18
                let mark = row == 0 ? "A" : "B"
                guard let bar else {
                    drawing.text("faint", x: left, y: line + 14, "\(mark)  none")
                    continue
                }
                let x = left + scale.place(bar.begin)
                let length = drawnLength(bar, scale)
                drawing.rect(
                    bar.drawn(row == 0 ? "" : " part"), x: x, y: line + 3, width: length, height: 13,
                    title: "\(mark) \(name): \(bar.words)")
                drawing.text("", x: x + length + 6, y: line + 14, "\(mark)  \(bar.words)")
            }
        }
        return Picture(
            title: title(first, second), description: differences.joined(separator: ", "),
            width: left + width + right, height: bottom + 26, drawing: drawing)
    }

    /// Of a bar whose end nobody knows, enough to see that there is one.
    private static func drawnLength(_ bar: RunTimeline.Bar, _ scale: TimeScale) -> Double {
        bar.hasNoEnd ? 48 : max(2, scale.place(bar.begin + bar.length) - scale.place(bar.begin))
    }

    // MARK: - Words

    private static func title(_ first: RunStory, _ second: RunStory) -> String {
        let change = difference(first.run.startup, second.run.startup)
        return first.run.startup == nil || second.run.startup == nil
            ? "Two runs: \(first.run.outcome) and \(second.run.outcome)" : "Start-up \(change) from A to B"
    }

    private static func difference(_ before: Int64?, _ after: Int64?) -> String {
        guard let before, let after else { return "in one only" }
        guard before != after else { return "the same" }
        let change = (after > before ? "+" : "−") + DurationText.long(abs(after - before))
        guard before > 0 else { return change }
        let ratio = Double(after) / Double(before)
        return change + ", × " + Drawing.number(ratio >= 10 ? ratio.rounded() : ratio)
    }

    private static func order(_ name: String) -> Int {
        ["LOADING", "queue", "digest", "spawn", "load", "WARMING_UP"].firstIndex(of: name) ?? 10 + requestNumber(name)
    }

    private static func requestNumber(_ name: String) -> Int { Int(name.filter(\.isNumber)) ?? 1_000_000 }

    private static func heading(_ run: RunRow) -> String {
        switch run.outcome.known {
        case .ready?: "READY" + (run.startup.map { " after \(DurationText.long($0))" } ?? "")
        case .unloaded?: "READY" + (run.startup.map { " after \(DurationText.long($0))" } ?? "") + ", unloaded"
        case .inProgress?: "under way, \(run.state)"
        case .failed?, .interrupted?, .cancelled?, nil:
            run.outcome.text + (run.failedPhase.map { " in \($0)" } ?? "")
                + (run.reason.map { $0 == .interrupted ? "" : ", \($0)" } ?? "")
        }
    }

    package static func cut(_ text: String, _ length: Int) -> String {
        text.count <= max(8, length) ? text : text.prefix(max(8, length) - 1) + "…"
    }
}

extension RunTimeline.Bar {
    /// - Parameter variant: another class of the same colour.
    fileprivate func drawn(_ variant: String) -> String { style + variant + (isOpen || hasNoEnd ? " open" : "") }
}

extension Drawing {
    /// Lines at round times, and below them which; none where nothing has a length.
    fileprivate mutating func times(_ scale: TimeScale, left: Double, top: Double, bottom: Double) {
        for tick in scale.ticks where tick == 0 || scale.most > 1 {
            let x = left + scale.place(tick)
            line("grid", x, top, x, bottom)
            text("faint", x: x, y: bottom + 16, tick == 0 ? .start : .middle, tick == 0 ? "0" : DurationText.long(tick))
        }
    }
}
