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
    public typealias Header = RequestHeader

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
