import AsyncHTTPClient
public import Foundation
import ModelLifecycle

/// Where a server is asked whether it is ready.
public enum ProbeTarget: Sendable, Hashable {
    /// Ready when a request is answered with a status of 200 to 299, or as the conditions say.
    case http(URL)
    /// The same over a Unix domain socket.
    /// - Parameters:
    ///   - socket: the file of the socket; a relative path begins in the server's directory.
    ///   - path: what is asked for, with its query.
    case unix(socket: String, path: String)
    /// Ready when a connection is accepted.
    case tcp(host: String, port: Int)
    /// Ready when a WebSocket handshake is answered with 101.
    case webSocket(URL)
    /// Ready when a Wyoming `describe` event is answered with an `info` event.
    case wyoming(host: String, port: Int)
    /// Ready when the shell command exits with 0.
    case exec(String)
    /// Ready when the server says so on a socket of its own, as sd_notify(3) describes it.
    case notify
    /// Wherever the server's processes are found to listen, in the way in which they answer there.
    case auto
}

extension ProbeTarget: CustomStringConvertible {
    /// As the command line takes it: `http://…`, `https://…`, `unix:PATH:/path`, `tcp://HOST:PORT`, `ws://…`, `wss://…`,
    /// `wyoming://HOST:PORT`, `exec:COMMAND`, `notify` or `auto`.
    public init(_ text: String) throws {
        if text == "auto" {
            self = .auto
            return
        }
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
        if text.hasPrefix("unix:") {
            self = try Self.unix(text)
            return
        }
        guard let parts = URLComponents(string: text), let scheme = parts.scheme?.lowercased() else {
            throw InvalidServerSetting("'\(text)' is no probe: \(Self.forms)")
        }
        switch scheme {
        case "http", "https": self = .http(try httpURL(text, for: "probe"))
        case "ws", "wss":
            guard let url = Self.url(text, ["ws", "wss"]) else {
                throw InvalidServerSetting("'\(text)' is no probe: \(scheme) wants \(scheme)://HOST:PORT/PATH")
            }
            self = .webSocket(url)
        case "tcp", "wyoming":
            guard let host = parts.host, !host.isEmpty, let port = parts.port, (1...65535).contains(port),
                parts.path.isEmpty || parts.path == "/"
            else { throw InvalidServerSetting("'\(text)' is no probe: \(scheme) wants \(scheme)://HOST:PORT") }
            // URLComponents keeps the brackets of an IPv6 address.
            let name = host.trimmingCharacters(in: CharacterSet(charactersIn: "[]"))
            self = scheme == "tcp" ? .tcp(host: name, port: port) : .wyoming(host: name, port: port)
        default: throw InvalidServerSetting("'\(text)' is no probe: \(Self.forms)")
        }
    }

    /// The path within the server begins at the first `:/` after the socket's.
    private static func unix(_ text: String) throws -> ProbeTarget {
        let rest = text.dropFirst("unix:".count)
        guard let border = rest.range(of: ":/"), border.lowerBound > rest.startIndex else {
            throw InvalidServerSetting("'\(text)' is no probe: unix wants unix:PATH:/path")
        }
        let path = rest[rest.index(after: border.lowerBound)...]
        guard path.utf8.allSatisfy({ (0x21...0x7E).contains($0) && $0 != UInt8(ascii: "#") }) else {
            throw InvalidServerSetting("'\(text)' is no probe: \(path) is not a path for HTTP")
        }
        return .unix(socket: String(rest[..<border.lowerBound]), path: String(path))
    }

    fileprivate static func url(_ text: String, _ schemes: [String]) -> URL? {
        guard let parts = URLComponents(string: text), let scheme = parts.scheme?.lowercased(),
            schemes.contains(scheme), let host = parts.host, !host.isEmpty,
            parts.port.map({ (1...65535).contains($0) }) ?? true
        else { return nil }
        return parts.url
    }

