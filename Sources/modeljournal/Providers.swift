import LifecycleEngine
import ModelLifecycle
import PocketSphinxProvider

/// The providers that this program knows.
enum Providers {
    static let defaultProvider = "pocketsphinx"
    static let defaultModel = "en-us"

    static func registry() -> ASRProviderRegistry {
        let registry = ASRProviderRegistry()
        registry.register(
            ProviderInformation(
                name: defaultProvider, summary: "CMU PocketSphinx, speech recognition in this process",
                models: [defaultModel])
        ) { PocketSphinxProvider($0) }
        return registry
    }
}
