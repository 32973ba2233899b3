import LifecycleEngine
import ModelLifecycle
import PocketSphinxProvider
import ServerProvider

/// The providers that this program knows.
enum Providers {
    static let defaultProvider = "pocketsphinx"
    static let defaultModel = "en-us"
    static let server = "server"

    /// - Parameters:
    ///   - given: the server that the command line describes, for this model. Another model's, or
    ///     that of an earlier engine, is taken from the journal.
    ///   - output: where the servers' output goes as it comes.
    static func registry(
        _ given: (model: String, server: ServerConfiguration)? = nil, output: LiveOutput? = nil
    ) -> ASRProviderRegistry {
        let registry = ASRProviderRegistry()
        let lifeline = LifelineProgram.thisProgram(Program.lifelineArgument)
        registry.register(
            ProviderInformation(
                name: defaultProvider, summary: "CMU PocketSphinx, speech recognition in this process",
                models: [defaultModel])
        ) { PocketSphinxProvider($0) }
        registry.register(
            ProviderInformation(
                name: server, summary: "any model server as a child process: run --probe URL -- COMMAND")
        ) { configuration in
            let output = output?.output(of: configuration.model)
            if let given, given.model == configuration.model {
                return ServerProvider(given.server, lifeline: lifeline, output: output)
            }
            do {
                return ServerProvider(
                    try ServerConfiguration(recorded: configuration.options), lifeline: lifeline, output: output)
            } catch { throw Failure(.providerNotAvailable, "\(error)") }
        }
        return registry
    }
}
