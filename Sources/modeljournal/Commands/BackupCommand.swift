import ArgumentParser
import Foundation
import JournalCare
import JournalRendering
import JournalReports
import LifecycleJournal
import ModelLifecycle

struct BackupCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "backup", abstract: "Copy the journal, also while engines write it.",
        discussion: """
            The copy is one file, verified, and under its name only when it is whole and on the disk. Copy a journal \
            in no other way while an engine has it open.

            Examples:
              modeljournal backup /backup/journal-2026-11-23.sqlite
              modeljournal verify --journal /backup/journal-2026-11-23.sqlite
            """)

    @Argument(help: ArgumentHelp("Where the copy goes; nothing may lie there yet.", valueName: "dest"))
    var destination: String

    @OptionGroup var journal: JournalOption

    func run() throws {
        let line = VerificationLine()
        let verification = try JournalBackup(JournalReader(path: journal.path, trustsViews: false)).write(
            to: destination
        ) {
            line.show($0, of: $1)
        }
        line.clear()
        guard verification.isWhole else {
            throw CommandFailure(
                .no, "\(journal.path): the journal is damaged, so there is no copy; `modeljournal verify` says why")
        }
        print("\(Escaping.visible(destination)): \(verification.extent)")
    }
}

/// How far a long check is, on a terminal.
final class VerificationLine {
    private let terminal = TerminalLog(descriptor: STDERR_FILENO)
    private let started = ContinuousClock.now
    private var shown = ContinuousClock.now

    func show(_ done: Int64, of total: Int64) {
        let now = ContinuousClock.now
        // A short check needs no line, and a long one no more than a few a second.
        guard terminal.isTerminal, now - started > .milliseconds(500), now - shown > .milliseconds(100) else { return }
        shown = now
        terminal.setLine("verifying  \(total == 0 ? 100 : done * 100 / total) %")
    }

    func clear() { terminal.clearLine() }
}
