import ArgumentParser
import Foundation
import JournalCare
import JournalRendering
import LifecycleJournal
import ModelLifecycle

struct PruneCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "prune", abstract: "Remove whole runs that are too old; without --yes only say which.",
        discussion: """
            Runs that ended before the time go, from the oldest of each model up to the first that has to stay. Never \
            removed are a model's last run and what is in flight, nor, without --unshipped, what was not shipped yet. `verify` holds afterwards as before. The file does \
            not shrink: its pages are used again.

            Examples:
              modeljournal prune --before '90 days ago'
              modeljournal prune --before 2026-01-01 --model en-us --yes
            """)

    @Option(
        name: .long, parsing: .unconditional, help: "Runs that ended before this time: 2026-11-23, '90 days ago', -4w.",
        transform: TimeArgument.parsed)
    var before: TimeArgument

    @Option(name: .long, help: "Only this model's runs; may be repeated.")
    var model: [String] = []

    @Flag(name: .long, help: "Also what a store that this journal is shipped to has not got yet.")
    var unshipped = false

    @Flag(name: .long, help: "Do it.")
    var yes = false

    @OptionGroup var journal: JournalOption

    func run() throws {
        let pruning = Pruning(path: journal.path, before: before.time, models: model, keepsUnshipped: !unshipped)
        guard yes else {
            let extent = try pruning.extent()
            let times = extent.oldest.flatMap { oldest in
                extent.newest.map {
                    ", from \(TimeText.short(oldest, utc: false)) to \(TimeText.short($0, utc: false))"
                }
            }
            sayUnshipped(extent)
            return print(
                "\(text(extent)) would be removed\(times ?? "")" + (extent.runs > 0 ? "; add --yes to do it" : ""))
        }
        let extent = try pruning.perform()
        sayUnshipped(extent)
        print("\(text(extent)) removed")
    }

    private func sayUnshipped(_ extent: Pruning.Extent) {
        guard extent.unshipped > 0 else { return }
        let words =
            "\(extent.unshipped) run\(extent.unshipped == 1 ? " stays, which was" : "s stay, which were") not "
            + "shipped yet; `modeljournal ship` does that or, with --forget, gives a store up; --unshipped removes them all the same"
        StandardError.line("modeljournal: \(Invocation.ofProcess.completing(words))")
    }

    private func text(_ extent: Pruning.Extent) -> String {
        "\(extent.runs) run\(extent.runs == 1 ? "" : "s") with \(extent.transitions) transition"
            + (extent.transitions == 1 ? "" : "s")
    }
}
