import ArgumentParser
import Foundation
import JournalCare
import JournalRendering
import LifecycleJournal
import ModelLifecycle

struct RecoverCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "recover", abstract: "Put a new journal together from what can be read of a damaged one.",
        discussion: """
            Reads the pages of the old journal and of its log one by one, whatever their structures look like, and \
            changes nothing there. The chain of hashes tells which transitions are what was written. Where some are lost, \
            the next one says so (`after_gap`); runs whose end is lost end as interrupted.

            Example:
              modeljournal recover journal.sqlite.damaged-20261123T201530Z journal-recovered.sqlite
            """)

    @Argument(help: "The damaged journal; its -wal is looked for beside it.") var old: String
    @Argument(help: "The new one; nothing may lie there yet.") var new: String
    @OptionGroup var output: OutputOptions

    func run() throws {
        let line = TerminalLog(descriptor: STDERR_FILENO)
        let report = try JournalSalvage(old).write(to: new) { share in
            line.setLine("recovering  \(Int(share * 100)) %")
        }
        line.clearLine()
        Answer(options: output).single(report.value) { SalvageText(screen: $0).text(report, new) }
    }
}
