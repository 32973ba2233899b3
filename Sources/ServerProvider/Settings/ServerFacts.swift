import Foundation
import NIOHTTP1

/// Asks a running server what it says of its model.
enum ServerFacts {
    /// A name, and where its value stands in the answer.
    struct Value: Sendable, Hashable {
        let name: String
        let path: AnswerPath

        /// - Parameter text: `NAME: PATH`.
        init(_ text: String) throws {
            let parts = text.split(separator: ":", maxSplits: 1).map { $0.trimmingCharacters(in: .whitespaces) }
            guard parts.count == 2, !parts[0].isEmpty else {
                throw InvalidServerSetting("'\(text)' is no fact: write NAME: PATH")
            }
            name = parts[0]
            do { path = try AnswerPath(parts[1]) } catch {
                throw InvalidServerSetting("'\(text)' is no fact: \(error.words)")
            }
        }
    }

    /// Where the server tells them.
    struct Source: Sendable, Hashable {
        /// On the server; nil for where it is probed.
        var path: String?
        var values: [Value]
    }

    /// Whatever is longer does not fit into a line.
    private static let maximumLength = 60

    /// - Parameter url: where the server is probed.
    /// - Returns: `context 4096; parameters 13114880`; nil if it tells none of them.
    static func ask(_ source: Source, at url: URL, timeout: Duration, _ http: HTTPExchange) async -> String? {
        guard let place = source.path.map({ URL(string: $0, relativeTo: url)?.absoluteURL }) ?? url,
            let answer = try? await http.send(.GET, place, timeout: timeout, keep: 1 << 20),
            (200...299).contains(answer.status)
        else { return nil }
        return words(source.values, in: answer.body)
    }

    static func words(_ values: [Value], in body: [UInt8]) -> String? {
        guard let json = try? JSONSerialization.jsonObject(with: Data(body)) else { return nil }
        let facts = values.compactMap { value -> String? in
            let found = value.path.leaves(in: json).compactMap { text($0.value) }
            return found.isEmpty ? nil : "\(value.name) \(found.joined(separator: ", "))"
        }
        return facts.isEmpty ? nil : facts.joined(separator: "; ")
    }

    private static func text(_ value: Any) -> String? {
        guard let text = value as? String ?? (value as? NSNumber)?.stringValue else { return nil }
        let line = text.trimmingCharacters(in: .whitespacesAndNewlines)
        return line.isEmpty || line.count > maximumLength || line.contains(where: \.isNewline) ? nil : line
    }
}
