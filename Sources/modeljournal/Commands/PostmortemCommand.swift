import ArgumentParser
import LifecycleJournal

struct PostmortemCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "postmortem", abstract: "Say why a run failed.",
        discussion: """
            Without RUN: the latest run that failed or was interrupted.

            Examples:
              modeljournal postmortem
              modeljournal postmortem --model en-us
              modeljournal postmortem -1 -o json
            """)

    @Argument(
        help: ArgumentHelp("The run: an ID, a unique beginning of one, or -1 for the last.", valueName: "run"),
        transform: RunArgument.parsed)
    var selected: RunArgument?

    @Option(name: .long, help: "Only this model's runs; may be repeated.")
    var model: [String] = []

    @OptionGroup var journal: JournalOption
    @OptionGroup var output: OutputOptions

    func run() throws {
        let reader = try journal.reader()
        guard let postmortem = try reader.postmortem(selected?.selector, models: model) else {
            throw CommandFailure(.no, "\(journal.path): no run has failed")
        }
        Answer(options: output).single(postmortem.value) { PostmortemText(screen: $0).text(postmortem) }
    }
}
