public import ModelLifecycle
import Synchronization

/// What the registry tells about a provider without making one.
public struct ProviderInformation: Sendable, Hashable {
    /// What `RunConfiguration.provider` says to get it.
    public var name: String
    /// One line for people.
    public var summary: String
    /// Models that it knows by name, without a path.
    public var models: [String]

    /// - Parameters:
    ///   - name: what `RunConfiguration.provider` says to get it.
    ///   - summary: one line for people.
    ///   - models: models that it knows by name, without a path.
    public init(name: String, summary: String, models: [String] = []) {
        self.name = name
        self.summary = summary
        self.models = models
    }
}

/// Makes providers by name, one for each configuration; a model that is unloaded gives its provider
/// back. Safe to use from anywhere.
public final class ASRProviderRegistry: Sendable {
    /// Makes the provider of one configuration. Throws where the configuration makes no sense; then the run fails
    /// with that error.
    public typealias Make = @Sendable (ProviderConfiguration) throws -> any ASRProvider

    private struct Key: Hashable {
        var name: String
        var configuration: ProviderConfiguration
    }

    private struct Contents {
        var makers: [String: (information: ProviderInformation, make: Make)] = [:]
        var made: [Key: any ASRProvider] = [:]
    }

    private let contents = Mutex(Contents())

    /// An empty registry: every program registers what it wants to offer.
    public init() {}

    /// Makes a kind of provider known; a second one of the same name takes the place of the first.
    public func register(_ information: ProviderInformation, make: @escaping Make) {
        contents.withLock { $0.makers[information.name] = (information, make) }
    }

    /// The provider for this configuration: the same one until it is evicted.
    /// - Throws: `Failure` with `ProviderNotAvailable` for a name that nobody registered, and what the
    ///   provider's own initialiser throws.
    public func provider(named name: String, configuration: ProviderConfiguration) throws -> any ASRProvider {
        try contents.withLock { contents in
            let key = Key(name: name, configuration: configuration)
            if let provider = contents.made[key] { return provider }
            guard let maker = contents.makers[name] else {
                let known = contents.makers.keys.sorted().joined(separator: ", ")
                throw Failure(
                    .providerNotAvailable, "no provider '\(name)'; known: \(known.isEmpty ? "none" : known)")
            }
            let provider = try maker.make(configuration)
            contents.made[key] = provider
            return provider
        }
    }

    /// Forgets the provider of this configuration; the next request makes a new one.
    public func evict(named name: String, configuration: ProviderConfiguration) {
        contents.withLock { contents in
            _ = contents.made.removeValue(forKey: Key(name: name, configuration: configuration))
        }
    }

    /// The names of the registered providers, sorted.
    public var availableProviders: [String] { contents.withLock { $0.makers.keys.sorted() } }

    /// What was registered under the name; nil for an unknown one.
    public func information(_ name: String) -> ProviderInformation? {
        contents.withLock { $0.makers[name]?.information }
    }
}
