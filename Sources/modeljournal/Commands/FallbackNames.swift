import JournalRendering
import JournalReports
import LifecycleEngine
import LifecycleJournal
import ModelLifecycle
import ServerProvider

/// What the names after `--fallback` mean. Everything about them that can be wrong is found before anything
/// is started.
struct FallbackNames {
    let options: RunOptions
    let journal: JournalOption
    let registry: ASRProviderRegistry

    /// In the order in which they are tried.
    /// - Parameter wanted: the model that they stand in for.
    func configurations(wanted: String) throws -> [RunConfiguration] {
        guard !options.fallback.isEmpty else { return [] }
        var found: [RunConfiguration] = []
        for name in options.fallback {
            // The wanted model may well have no past yet.
            let configuration = name == wanted ? nil : try configuration(name)
            guard let configuration, configuration.model != wanted,
                !found.contains(where: { $0.model == configuration.model })
            else {
                throw CommandFailure(.usage, "--fallback \(Escaping.visible(name)): this model is in the list already")
            }
            found.append(configuration)
        }
        return found
    }

    private func configuration(_ name: String) throws -> RunConfiguration {
        for provider in registry.availableProviders {
            let models = registry.information(provider)?.models ?? []
            if models.contains(name) { return try options.configuration(of: name, provider: provider) }
            if provider == name, let model = models.first {
                return try options.configuration(of: model, provider: provider)
            }
        }
        if let recorded = try recorded(name) {
            if recorded.provider == Providers.server { try requireComplete(recorded, name) }
            return recorded
        }
        let known = registry.availableProviders.flatMap { provider in
            (registry.information(provider)?.models ?? []).flatMap { [provider, $0] }
        }
        throw CommandFailure(
            .usage,
            "--fallback \(Escaping.visible(name)): no provider and no model that one knows (\(known.joined(separator: ", "))), "
                + "and this journal has not seen it; start it once by itself: "
                + "\(Invocation.ofProcess.journalCommand("run", "--once", "--model", name)) …")
    }

    /// As the journal remembers it; one that is not there yet remembers no model.
    private func recorded(_ name: String) throws -> RunConfiguration? {
        do {
            return try JournalReader(path: journal.path).lastConfiguration(of: name)
        } catch let error as JournalError where error.code == .notFound {
            return nil
        }
    }

    /// A command line of which the journal did not keep everything cannot be started again.
    private func requireComplete(_ recorded: RunConfiguration, _ name: String) throws {
        do { _ = try ServerConfiguration(recorded: recorded.options) } catch {
            throw CommandFailure(.usage, "--fallback \(Escaping.visible(name)): \(error)")
        }
    }
}
