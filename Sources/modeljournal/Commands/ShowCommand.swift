import ArgumentParser
import JournalRendering
import LifecycleJournal

struct ShowCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "show", abstract: "Show one run in full.",
        discussion: """
            Examples:
              modeljournal show -1            the last run
              modeljournal show 019aae7c-3f01
            """)

    @Argument(
        help: ArgumentHelp("The run: an ID, a unique beginning of one, or -1 for the last.", valueName: "run"),
        transform: RunArgument.parsed)
    var selected: RunArgument

    @OptionGroup var source: SourceOption
    @OptionGroup var output: OutputOptions

    func run() async throws {
        let story = try await source.with(saysIfEmpty: false) { try await $0.story(selected.selector) }
        Answer(options: output).single(story.value) { StoryText(screen: $0).text(story) }
    }
}
