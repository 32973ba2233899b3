import ArgumentParser
import JournalRendering
import JournalReports
import LifecycleJournal

struct PostmortemCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "postmortem", abstract: "Say why a run failed.",
        discussion: """
            Without RUN: the latest run that failed or was interrupted.

            Examples:
              modeljournal postmortem
              modeljournal postmortem --model en-us
              modeljournal postmortem -1 -o json
              modeljournal postmortem -o html > why.html
            """)

    @Argument(
        help: ArgumentHelp("The run: an ID, a unique beginning of one, or -1 for the last.", valueName: "run"),
        transform: RunArgument.parsed)
    var selected: RunArgument?

    @Option(name: .long, help: "Only this model's runs; may be repeated.")
    var model: [String] = []

    @OptionGroup var source: SourceOption
    @Option(
        name: .shortAndLong,
        help: "text, json (one document), ndjson (one object a line), csv, or html (one page that needs nothing else).")
    var output: PostmortemFormat = .text

    @OptionGroup var screenOptions: ScreenOptions

    func run() async throws {
        let postmortem = try await source.with { source in
            guard let postmortem = try await source.postmortem(selected?.selector, models: model) else {
                throw CommandFailure(.no, "\(source.name): no run has failed")
            }
            return postmortem
        }
        let screen = screenOptions.screen
        guard let format = output.format else {
            let page = PostmortemPage(
                postmortem: postmortem, utc: screen.utc, version: Program.version,
                invocation: .ofProcess)
            return Answer.write(page.html, terminator: "\n")
        }
        Answer(format: format, screen: screen).single(postmortem.value(.ofProcess)) {
            PostmortemText(screen: $0, invocation: .ofProcess).text(postmortem)
        }
    }
}

enum PostmortemFormat: String, CaseIterable, ExpressibleByArgument {
    case text
    case json
    case ndjson
    case csv
    case html

    /// nil for the one that no other command has.
    var format: OutputFormat? { OutputFormat(rawValue: rawValue) }
}
