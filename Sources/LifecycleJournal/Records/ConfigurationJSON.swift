import Crypto
import Foundation
package import ModelLifecycle

/// A run's configuration as the journal keeps it: JSON with sorted keys, durations in milliseconds,
/// addressed by its SHA-256, so that equal configurations are one row. The properties are named as they
/// stand in the JSON.
// swift-format-ignore: AlwaysUseLowerCamelCase
package struct ConfigurationJSON: Codable, Equatable {
    package struct Warmup: Codable, Equatable {
        package var level: WarmupConfiguration.Level
        var policy: WarmupConfiguration.Policy
        var full_count: Int
        var sample_rate: Int
        var audio_ms: Double
        var timeout_ms: Double?
    }

    package struct Retry: Codable, Equatable {
        var maximum_retries: Int
        var backoff_ms: Double
        var maximum_delay_ms: Double
        var stable_after_ms: Double
    }

    package var model: String
    package var provider: String
    package var model_path: String?
    package var options: [String: String]
    package var warmup: Warmup
    var startup_timeout_ms: Double
    var load_stall_timeout_ms: Double?
    var unload_timeout_ms: Double
    package var retry: Retry
    /// Present only where it is true.
    package var digest: Bool?

    package init(_ configuration: RunConfiguration) {
        model = configuration.model
        provider = configuration.provider
        model_path = configuration.modelPath
        options = configuration.options
        warmup = Warmup(
            level: configuration.warmup.level, policy: configuration.warmup.policy,
            full_count: configuration.warmup.fullCount, sample_rate: configuration.warmup.sampleRate,
            audio_ms: configuration.warmup.audioDuration.milliseconds,
            timeout_ms: configuration.warmup.timeout?.milliseconds)
        startup_timeout_ms = configuration.startupTimeout.milliseconds
        load_stall_timeout_ms = configuration.loadStallTimeout?.milliseconds
        unload_timeout_ms = configuration.unloadTimeout.milliseconds
        retry = Retry(
            maximum_retries: configuration.retry.maximumRetries,
            backoff_ms: configuration.retry.backoff.milliseconds,
            maximum_delay_ms: configuration.retry.maximumDelay.milliseconds,
            stable_after_ms: configuration.retry.stableAfter.milliseconds)
        digest = configuration.digestsModel ? true : nil
    }

    package init(json: String) throws {
        self = try JSONDecoder().decode(Self.self, from: Data(json.utf8))
    }

    package var configuration: RunConfiguration {
        RunConfiguration(
            model: model, provider: provider, modelPath: model_path, options: options,
            warmup: WarmupConfiguration(
                level: warmup.level, policy: warmup.policy, fullCount: warmup.full_count,
                sampleRate: warmup.sample_rate, audioDuration: .milliseconds(recorded: warmup.audio_ms),
                timeout: warmup.timeout_ms.map(Duration.milliseconds(recorded:))),
            startupTimeout: .milliseconds(recorded: startup_timeout_ms),
            loadStallTimeout: load_stall_timeout_ms.map(Duration.milliseconds(recorded:)),
            unloadTimeout: .milliseconds(recorded: unload_timeout_ms),
            retry: RetryPolicy(
                maximumRetries: retry.maximum_retries, backoff: .milliseconds(recorded: retry.backoff_ms),
                maximumDelay: .milliseconds(recorded: retry.maximum_delay_ms),
                stableAfter: .milliseconds(recorded: retry.stable_after_ms)),
            digestsModel: digest ?? false)
    }

    /// The canonical text and its SHA-256 in hexadecimal.
    package func encoded() throws -> (json: String, digest: String) {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        let data = try encoder.encode(self)
        return (String(decoding: data, as: UTF8.self), SHA256.hash(data: data).hexadecimal)
    }
}

/// Recorded configurations as the journal gives them back.
package enum JournalConfigurations {
    package static func decode(_ json: String, path: String) throws -> RunConfiguration {
        do { return try ConfigurationJSON(json: json).configuration } catch {
            throw JournalError(.damaged, path, "a recorded configuration cannot be read: \(error)")
        }
    }
}
