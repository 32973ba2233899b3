import Foundation
import ModelLifecycle

/// One header of a request to a server.
public struct RequestHeader: Sendable, Hashable {
    /// As it is sent; case does not matter to a server.
    public var name: String
    /// As it is sent. May be a secret: it is not journalled.
    public var value: String

    /// - Parameters:
    ///   - name: as it is sent.
    ///   - value: as it is sent.
    public init(name: String, value: String) {
        self.name = name
        self.value = value
    }

    /// As the command line takes it: `NAME: VALUE`.
    public init(_ text: String) throws { try self.init(text, for: "warm-up") }

    /// - Parameter role: what the request is for, in the error.
    package init(_ text: String, for role: String) throws {
        let parts = text.split(separator: ":", maxSplits: 1, omittingEmptySubsequences: false)
        let name = parts.first.map(String.init) ?? ""
        guard parts.count == 2, Self.isToken(name),
            !text.utf8.contains(where: { $0 < 0x20 && $0 != 0x09 || $0 == 0x7F })
            // The value may be a secret: it is not repeated.
        else { throw InvalidServerSetting("a \(role) header is written NAME: VALUE") }
        self.init(name: name, value: parts[1].trimmingCharacters(in: .whitespaces))
    }

    /// RFC 9110, 5.6.2.
    static func isToken(_ text: String) -> Bool {
        !text.isEmpty
            && text.utf8.allSatisfy { byte in
                switch byte {
                case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
                    UInt8(ascii: "0")...UInt8(ascii: "9"):
                    true
                default: Array("!#$%&'*+-.^_`|~".utf8).contains(byte)
                }
            }
    }

    private var isHarmless: Bool { WarmupHeaderNames.harmless.contains(name.lowercased()) }

    /// As the journal keeps it: without its value, unless that is never a secret.
    var recorded: String { "\(name): \(isHarmless ? value : Redaction.mark)" }

    /// The whole header if its value may be a secret.
    var secretText: String? { isHarmless ? nil : "\(name): \(value)" }
}
