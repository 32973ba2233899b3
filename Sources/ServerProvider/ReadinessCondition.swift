import Foundation

/// What an answer has to say beyond its status: some servers answer their health path with 200 in every
/// state, and only the body tells.
public struct ReadinessCondition: Sendable, Hashable, CustomStringConvertible {
    /// Names from the outside in; `[]` behind one stands for any element of its list.
    private let path: [String]
    private let value: String

    /// - Parameters:
    ///   - path: as in `model_version_status[].state`.
    ///   - value: what must stand there.
    public init(_ path: String, is value: String) {
        self.path = path.split(separator: ".").map(String.init)
        self.value = value
    }

    /// As the journal keeps it: `PATH=VALUE`.
    init(recorded text: String) throws {
        let parts = text.split(separator: "=", maxSplits: 1)
        guard parts.count == 2 else { throw InvalidServerSetting("'\(text)' is no readiness condition: PATH=VALUE") }
        self.init(String(parts[0]), is: String(parts[1]))
    }

    /// As the journal keeps it: `PATH=VALUE`.
    public var description: String { "\(path.joined(separator: "."))=\(value)" }

    /// - Returns: nil where the JSON body says it; otherwise what it says instead, in a few words.
    func complaint(about body: [UInt8]) -> String? {
        let name = path.joined(separator: ".")
        guard let json = try? JSONSerialization.jsonObject(with: Data(body), options: .fragmentsAllowed) else {
            return "its body is no JSON with \(name)"
        }
        let found = Self.values(at: path[...], in: json)
        if found.contains(value) { return nil }
        guard !found.isEmpty else { return "its body has no \(name)" }
        return "\(name) is \(found.joined(separator: ", ").prefix(100)), not \(value)"
    }

    private static func values(at path: ArraySlice<String>, in json: Any) -> [String] {
        guard let step = path.first else { return (json as? String).map { [$0] } ?? [] }
        let isList = step.hasSuffix("[]")
        guard let object = json as? [String: Any], let inner = object[isList ? String(step.dropLast(2)) : step] else {
            return []
        }
        guard isList else { return values(at: path.dropFirst(), in: inner) }
        return (inner as? [Any] ?? []).flatMap { values(at: path.dropFirst(), in: $0) }
    }
}
