import ArgumentParser
import JournalRendering
import LifecycleEngine
import ModelLifecycle

struct ProvidersCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "providers", abstract: "List the providers: whether each is available, and its models.",
        discussion: """
            Example:
              modeljournal providers
            """)

    @OptionGroup var output: OutputOptions

    func run() async throws {
        let registry = Providers.registry()
        var rows: [(information: ProviderInformation, availability: ProviderAvailability)] = []
        for name in registry.availableProviders {
            guard let information = registry.information(name) else { continue }
            let model = information.models.first ?? ""
            // What a server needs is said by its command; without one there is nothing to be missing.
            let availability =
                name == Providers.server
                ? ProviderAvailability.available(version: nil)
                : try await registry.provider(named: name, configuration: ProviderConfiguration(model: model))
                    .availability()
            rows.append((information, availability))
        }
        Answer(options: output).list(rows.map { value($0.information, $0.availability) }) { screen in
            rows.map { text($0.information, $0.availability, screen) }.joined(separator: "\n")
        }
    }

    private func value(_ information: ProviderInformation, _ availability: ProviderAvailability) -> OutputValue {
        var available = false
        var version: String?
        var reason: String?
        switch availability {
        case .available(let found): (available, version) = (true, found)
        case .unavailable(let why): reason = why
        }
        return .object([
            ("name", .string(information.name)), ("summary", .string(information.summary)),
            ("available", .bool(available)), ("version", .optional(version)), ("reason", .optional(reason)),
            ("models", .array(information.models.map(OutputValue.string))),
        ])
    }

    private func text(
        _ information: ProviderInformation, _ availability: ProviderAvailability, _ screen: Screen
    ) -> String {
        let status =
            switch availability {
            case .available(let version):
                screen.styled("available", .green) + (version.map { " (library \($0))" } ?? "")
            case .unavailable: screen.styled("not available", .red)
            }
        var details = [information.summary]
        if !information.models.isEmpty { details.append("models: \(information.models.joined(separator: ", "))") }
        if case .unavailable(let reason) = availability { details.insert(Escaping.visible(reason), at: 0) }
        let lines = details.flatMap { Display.wrapped($0, width: screen.width - 2) }.map { "  " + $0 }
        return (["\(screen.styled(information.name, .bold))  \(status)"] + lines).joined(separator: "\n")
    }
}
