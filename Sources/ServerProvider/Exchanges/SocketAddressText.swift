#if canImport(Darwin)
    import Darwin
#elseif canImport(Musl)
    import Musl
#else
    import Glibc
#endif

/// Addresses as people write them.
enum SocketAddressText {
    /// - Parameter bytes: four or sixteen, in network order.
    static func host(_ bytes: [UInt8]) -> String? {
        let bytes = unmapped(bytes)
        guard bytes.count == 4 || bytes.count == 16 else { return nil }
        return withUnsafeTemporaryAllocation(of: CChar.self, capacity: Int(INET6_ADDRSTRLEN)) { buffer in
            let family = bytes.count == 4 ? AF_INET : AF_INET6
            guard inet_ntop(family, bytes, buffer.baseAddress, socklen_t(buffer.count)) != nil else { return nil }
            return buffer.baseAddress.map { String(cString: $0) }
        }
    }

    /// `127.0.0.1:8080` or `[::1]:8080`.
    static func address(_ bytes: [UInt8], port: Int) -> String? {
        host(bytes).map { $0.contains(":") ? "[\($0)]:\(port)" : "\($0):\(port)" }
    }

    /// - Returns: four or sixteen bytes; nil if the text is no address.
    static func bytes(_ host: String) -> [UInt8]? {
        // The zone of a link-local address is not part of it.
        let host = String(host.prefix { $0 != "%" })
        var four = in_addr()
        if inet_pton(AF_INET, host, &four) == 1 { return withUnsafeBytes(of: four) { Array($0) } }
        var sixteen = in6_addr()
        if inet_pton(AF_INET6, host, &sixteen) == 1 { return withUnsafeBytes(of: sixteen) { Array($0) } }
        return nil
    }

    /// Whether it is surely this machine: `localhost`, or an address of the loopback or of all interfaces.
    static func isLocal(_ host: String) -> Bool {
        if host.lowercased() == "localhost" { return true }
        guard let given = bytes(host) else { return false }
        let bytes = unmapped(given)
        return bytes.count == 4 && bytes[0] == 127 || bytes.dropLast().allSatisfy { $0 == 0 } && (bytes.last ?? 2) < 2
    }

    /// The IPv4 address that an IPv6 address stands for, if it does.
    static func unmapped(_ bytes: [UInt8]) -> [UInt8] {
        let prefix = [UInt8](repeating: 0, count: 10) + [0xFF, 0xFF]
        return bytes.count == 16 && bytes.starts(with: prefix) ? Array(bytes.suffix(4)) : bytes
    }
}
