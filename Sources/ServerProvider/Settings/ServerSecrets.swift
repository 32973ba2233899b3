import Foundation
import ModelLifecycle

extension ServerConfiguration {
    /// What its command, its requests and its environment give under a secret's name. It is taken out of whatever the
    /// server writes and answers.
    /// - Parameter engine: the environment that the server gets from the engine.
    func secrets(inheriting engine: [String: String] = ProcessInfo.processInfo.environment) -> KnownSecrets {
        var values = RecordedCommand(command).secrets
        // They may have come from a file.
        values += keys
        // Whatever its name, a header may be a secret.
        for header in (warmup?.headers ?? []) + probeHeaders where header.secretText != nil {
            values.append(header.value)
            values += header.value.split(separator: " ").last.map { [String($0)] } ?? []
        }
        var texts = [probe?.description, warmup?.url.absoluteString].compactMap { $0 }
        texts += ((warmup?.headers ?? []) + probeHeaders).compactMap(\.secretText)
        var bodies = [probeBody].compactMap { $0 }
        if case .data(let body)? = warmup?.body { bodies.append(body) }
        texts += bodies.filter { $0.count <= 1 << 16 }.map { String(decoding: $0, as: UTF8.self) }
        for (name, value) in engine.merging(environment, uniquingKeysWith: { $1 }) {
            if Redaction.secrecy(ofName: name) == .secret { values.append(value) } else { texts.append(value) }
        }
        values += texts.flatMap(Redaction.secrets)
        return KnownSecrets(values.flatMap(Self.parts))
    }

    /// A list of keys, and a user with a password, are known by their parts too.
    private static func parts(of value: String) -> [String] {
        var parts = [value] + value.split(separator: ",").map { $0.trimmingCharacters(in: .whitespaces) }
        if let colon = value.firstIndex(of: ":"), !value.contains("//") {
            parts.append(String(value[value.index(after: colon)...]))
        }
        return parts + parts.compactMap(\.removingPercentEncoding)
    }
}
