import ArgumentParser
import JournalRendering
import JournalReports
import LifecycleJournal

struct ShowCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "show", abstract: "Show one run in full.",
        discussion: """
            Examples:
              modeljournal show -1            the last run
              modeljournal show 019aae7c-3f01
              modeljournal show -1 --output   only what is kept of the server's output, whole
            """)

    @Argument(
        help: ArgumentHelp("The run: an ID, a unique beginning of one, or -1 for the last.", valueName: "run"),
        transform: RunArgument.parsed)
    var selected: RunArgument

    @Flag(
        name: .long,
        help: "Only what is kept of the server's output, whole. `--output` without a format means the same.")
    var keptOutput = false

    @OptionGroup var source: SourceOption
    @OptionGroup var output: OutputOptions

    func run() async throws {
        let story = try await source.with(saysIfEmpty: false) { try await $0.story(selected.selector) }
        guard keptOutput else {
            return Answer(options: output).single(story.value) {
                StoryText(screen: $0, invocation: .ofProcess).text(story)
            }
        }
        guard let kept = story.outputTail, !kept.isEmpty else {
            throw CommandFailure(.no, "run \(story.run.runID): the journal holds no output of it")
        }
        let value = OutputValue.object([("run_id", .string(story.run.runID)), ("output", .string(kept))])
        Answer(options: output).single(value) { _ in
            var lines = Escaping.lines(kept)
            // It mostly ends with its last line's end, and this one with one of its own.
            if lines.last?.isEmpty == true { lines.removeLast() }
            return lines.joined(separator: "\n")
        }
    }

    /// The arguments with an `--output` that has no format as the flag that it stands for.
    static func withFlagForOutput(_ arguments: [String]) -> [String] {
        guard arguments.first == configuration.commandName else { return arguments }
        return arguments.enumerated().map { place, argument in
            let next = place + 1 < arguments.count ? arguments[place + 1] : ""
            return argument == "--output" && OutputFormat(rawValue: next) == nil ? "--kept-output" : argument
        }
    }
}
