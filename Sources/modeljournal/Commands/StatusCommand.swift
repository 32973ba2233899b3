import ArgumentParser
import JournalRendering
import JournalReports
import LifecycleJournal
import ModelLifecycle

struct StatusCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "status", abstract: "Show where each model is now; exit 0 when all are READY, else 1.",
        discussion: """
            Examples:
              modeljournal status
              modeljournal status --model en-us -o json
            """)

    @Option(name: .long, help: "Only this model; may be repeated.")
    var model: [String] = []

    @OptionGroup var source: SourceOption
    @OptionGroup var output: OutputOptions

    func run() async throws {
        let models = try await source.with { try await $0.status(models: model) }
        let now = WallTime.now
        Answer(options: output).list(models.map { $0.value(now: now) }) { screen in
            let text = StatusText(
                screen: screen, now: now, invocation: .ofProcess, showsHosts: source.fleet != nil)
            return models.isEmpty ? "" : text.text(models)
        }
        guard !models.isEmpty, models.allSatisfy(\.isReady) else { throw ExitCode(ExitStatus.no.rawValue) }
    }
}
