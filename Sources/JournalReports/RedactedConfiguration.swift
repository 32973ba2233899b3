import Foundation
import LifecycleJournal
import ModelLifecycle

/// A run's configuration as it is shown and exported. The journal keeps the original, because a later
/// engine resumes with it.
package enum RedactedConfiguration {
    /// - Parameter json: as it was recorded.
    package static func json(_ json: String) -> String {
        guard var configuration = try? ConfigurationJSON(json: json) else { return unreadable(json) }
        configuration.model_path = configuration.model_path.map { value($0, of: "model_path") }
        for (name, text) in configuration.options { configuration.options[name] = value(text, of: name) }
        return (try? configuration.encoded().json) ?? unreadable(json)
    }

    /// What a later program recorded in another form, as one JSON string.
    private static func unreadable(_ json: String) -> String {
        (try? JSONEncoder().encode(Redaction.redact(json))).map { String(decoding: $0, as: UTF8.self) } ?? "null"
    }

    /// A secret may be known by its own form, or by the name of its setting alone.
    private static func value(_ text: String, of name: String) -> String {
        let encoder = JSONEncoder()
        encoder.outputFormatting = .withoutEscapingSlashes
        guard let member = try? encoder.encode([name: text]) else { return Redaction.mark }
        let redacted = Redaction.redact(String(decoding: member, as: UTF8.self))
        let decoded = try? JSONDecoder().decode([String: String].self, from: Data(redacted.utf8))
        return decoded?.values.first ?? Redaction.mark
    }
}
