import Foundation
import NIOHTTP1

/// Asks a running server for its version.
enum ServerVersion {
    /// A version is a few words; whatever is longer is something else.
    private static let maximumLength = 100

    /// - Parameters:
    ///   - url: where the server is probed.
    /// - Returns: nil if it does not say.
    static func ask(
        _ source: PresetFile.Version, at url: URL, timeout: Duration, _ http: HTTPExchange
    ) async -> String? {
        guard let place = URL(string: source.path, relativeTo: url)?.absoluteURL else { return nil }
        guard
            let answer = try? await http.send(.GET, place, timeout: timeout, keep: 1 << 20),
            (200...299).contains(answer.status)
        else { return nil }
        return version(in: answer.body, key: source.key)
    }

    /// - Parameter key: names from the outside in, separated by dots; nil if the whole answer is the version.
    static func version(in body: [UInt8], key: String?) -> String? {
        let text: String?
        if let key {
            var value = try? JSONSerialization.jsonObject(with: Data(body))
            for name in key.split(separator: ".") { value = (value as? [String: Any])?[String(name)] }
            text = value as? String
        } else {
            text = String(decoding: body, as: UTF8.self)
        }
        guard let version = text?.trimmingCharacters(in: .whitespacesAndNewlines), !version.isEmpty,
            version.count <= maximumLength, !version.contains(where: \.isNewline)
        else { return nil }
        return version
    }
}