    private static let forms =
        "write http://HOST:PORT/PATH, unix:PATH:/path, tcp://HOST:PORT, ws://HOST:PORT/PATH, wyoming://HOST:PORT, "
        + "exec:COMMAND, notify or auto"

    /// As the command line takes it.
    public var description: String {
        switch self {
        case .http(let url), .webSocket(let url): url.absoluteString
        case .unix(let socket, let path): "unix:\(socket):\(path)"
        case .tcp(let host, let port): "tcp://" + Self.authority(host, port)
        case .wyoming(let host, let port): "wyoming://" + Self.authority(host, port)
        case .exec(let command): "exec:\(command)"
        case .notify: "notify"
        case .auto: "auto"
        }
    }

    private static func authority(_ host: String, _ port: Int) -> String {
        host.contains(":") ? "[\(host)]:\(port)" : "\(host):\(port)"
    }

    /// For people, without secrets.
    var shown: String {
        switch self {
        case .http(let url), .webSocket(let url): url.shown
        case .unix, .tcp, .wyoming, .exec, .notify, .auto: Redaction.redact(description)
        }
    }
}

extension ProbeTarget {
    /// What the settings of a probe go by.
    enum Kind: Sendable, Hashable {
        case http, tcp, webSocket, wyoming, exec, notify, auto
    }

    var kind: Kind {
        switch self {
        case .http, .unix: .http
        case .tcp: .tcp
        case .webSocket: .webSocket
        case .wyoming: .wyoming
        case .exec: .exec
        case .notify: .notify
        case .auto: .auto
        }
    }

    /// A command may well succeed before the server is there; an address must not answer.
    var isOverNetwork: Bool { ![.exec, .notify, .auto].contains(kind) }

    /// Over TLS.
    var isEncrypted: Bool {
        switch self {
        case .http(let url), .webSocket(let url): ["https", "wss"].contains(url.scheme?.lowercased())
        case .unix, .tcp, .wyoming, .exec, .notify, .auto: false
        }
    }

    /// Where it connects to; nil for a command and a socket in the file system.
    var address: (host: String, port: Int)? {
        switch self {
        case .http(let url), .webSocket(let url):
            guard let host = url.host(percentEncoded: false) else { return nil }
            let port = url.port ?? (isEncrypted ? 443 : 80)
            return (host.trimmingCharacters(in: CharacterSet(charactersIn: "[]")), port)
        case .tcp(let host, let port), .wyoming(let host, let port): return (host, port)
        case .unix, .exec, .notify, .auto: return nil
        }
    }

    /// The same question to another address, with the same scheme, path and query.
    /// - Parameter host: a name, or an address without brackets.
    /// - Returns: nil for a command and a socket in the file system.
    package func moved(toHost host: String, port: Int) -> ProbeTarget? {
        func moved(_ url: URL) -> URL? {
            var parts = URLComponents(url: url, resolvingAgainstBaseURL: true)
            parts?.host = host.contains(":") ? "[\(host)]" : host
            parts?.port = port
            return parts?.url
        }
        switch self {
        case .http(let url): return moved(url).map(ProbeTarget.http)
        case .webSocket(let url): return moved(url).map(ProbeTarget.webSocket)
        case .tcp: return .tcp(host: host, port: port)
        case .wyoming: return .wyoming(host: host, port: port)
        case .unix, .exec, .notify, .auto: return nil
        }
    }

    /// What an HTTP client is given; nil for another kind of probe.
    /// - Parameter directory: where a relative path of a socket begins; nil for the engine's own directory.
    func requestURL(in directory: String?) -> URL? {
        switch self {
        case .http(let url): url
        case .unix(let socket, let path):
            URL(httpURLWithSocketPath: ServerCommand.path(socket, in: directory), uri: path)
        case .tcp, .webSocket, .wyoming, .exec, .notify, .auto: nil
        }
    }
}

/// A URL that an HTTP client can use: absolute, http or https, with a host.
/// - Parameter role: what it is for, in the error.
package func httpURL(_ text: String, for role: String) throws -> URL {
    guard let url = ProbeTarget.url(text, ["http", "https"])
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
