import ArgumentParser
import JournalCare
import JournalRendering
import LifecycleJournal

struct ExportCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "export", abstract: "Put out every transition as NDJSON, with all that a copy needs.",
        discussion: """
            Each line is the object of `history`, and `ordinal`, `version`, `output_tail`, `retry_at`, \
            `warmup_requests` and, on a run's first line, `configuration`. To carry on later, pass the last \
            line's `seq`.

            Example:
              modeljournal export --after-cursor 1200 >> copy.ndjson
            """)

    @Option(name: .long, parsing: .unconditional, help: "Only transitions whose seq is greater.")
    var afterCursor: Int64 = 0

    @OptionGroup var journal: JournalOption

    func validate() throws {
        if afterCursor < 0 { throw ValidationError("--after-cursor must not be negative.") }
    }

    func run() throws {
        try journal.reader().export(afterSeq: afterCursor) { exported in
            Answer.write(JSONText.compact(exported.value), terminator: "\n")
        }
    }
}
