import ArgumentParser
import Foundation
import JournalCare
import JournalRendering
import JournalReports
import LifecycleJournal
import ModelLifecycle

struct VerifyCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "verify", abstract: "Check that the journal is what was written; exit 1 where it is not.",
        discussion: """
            Reads everything: SQLite's own structures, the schema, the chain of hashes from the first transition to \
            the last, the legality of every model's path, and every table that follows from the history. It finds \
            accidents of disks and programs; someone who can write the file can also write a chain that fits.

            Examples:
              modeljournal verify
              modeljournal verify --journal copy.sqlite -o json
            """)

    @OptionGroup var journal: JournalOption
    @OptionGroup var output: OutputOptions

    func run() throws {
        let line = VerificationLine()
        let verification: Verification
        do {
            verification = try JournalVerifier(JournalReader(path: journal.path, trustsViews: false))
                .verify { line.show($0, of: $1) }
        } catch let error as JournalError where error.code == .damaged {
            verification = Verification(unreadable: error)
        }
        line.clear()
        Answer(options: output).single(verification.value) {
            VerificationText(screen: $0).text(verification, journal.path)
        }
        guard verification.isWhole else { throw ExitCode(ExitStatus.no.rawValue) }
    }
}
