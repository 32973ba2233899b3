public import Foundation

/// What one warm-up request sends.
public struct WarmupRequest: Sendable, Hashable {
    /// What the request carries.
    public enum Body: Sendable, Hashable {
        /// Nothing: a GET.
        case none
        /// These bytes.
        case data(Data)
        /// The engine's silence as a WAV file, in a form's field of this name (multipart/form-data).
        case audio(field: String)
    }

    /// Absolute, http or https.
    public var url: URL
    /// GET without a body, POST with one.
    public var body: Body
    /// In order; `Content-Type` among them where the server wants another than the body's own.
    public var headers: [Header]
    /// The file that the body was read from.
    package var bodyFile: String?

    /// One header of the request.
    public struct Header: Sendable, Hashable {
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
        public init(_ text: String) throws {
            let parts = text.split(separator: ":", maxSplits: 1, omittingEmptySubsequences: false)
            let name = parts.first.map(String.init) ?? ""
            guard parts.count == 2, !name.isEmpty, name.utf8.allSatisfy(Self.isToken),
                !text.utf8.contains(where: { $0 < 0x20 && $0 != 0x09 || $0 == 0x7F })
                // The value may be a secret: it is not repeated.
            else { throw InvalidServerSetting("a warm-up header is written NAME: VALUE") }
            self.init(name: name, value: parts[1].trimmingCharacters(in: .whitespaces))
        }

        /// RFC 9110, 5.6.2.
        private static func isToken(_ byte: UInt8) -> Bool {
            switch byte {
            case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
                UInt8(ascii: "0")...UInt8(ascii: "9"):
                true
            default: Array("!#$%&'*+-.^_`|~".utf8).contains(byte)
            }
        }
    }

    /// - Parameters:
    ///   - url: absolute, http or https.
    ///   - body: what the request carries.
    ///   - headers: sent in this order.
    public init(url: URL, body: Body = .none, headers: [Header] = []) {
        self.url = url
        self.body = body
        self.headers = headers
    }
}
