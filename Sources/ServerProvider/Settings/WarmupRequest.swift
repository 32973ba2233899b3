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
    /// What a body of the kind `audio` sends; nil for the engine's own silence.
    package var audio: WarmupAudio?

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

/// The audio of a warm-up request.
package enum WarmupAudio: Sendable, Hashable, CustomStringConvertible {
    /// So many seconds of silence.
    case silence(Double)
    /// A file, which is sent as it is.
    case file(String)

    /// As the command line takes it: SECONDS or FILE.
    /// - Throws: `InvalidServerSetting` if there is no such file.
    package init(_ text: String, in directory: String? = nil) throws {
        if let seconds = Double(text) {
            guard seconds > 0, seconds <= 600 else {
                throw InvalidServerSetting("the silence of a warm-up has more than 0 and at most 600 seconds")
            }
            self = .silence(seconds)
            return
        }
        _ = try ServerConfiguration.body(text, in: directory, for: "warm-up")
        self = .file(text)
    }

    /// As the command line takes it.
    package var description: String {
        switch self {
        case .silence(let seconds): "\(seconds)"
        case .file(let path): path
        }
    }
}
