import ModelLifecycle

/// Where the processes of one server listen, and who else listens where the server is probed.
struct ServerSockets: Sendable {
    let lifelinePID: Int32
    let address: ProbeAddress

    /// Whose process answers a probe of that address.
    func owner(of target: ProbeTarget) -> PortOwner {
        let members = ProcessTree.members(ofLifeline: lifelinePID)
        if case .unix(let socket, _) = target {
            return ListeningSockets.owner(ofSocket: socket, server: members, helpers: [lifelinePID])
        }
        guard let (host, port) = target.address else { return .unknown }
        return ListeningSockets.owner(of: host, port: port, server: members, helpers: [lifelinePID])
    }

    /// Looks now: this reads files of the kernel, for a failure and not for each probe.
    func add(to evidence: inout FailureEvidence) {
        let members = ProcessTree.members(ofLifeline: lifelinePID)
        let addresses = ListeningSockets.addresses(of: members)
        evidence.listeningAddresses = addresses.isEmpty ? nil : addresses
        guard let probe = address.target, probe.isOverNetwork else { return }
        evidence.portHolder = ListeningSockets.holder(of: probe, unless: members + [lifelinePID])
    }
}

/// Where a client of this machine reaches a server.
enum Endpoint: Sendable, Hashable {
    case tcp(host: String, port: Int)
    /// A socket with a path in a file system.
    case path(String)
}

/// One socket on which a connection is awaited, as the kernel lists it.
struct ListeningSocket: Sendable, Hashable {
    /// Four or sixteen bytes.
    var host: [UInt8]
    var port: Int
    var inode: UInt64

    init(host: [UInt8], port: Int, inode: UInt64) {
        self.host = host
        self.port = port
        self.inode = inode
    }

    /// A line of /proc/net/tcp or tcp6.
    /// - Returns: nil for any other socket.
    init?(_ line: Substring) {
        let fields = line.split(separator: " ")
        // 0A is TCP_LISTEN.
        guard fields.count > 9, fields[3] == "0A", let inode = UInt64(fields[9]) else { return nil }
        let parts = fields[1].split(separator: ":")
        guard parts.count == 2, parts[0].utf8.count == 8 || parts[0].utf8.count == 32,
            let port = Int(parts[1], radix: 16)
        else { return nil }
        var host: [UInt8] = []
        var digits = parts[0]
        while !digits.isEmpty {
            // Each four bytes of the address are put out as a number of this machine.
            guard let word = UInt32(digits.prefix(8), radix: 16) else { return nil }
            host += withUnsafeBytes(of: word) { Array($0) }
            digits = digits.dropFirst(8)
        }
        self.host = host
        self.port = port
        self.inode = inode
    }

    /// `127.0.0.1:8080`, `[::]:8080`.
    var address: String { SocketAddressText.address(host, port: port) ?? "port \(port)" }

    /// Where a client of this machine reaches it.
    var endpoints: [Endpoint] {
        let isWildcard = host.allSatisfy { $0 == 0 }
        guard isWildcard else { return SocketAddressText.host(host).map { [.tcp(host: $0, port: port)] } ?? [] }
        let four = Endpoint.tcp(host: "127.0.0.1", port: port)
        // One of IPv6 takes IPv4 too, unless it was told otherwise, which the kernel does not list.
        return host.count == 4 ? [four] : [.tcp(host: "::1", port: port), four]
    }

    /// How well it fits that address of this machine, as the kernel weighs it: higher is preferred.
    func precision(for wanted: String) -> Int {
        if !host.allSatisfy({ $0 == 0 }) { return 2 }
        let isFour = SocketAddressText.bytes(wanted).map { SocketAddressText.unmapped($0).count == 4 } ?? true
        return host.count == 4 || !isFour ? 1 : 0
    }

    /// Whether a connection to that host of this machine may come to it.
    func takes(_ wanted: String) -> Bool {
        let isWildcard = host.allSatisfy { $0 == 0 }
        if wanted.lowercased() == "localhost" {
            return isWildcard || host == [127, 0, 0, 1] || host == [UInt8](repeating: 0, count: 15) + [1]
        }
        guard let given = SocketAddressText.bytes(wanted) else { return false }
        let bytes = SocketAddressText.unmapped(given)
        if SocketAddressText.unmapped(host) == bytes { return true }
        // An address of another machine is not known from one of this machine here; loopback never is.
        let isLoopback = bytes.count == 4 ? bytes[0] == 127 : bytes.dropLast().allSatisfy { $0 == 0 }
        let isUnspecified = bytes.allSatisfy { $0 == 0 }
        // A socket of IPv6 takes IPv4 too, unless it was told otherwise; one of IPv4 never takes IPv6.
        if isWildcard, isLoopback { return host.count == 16 || bytes.count == 4 }
        return isUnspecified && (host.first == 127 || isWildcard)
    }
}
