import JournalRendering
import JournalReports
import LifecycleJournal
import ModelLifecycle

/// Transitions for people: a heading for each run, a line for each transition.
struct HistoryText {
    let screen: Screen
    private var run: String?
    private var date: String?

    init(_ screen: Screen) { self.screen = screen }

    /// The lines for all of them, those of a run together; runs come in the order of the first row of each.
    /// - Parameter events: what became known between the transitions, by the run's ID.
    static func grouped(
        _ rows: [TransitionRow], events: [String: [NoteRow]] = [:], _ screen: Screen
    ) -> [String] {
        var text = HistoryText(screen)
        var places: [String: Int] = [:]
        for row in rows where places[row.runID] == nil { places[row.runID] = places.count }
        let runs = Dictionary(grouping: rows, by: \.runID)
        return places.sorted { $0.value < $1.value }.flatMap { run, _ in
            text.lines(runs[run, default: []], events: events[run, default: []])
        }
    }

    /// The lines for transitions of one run, with what became known between them.
    /// - Parameter events: in the order in which they happened; those before the first row are left out.
    mutating func lines(
        _ rows: [TransitionRow], events: [NoteRow], withHeading: Bool = true
    ) -> [String] {
        var lines: [String] = []
        // A list with the newest row first has its events before the rows that they follow on.
        let isReversed = rows.count > 1 && rows[0].content.seq > rows[rows.count - 1].content.seq
        let ordered = isReversed ? rows.reversed() : rows
        var told: [Int: [NoteRow]] = [:]
        for event in events.events(beside: rows) {
            if let place = ordered.lastIndex(where: { $0.content.at <= event.at.microseconds }) {
                told[place, default: []].append(event)
            }
        }
        for (index, row) in rows.enumerated() {
            let events = told[isReversed ? rows.count - 1 - index : index, default: []]
            if isReversed { lines += events.reversed().flatMap(line) }
            lines += self.lines(row, withHeading: withHeading)
            if !isReversed { lines += events.flatMap(line) }
        }
        return lines
    }

    private func line(_ event: NoteRow) -> [String] {
        let indent = String(repeating: " ", count: 16)
        let time = TimeText.clock(event.at, utc: screen.utc)
        let text = Escaping.lines(event.message ?? "").flatMap {
            Display.wrapped($0, width: screen.width - indent.count)
        }
        return text.enumerated().map { index, line in
            (index == 0 ? "  \(screen.styled(time, .faint))  " : indent) + screen.styled(line, .yellow)
        }
    }

    /// The lines for one more transition; a heading where another run or day begins.
    mutating func lines(_ row: TransitionRow, withHeading: Bool = true) -> [String] {
        var lines: [String] = []
        let day = TimeText.date(row.at, utc: screen.utc)
        if withHeading, row.runID != run || day != date {
            if run != nil { lines.append("") }
            lines.append(heading(row, day))
            run = row.runID
            date = day
        }
        if row.isAfterGap {
            lines.append("  " + screen.styled("earlier transitions of the model are missing", .yellow))
        }
        return lines + [line(row)] + message(row)
    }

    private func heading(_ row: TransitionRow, _ day: String) -> String {
        let attempt = row.attempt > 1 ? "  attempt \(row.attempt)" : ""
        let run = "  run \(Display.run(row.runID))\(attempt)  \(day)"
        let model = Display.cut(Escaping.visible(row.model), screen.width - run.columns)
        let start = screen.styled(model, .bold) + run
        let extra = Escaping.visible("  \(row.provider)  correlation \(row.correlationID)")
        return model.columns + run.columns + extra.columns <= screen.width
            ? start + screen.styled(extra, .faint) : start
    }

    private func line(_ row: TransitionRow) -> String {
        // A narrow screen has no room for what the line above says already.
        let from = screen.width < 80 ? "" : Display.padded(Escaping.visible(row.content.from), 13) + " "
        let to = Display.padded(Escaping.visible(row.content.to), 13)
        let elapsed = Display.padded(DurationText.optional(row.content.elapsed), 10, right: true)
        return "  " + screen.styled(TimeText.clock(row.at, utc: screen.utc), .faint) + "  \(from)→ "
            + screen.styled(to, Screen.style(ofState: row.to)) + " \(elapsed)  "
            + screen.styled(Escaping.visible(row.content.trigger), .faint)
    }

    private func message(_ row: TransitionRow) -> [String] {
        guard row.content.reason != nil || row.content.message != nil else { return [] }
        var text = [row.content.reason, row.content.message].compactMap { $0 }.joined(separator: ": ")
        if let code = row.content.exitCode { text += " (exit status \(code))" }
        if let signal = row.content.signal { text += " (signal \(signal))" }
        let indent = String(repeating: " ", count: 16)
        let style: Screen.Style = row.to == .error ? .red : .yellow
        return Escaping.lines(text).flatMap { Display.wrapped($0, width: screen.width - indent.count) }
            .map { indent + screen.styled($0, style) }
    }
}

extension Display {
    /// At most so many columns, but always a few.
    static func cut(_ text: String, _ width: Int) -> String {
        text.columns <= max(8, width) ? text : text.prefix(columns: max(8, width) - 1) + "…"
    }

    static func padded(_ text: String, _ width: Int, right: Bool = false) -> String {
        let padding = String(repeating: " ", count: max(0, width - text.columns))
        return right ? padding + text : text + padding
    }
}
