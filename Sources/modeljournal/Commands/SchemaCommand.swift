import ArgumentParser
import JournalRendering
import JournalReports
import LifecycleJournal

struct SchemaCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "schema", abstract: "List the journal's SQL views and their columns.",
        discussion: """
            Any SQLite program can read them. Times are RFC 3339 in UTC, durations milliseconds.

            Example:
              modeljournal schema
            """)

    @OptionGroup var output: OutputOptions

    func run() throws {
        let views = try PublicView.all()
        let values = views.map { view in
            OutputValue.object([
                ("view", .string(view.name)), ("summary", .string(view.summary)),
                ("columns", .array(view.columns.map(OutputValue.string))),
            ])
        }
        Answer(options: output).list(values) { screen in
            views.map { view in
                let columns = Display.wrapped(view.columns.joined(separator: ", "), width: min(screen.width, 100) - 2)
                let summary = Display.wrapped(view.summary, width: screen.width - view.name.count - 2)
                let indent = String(repeating: " ", count: view.name.count + 2)
                return screen.styled(view.name, .bold) + "  "
                    + summary.map { screen.styled($0, .faint) }.joined(separator: "\n" + indent) + "\n"
                    + columns.map { "  " + $0 }.joined(separator: "\n")
            }.joined(separator: "\n\n")
        }
    }
}
