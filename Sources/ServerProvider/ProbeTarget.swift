public import Foundation

/// Where a server is asked whether it is ready.
public enum ProbeTarget: Sendable, Hashable {
    /// Ready where a GET answers with a status of 200 to 299.
    case http(URL)
    /// Ready where a connection is accepted.
    case tcp(host: String, port: Int)
    /// Ready where the shell command exits with 0.
    case exec(String)
    /// Ready when the server says so on a socket of its own, as sd_notify(3) describes it.
    case notify
}

extension ProbeTarget: CustomStringConvertible {
    /// As the command line takes it: `http://…`, `https://…`, `tcp://HOST:PORT` or `exec:COMMAND`.
    public init(_ text: String) throws {
        if text == "notify" {
            self = .notify
            return
        }
        if text.hasPrefix("exec:") {
            let command = text.dropFirst("exec:".count)
            guard command.contains(where: { !$0.isWhitespace }) else {
                throw InvalidServerSetting("the probe 'exec:' names no command")
            }
            self = .exec(String(command))
            return
        }
        guard let parts = URLComponents(string: text), let scheme = parts.scheme?.lowercased() else {
            throw InvalidServerSetting("'\(text)' is no probe: \(Self.forms)")
        }
        switch scheme {
        case "http", "https":
            self = .http(try httpURL(text, for: "probe"))
        case "tcp":
            guard let host = parts.host, !host.isEmpty, let port = parts.port, (1...65535).contains(port),
                parts.path.isEmpty || parts.path == "/"
            else { throw InvalidServerSetting("'\(text)' is no probe: tcp wants tcp://HOST:PORT") }
            // URLComponents keeps the brackets of an IPv6 address.
            self = .tcp(host: host.trimmingCharacters(in: CharacterSet(charactersIn: "[]")), port: port)
        default:
            throw InvalidServerSetting("'\(text)' is no probe: \(Self.forms)")
        }
    }

    /// A command may well succeed before the server is there; an address must not answer.
    var isOverNetwork: Bool {
        switch self {
        case .http, .tcp: true
        case .exec, .notify: false
        }
    }

    /// Where it connects to; nil for a command.
    var address: (host: String, port: Int)? {
        switch self {
        case .http(let url):
            guard let host = url.host(percentEncoded: false) else { return nil }
            let port = url.port ?? (url.scheme?.lowercased() == "https" ? 443 : 80)
            return (host.trimmingCharacters(in: CharacterSet(charactersIn: "[]")), port)
        case .tcp(let host, let port): return (host, port)
        case .exec, .notify: return nil
        }
    }

    private static let forms = "write http://HOST:PORT/PATH, tcp://HOST:PORT or exec:COMMAND"

    /// As the command line takes it.
    public var description: String {
        switch self {
        case .http(let url): url.absoluteString
        case .tcp(let host, let port): host.contains(":") ? "tcp://[\(host)]:\(port)" : "tcp://\(host):\(port)"
        case .exec(let command): "exec:\(command)"
        case .notify: "notify"
        }
    }
}

/// A URL that an HTTP client can use: absolute, http or https, with a host.
/// - Parameter role: what it is for, in the error.
package func httpURL(_ text: String, for role: String) throws -> URL {
    guard let parts = URLComponents(string: text), let scheme = parts.scheme?.lowercased(),
        scheme == "http" || scheme == "https", let host = parts.host, !host.isEmpty,
        parts.port.map({ (1...65535).contains($0) }) ?? true, let url = parts.url
    else { throw InvalidServerSetting("'\(text)' is no URL for a \(role): write http://HOST:PORT/PATH") }
    return url
}

/// A setting that cannot work, found before anything is started.
public struct InvalidServerSetting: Error, Sendable, Hashable, CustomStringConvertible {
    /// Which setting, and what it should be, in one line.
    public let description: String
    /// It names a file that is not there.
    public let isMissingFile: Bool

    package init(_ description: String, isMissingFile: Bool = false) {
        self.description = description
        self.isMissingFile = isMissingFile
    }
}
