import LifecycleEngine
import ModelLifecycle
import PocketSphinxProvider
import ServerProvider

/// The providers that this program knows.
enum Providers {
    static let defaultProvider = "pocketsphinx"
    static let defaultModel = "en-us"
    static let server = "server"

    /// - Parameter given: the server that the command line describes, for this model. Another model's, or
    ///   that of an earlier engine, is taken from the journal.
    static func registry(_ given: (model: String, server: ServerConfiguration)? = nil) -> ASRProviderRegistry {
        let registry = ASRProviderRegistry()
        let lifeline = LifelineProgram.thisProgram(ModelJournalCommand.lifelineArgument)
        registry.register(
            ProviderInformation(
                name: defaultProvider, summary: "CMU PocketSphinx, speech recognition in this process",
                models: [defaultModel])
        ) { PocketSphinxProvider($0) }
        registry.register(
            ProviderInformation(
                name: server, summary: "any model server as a child process: run --probe URL -- COMMAND")
        ) { configuration in
            if let given, given.model == configuration.model {
                return ServerProvider(given.server, lifeline: lifeline)
            }
            do {
                return ServerProvider(try ServerConfiguration(recorded: configuration.options), lifeline: lifeline)
            } catch { throw Failure(.providerNotAvailable, "\(error)") }
        }
        return registry
    }
}
