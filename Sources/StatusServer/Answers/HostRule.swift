import NIOCore

/// Which `Host` a request may name. A page of somebody else's that has its own name point here (DNS rebinding) must
/// not read what this server says.
struct HostRule: Sendable {
    /// As a browser sends them, in lower case.
    private let names: Set<String>
    private let port: Int

    /// - Parameters:
    ///   - allowed: names beside those of this machine, with a port or for any.
    ///   - named: the host at which it was told to listen.
    init(port: Int, named: String = "", allowed: [String]) {
        self.port = port
        let allowed = allowed + (named.isEmpty || named.contains(":") ? [] : ["\(named):\(port)"])
        var names: Set<String> = []
        for name in ["localhost", "127.0.0.1", "[::1]"] + allowed.map({ $0.lowercased() }) {
            names.insert(name)
            names.insert("\(name):\(port)")
        }
        // A local name without its port is what port 80 is asked for with.
        if port != 80 { names.subtract(["localhost", "127.0.0.1", "[::1]"].filter { !allowed.contains($0) }) }
        self.names = names
    }

    /// - Parameter local: the address that the request has come in by. An address of this machine is no name that
    ///   somebody else could point here.
    func allows(_ host: String, local: SocketAddress?) -> Bool {
        if names.contains(host) || names.contains(host.lowercased()) { return true }
        guard var address = local?.ipAddress else { return false }
        // An IPv4 client of a socket for both.
        if address.lowercased().hasPrefix("::ffff:"), address.contains(".") { address.removeFirst(7) }
        let literal = address.contains(":") ? "[\(address)]" : address
        return host == "\(literal):\(port)" || (port == 80 && host == literal)
    }
}
