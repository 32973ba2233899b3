import Foundation

/// The host and port of a probe.
struct ProbeAddress {
    let host: String
    let port: Int
    private let parts: URLComponents

    /// - Parameter target: as `--probe` takes it.
    init?(_ target: String) {
        guard let parts = URLComponents(string: target), let host = parts.host, !host.isEmpty else { return nil }
        let usual = ["http": 80, "https": 443, "ws": 80, "wss": 443]
        guard let port = parts.port ?? usual[parts.scheme?.lowercased() ?? ""] else { return nil }
        self.host = host.filter { $0 != "[" && $0 != "]" }
        self.port = port
        self.parts = parts
    }

    var authority: String { host.contains(":") ? "[\(host)]:\(port)" : "\(host):\(port)" }
    /// As people name it.
    var name: String { authority }

    /// The same probe of another host and port.
    func moved(to host: String, _ port: Int) -> String {
        var moved = parts
        moved.host = host.contains(":") ? "[\(host)]" : host
        moved.port = port
        return moved.string ?? "tcp://\(authority)"
    }
}

/// Where a process listens: `127.0.0.1:8080`, `[::1]:8080`, or something else that has a name.
struct ListeningAddress {
    let host: String
    /// nil if it is no port, such as a socket in the file system.
    let port: Int?

    init(_ text: String) {
        guard let colon = text.lastIndex(of: ":"), let port = Int(text[text.index(after: colon)...]) else {
            (host, port) = (text, nil)
            return
        }
        host = text[..<colon].filter { $0 != "[" && $0 != "]" }
        self.port = port
    }

    private var isAny: Bool { ["0.0.0.0", "::", "*"].contains(host) }

    /// Whether a connection to the probed address comes here.
    func accepts(_ probed: ProbeAddress) -> Bool {
        port == probed.port && (isAny || host == probed.host || probed.host == "localhost" && isLoopback)
    }

    private var isLoopback: Bool { host == "::1" || host.hasPrefix("127.") }

    func probe(like probed: ProbeAddress) -> String? { port.map { probed.moved(to: isAny ? probed.host : host, $0) } }
}
