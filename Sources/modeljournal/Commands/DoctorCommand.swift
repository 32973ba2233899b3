import ArgumentParser
import Foundation
import JournalCare
import JournalRendering
import LifecycleJournal

struct DoctorCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "doctor", abstract: "Look at how the journal is set up; exit 1 where something is amiss.",
        discussion: """
            SQLite's version and known bugs, modes and sizes of the files, the file system, the settings of a writing \
            connection, and who drives which model. Whether the content is sound says `modeljournal verify`.

            Examples:
              modeljournal doctor
              modeljournal doctor -o json
            """)

    @OptionGroup var journal: JournalOption
    @OptionGroup var output: OutputOptions

    func run() throws {
        let diagnosis = try Diagnosis(path: journal.path)
        let values = diagnosis.items.map { item in
            OutputValue.object([
                ("name", .string(item.name)), ("value", .string(item.value)),
                ("problem", .optional(item.problem.map(Invocation.ofProcess.completing))),
            ])
        }
        Answer(options: output).list(values) { text(diagnosis, $0) }
        guard diagnosis.isHealthy else { throw ExitCode(ExitStatus.no.rawValue) }
    }

    private func text(_ diagnosis: Diagnosis, _ screen: Screen) -> String {
        let width = 13
        return diagnosis.items.flatMap { item -> [String] in
            let name = Escaping.visible(item.name)
            let mark = item.problem == nil ? screen.styled("ok", .green) : screen.styled("!!", .red)
            let head = name.columns < width ? [] : [mark + " " + screen.styled(name, .faint)]
            let indent = String(repeating: " ", count: 3 + width)
            let lines = Display.wrapped(Escaping.visible(item.value), width: screen.width - 3 - width).enumerated().map
            {
                $0 == 0 && head.isEmpty
                    ? mark + " " + screen.styled(Display.padded(name, width), .faint) + $1 : indent + $1
            }
            let problem =
                (item.problem.map(Invocation.ofProcess.completing).map {
                    Display.wrapped(Escaping.visible($0), width: screen.width - 3 - width)
                } ?? []).map { indent + screen.styled($0, .red) }
            return head + lines + problem
        }.joined(separator: "\n")
    }
}
