#if os(Linux)
    #if canImport(Glibc)
        import Glibc
    #elseif canImport(Musl)
        import Musl
    #endif

    /// The connections of others to a server.
    enum OpenConnections {
        /// - Parameter processes: the server's.
        /// - Returns: how many are established that do not come from this process; nil if it cannot be known.
        static func count(to processes: [Int32]) -> Int? {
            guard let first = processes.first else { return nil }
            let sockets = processes.reduce(into: Set<UInt64>()) { $0.formUnion(self.sockets(of: $1)) }
            var lines: [Socket] = []
            for name in ["tcp", "tcp6"] {
                // As the server sees it: it may be in a network name space of its own.
                guard let text = ProcFile.text("/proc/\(first)/net/\(name)", atMost: 1 << 22) else { continue }
                lines += text.split(separator: "\n").dropFirst().compactMap { Socket(String($0)) }
            }
            let ports = Set(lines.filter { $0.isListening && sockets.contains($0.inode) }.map(\.localPort))
            guard !ports.isEmpty else { return nil }
            let own = self.sockets(of: getpid())
            let ours = Set(lines.filter { own.contains($0.inode) }.map { [$0.localPort, $0.remotePort] })
            return lines.filter {
                $0.isEstablished && ports.contains($0.localPort) && !ours.contains([$0.remotePort, $0.localPort])
            }.count
        }

        /// A line of /proc/net/tcp.
        private struct Socket {
            var localPort: UInt16
            var remotePort: UInt16
            var isListening: Bool
            var isEstablished: Bool
            var inode: UInt64

            init?(_ line: String) {
                let words = line.split(separator: " ")
                guard words.count > 9, let local = Self.port(words[1]), let remote = Self.port(words[2]),
                    let inode = UInt64(words[9])
                else { return nil }
                (localPort, remotePort, self.inode) = (local, remote, inode)
                isEstablished = words[3] == "01"
                isListening = words[3] == "0A"
            }

            private static func port(_ address: Substring) -> UInt16? {
                address.split(separator: ":").last.flatMap { UInt16($0, radix: 16) }
            }
        }

        private static func sockets(of pid: Int32) -> Set<UInt64> {
            let folder = "/proc/\(pid)/fd"
            // Standard input has the number 0, and is no connection.
            return Set(ProcFile.numbers(inFolder: folder).compactMap { inode(behind: "\(folder)/\($0)") })
        }

        /// The number in `socket:[12345]`.
        private static func inode(behind link: String) -> UInt64? {
            var buffer = [CChar](repeating: 0, count: 64)
            let count = readlink(link, &buffer, buffer.count)
            guard count > 0 else { return nil }
            let text = String(decoding: buffer[..<count].map(UInt8.init(bitPattern:)), as: UTF8.self)
            return text.hasPrefix("socket:[") ? UInt64(text.dropFirst(8).dropLast()) : nil
        }
    }
#endif
