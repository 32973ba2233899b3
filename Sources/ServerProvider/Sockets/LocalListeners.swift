#if os(Linux)
    import CLifeline

    /// The TCP sockets of this network name space that wait for connections, at little cost: some are looked for every few
    /// milliseconds while a server starts.
    enum LocalListeners {
        private static let capacity = 4096

        /// - Returns: nil if the kernel does not tell.
        static var all: [ListeningSocket]? {
            withUnsafeTemporaryAllocation(of: modeljournal_listener.self, capacity: capacity) { buffer in
                let count = modeljournal_listeners(buffer.baseAddress, Int32(capacity))
                guard count >= 0 else { return nil }
                return buffer.prefix(Int(count)).map { listener in
                    let host = withUnsafeBytes(of: listener.address) { Array($0.prefix(Int(listener.address_length))) }
                    return ListeningSocket(host: host, port: Int(listener.port), inode: listener.inode)
                }
            }
        }

        /// Whether a connection to that address would reach a socket here.
        /// - Returns: nil if it cannot be known, as for a name, or an address that may be another machine's.
        static func hasOne(at host: String, port: Int) -> Bool? {
            guard SocketAddressText.isLocal(host) else { return nil }
            return all.map { $0.contains { $0.port == port && $0.takes(host) } }
        }

        /// Whether a connection to that address of the loopback is refused. What forwards connections to a server is not
        /// on the list, and takes them all the same.
        static func refuses(_ host: String, port: Int) -> Bool {
            guard let bytes = SocketAddressText.bytes(host.lowercased() == "localhost" ? "127.0.0.1" : host) else {
                return false
            }
            return modeljournal_is_refused(bytes, Int32(bytes.count), Int32(port)) != 0
        }

        /// Tells one state of the list from another.
        static var inodes: Set<UInt64>? { all.map { Set($0.map(\.inode)) } }
    }
#else
    enum LocalListeners {
        static func hasOne(at host: String, port: Int) -> Bool? { nil }
        static func refuses(_ host: String, port: Int) -> Bool { false }
        static var inodes: Set<UInt64>? { nil }
    }
#endif
