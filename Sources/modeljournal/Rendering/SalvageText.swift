import JournalCare
import JournalRendering
import LifecycleJournal

/// What became of a damaged journal, for people.
struct SalvageText {
    let screen: Screen

    func text(_ report: SalvageReport, _ path: String) -> String {
        let extent =
            "\(report.transitions) transition\(report.transitions == 1 ? "" : "s") of \(report.runs) run"
            + (report.runs == 1 ? "" : "s")
        var lines = [screen.styled("\(Escaping.visible(path)): \(extent)", .green)]
        if report.settled > 0 {
            lines.append("  \(report.settled) run\(report.settled == 1 ? "" : "s") in flight ended as interrupted")
        }
        if report.isComplete { lines.append("  nothing that the old one had recorded is missing") }
        if report.lostCount > 0 {
            lines += list(
                "lost, by their old numbers: ", report.lost.map(Self.name), hasMore: report.lost.count >= 100, .red)
        }
        for (seq, why) in report.leftOut { lines += wrapped("transition \(seq) was left out: \(why)", .red) }
        if report.doubtfulCount > 0 {
            lines += list(
                "not what was written, or naming what is lost, and kept as they read: ",
                report.doubtful.map(String.init), hasMore: report.doubtfulCount > report.doubtful.count, .yellow)
        }
        return lines.joined(separator: "\n")
    }

    static func name(_ range: ClosedRange<Int64>) -> String {
        range.count == 1 ? "\(range.lowerBound)" : "\(range.lowerBound) to \(range.upperBound)"
    }

    private func list(_ what: String, _ names: [String], hasMore: Bool, _ style: Screen.Style) -> [String] {
        wrapped(what + names.joined(separator: ", ") + (hasMore ? ", …" : ""), style)
    }

    private func wrapped(_ text: String, _ style: Screen.Style) -> [String] {
        Display.wrapped(Escaping.visible(text), width: screen.width - 4).enumerated()
            .map { ($0 == 0 ? "  " : "    ") + screen.styled($1, style) }
    }
}

extension SalvageReport {
    var value: OutputValue {
        .object([
            ("transitions", .integer(transitions)), ("runs", .integer(runs)), ("complete", .bool(isComplete)),
            ("lost_count", .integer(lostCount)),
            (
                "lost",
                .array(
                    lost.map {
                        .object([("first_seq", .integer($0.lowerBound)), ("last_seq", .integer($0.upperBound))])
                    })
            ),
            (
                "left_out",
                .array(leftOut.map { .object([("seq", .integer($0.seq)), ("why", .string($0.why))]) })
            ), ("doubtful_count", .integer(doubtfulCount)), ("doubtful", .array(doubtful.map { .integer($0) })),
            ("interrupted_runs", .integer(settled)),
        ])
    }
}
