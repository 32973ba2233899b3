import ArgumentParser
import Foundation
import JournalRendering
import ServerProvider

struct PresetsCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "presets", abstract: "List what is known of model servers: port, probe, warm-up, exit statuses.",
        discussion: """
            A preset of your own is a TOML file with the same keys as the built-in ones; see docs/probes.md.

            Examples:
              modeljournal presets
              modeljournal presets llama-server
              modeljournal presets ./my-server.toml    checks the file
            """)

    @Argument(help: "Only this preset, in full: a name, or a file that ends in .toml.")
    var name: String?

    @OptionGroup var output: OutputOptions

    func run() async throws {
        let presets: [ServerPreset]
        do {
            presets = try name.map { [try ServerPreset($0)] } ?? ServerPreset.all
        } catch let error as InvalidServerSetting {
            throw CommandFailure(error.isMissingFile ? .noInput : .usage, error.description)
        }
        Answer(options: output).list(presets.map(value)) { screen in
            name == nil ? table(presets, screen) : presets.map { text($0, screen) }.joined(separator: "\n")
        }
    }

    private func value(_ preset: ServerPreset) -> OutputValue {
        var members: [(String, OutputValue)] = [
            ("name", .string(preset.name)), ("title", .string(preset.title)), ("checked", .optional(preset.checked)),
        ]
        for fact in preset.facts {
            if fact.key == "port" {
                members.append(("port", .integer(Int64(preset.port))))
            } else {
                members.append((fact.key, .array(fact.values.map(OutputValue.string))))
            }
        }
        return .object(members)
    }

    private func table(_ presets: [ServerPreset], _ screen: Screen) -> String {
        var table = TextTable([
            .init(title: "NAME"), .init(title: "PORT", isRight: true, rank: 2), .init(title: "SERVER", minimum: 20),
            .init(title: "CHECKED WITH", rank: 1),
        ])
        for preset in presets {
            table.add([
                .init(text: preset.name, style: .bold), .init(text: "\(preset.port)"), .init(text: preset.title),
                .init(text: preset.checked ?? ""),
            ])
        }
        return table.rendered(screen)
    }

    private func text(_ preset: ServerPreset, _ screen: Screen) -> String {
        let checked = preset.checked.map { "; checked with \(Escaping.visible($0))" } ?? ""
        let width = preset.facts.map(\.label.count).max() ?? 0
        var lines = [
            "\(screen.styled(Escaping.visible(preset.name), .bold))  \(Escaping.visible(preset.title))\(checked)"
        ]
        for fact in preset.facts {
            let isList = ["exit_statuses"].contains(fact.key)
            let entries = isList ? fact.values : [fact.values.joined(separator: ", ")]
            let wrapped = entries.flatMap {
                Display.wrapped(Escaping.visible($0), width: max(20, screen.width - width - 4))
            }
            for (index, line) in wrapped.enumerated() {
                let label = index == 0 ? fact.label : ""
                lines.append("  " + label.padding(toLength: width, withPad: " ", startingAt: 0) + "  " + line)
            }
        }
        return lines.joined(separator: "\n")
    }
}
