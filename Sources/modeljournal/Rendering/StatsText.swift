import Foundation
import JournalRendering
import JournalReports
import LifecycleJournal
import ModelLifecycle

/// Start-up statistics for people: a block for each model.
struct StatsText {
    let screen: Screen

    func text(_ groups: [StartupStatistics]) -> String {
        groups.map(block).joined(separator: "\n\n")
    }

    private func block(_ group: StartupStatistics) -> String {
        let provider = Escaping.visible(group.provider)
        let model = Display.cut(Escaping.visible(group.model), screen.width - provider.columns - 2)
        var lines = [
            screen.styled(model, .bold) + "  "
                + screen.styled(
                    ([provider] + [group.version, group.host, group.day].compactMap { $0.map(Escaping.visible) })
                        .joined(separator: "  "), .faint)
        ]
        lines += Display.wrapped(counts(group), width: screen.width - 2).map { "  " + $0 }
        // Only a model with a process of its own, or whose files are read first, has parts to speak of.
        let parts =
            group.spawn == nil && group.digest == nil
            ? [] : [("- queue", group.queue), ("- digest", group.digest), ("- spawn", group.spawn)]
        let phases = [("load", group.load)] + parts + [("warm-up", group.warmup), ("start-up", group.startup)]
        if phases.contains(where: { $0.1 != nil }) {
            var table = TextTable([
                .init(title: ""), .init(title: "N", isRight: true), .init(title: "MEAN", isRight: true, rank: 1),
                .init(title: "MIN", isRight: true, rank: 4), .init(title: "P50", isRight: true),
                .init(title: "P90", isRight: true, rank: 3), .init(title: "P95", isRight: true, rank: 2),
                .init(title: "P99", isRight: true), .init(title: "MAX", isRight: true, rank: 5),
            ])
            for case (let name, let phase?) in phases {
                let figures = [phase.min, phase.p50, phase.p90, phase.p95, phase.p99, phase.max]
                let mean = DurationText.long(Int64(phase.mean.rounded()))
                table.add(
                    [.init(text: "  " + name), .init(text: String(phase.count)), .init(text: mean)]
                        + figures.map { .init(text: DurationText.long($0)) })
            }
            lines.append(table.rendered(screen))
        }
        for (name, rates) in [("prompt", group.speed?.prompt), ("generation", group.speed?.generated)] {
            guard let rates else { continue }
            let figures = [rates.p50, rates.min, rates.max].map { String(format: "%.1f", $0) }
            let text =
                "\(name) in warm-ups: p50 \(figures[0]), \(figures[1]) to \(figures[2]) tokens/s "
                + "(\(rates.count) answer\(rates.count == 1 ? "" : "s") in the last \(ServerSpeed.runs) runs)"
            lines += Display.wrapped(text, width: screen.width - 2).map { "  " + $0 }
        }
        for failure in group.failures {
            let text =
                "\(failure.count) × \(Escaping.visible(failure.reason)), last \(TimeText.short(failure.lastAt, utc: screen.utc))"
                + (failure.lastMessage.map { ": " + Escaping.visible($0) } ?? "")
            lines += Display.wrapped(text, width: screen.width - 2).map { "  " + screen.styled($0, .red) }
        }
        return lines.joined(separator: "\n")
    }

    private func counts(_ group: StartupStatistics) -> String {
        var parts = ["\(group.runs) run\(group.runs == 1 ? "" : "s")", "\(group.reachedReady) reached READY"]
        if let rate = group.successRate { parts[1] += " (\(Display.percent(rate)))" }
        for (count, word) in [
            (group.failed, "failed"), (group.cancelled, "cancelled"), (group.interrupted, "interrupted"),
        ] where count > 0 { parts.append("\(count) \(word)") }
        return parts.joined(separator: ", ")
    }
}
