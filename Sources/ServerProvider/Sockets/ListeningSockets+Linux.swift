#if os(Linux)
    import ModelLifecycle

    #if canImport(Glibc)
        import Glibc
    #elseif canImport(Musl)
        import Musl
    #endif

    /// Who listens where, from /proc: sockets by their inodes, and the descriptors of processes that name those.
    enum ListeningSockets {
        /// A server of many processes may listen on hundreds; the first ones tell enough.
        private static let maximumAddresses = 32

        /// Where these processes listen, sorted by port; TCP, or sockets with a path if none is TCP.
        static func addresses(of processes: [Int32]) -> [String] {
            var namespaces: [String: Int32] = [:]
            var owned: Set<UInt64> = []
            for pid in processes {
                owned.formUnion(sockets(of: pid))
                namespaces[link("/proc/\(pid)/ns/net") ?? "", default: pid] = pid
            }
            guard !owned.isEmpty else { return [] }
            var found: Set<ListeningSocket> = []
            var paths: Set<String> = []
            let own = link("/proc/self/ns/net")
            for (space, pid) in namespaces {
                let sockets = space == own ? listeningHere() : listening(in: "/proc/\(pid)/net")
                found.formUnion(sockets.filter { owned.contains($0.inode) })
                paths.formUnion(unixPaths(in: "/proc/\(pid)/net", owned))
            }
            // The same address twice is one server whose processes share a port.
            var addresses: [String] = []
            for socket in found.sorted(by: { ($0.port, $0.address) < ($1.port, $1.address) })
            where addresses.last != socket.address {
                addresses.append(socket.address)
            }
            if addresses.isEmpty { addresses = paths.sorted() }
            return Array(addresses.prefix(maximumAddresses))
        }

        /// A process that listens where the probe asks.
        /// - Parameter own: processes whose sockets do not count, even if others hold them as well.
        /// - Returns: nil if no process does, if it cannot be known, and if it is the first process of the system or this
        ///   one, which may hold a socket for the server.
        static func holder(of probe: ProbeTarget, unless own: [Int32]) -> FailureEvidence.ProcessName? {
            guard let (host, port) = probe.address else { return nil }
            var wanted = Set(
                listeningHere().filter { $0.port == port && $0.takes(host) }.map(\.inode))
            // Most of the time it is the server itself, and there is no need to look at every process.
            for pid in own + [getpid(), 1] where !wanted.isEmpty { wanted.subtract(sockets(of: pid)) }
            guard !wanted.isEmpty else { return nil }
            // A lower number is usually the older process: the server rather than one of its workers.
            var holders: [UInt64: [Int32]] = [:]
            for pid in ProcFile.numbers(inFolder: "/proc").sorted() {
                for inode in sockets(of: pid) where wanted.contains(inode) { holders[inode, default: []].append(pid) }
            }
            for pids in holders.values.sorted(by: { ($0.first ?? 0) < ($1.first ?? 0) }) {
                guard let pid = pids.first, let name = ProcessTree.process(pid)?.name else { continue }
                return FailureEvidence.ProcessName(pid: pid, program: program(of: pid) ?? name)
            }
            return nil
        }

        /// Whose process gets a connection to that address.
        /// - Parameters:
        ///   - server: the server's processes.
        ///   - helpers: processes whose sockets do not count, such as the lifeline.
        static func owner(of host: String, port: Int, server: [Int32], helpers: [Int32]) -> PortOwner {
            // As a client does that tries the addresses of a name in turn.
            guard host.lowercased() == "localhost" else {
                return owner(ofAddress: host, port: port, server: server, helpers: helpers)
            }
            let first = owner(ofAddress: "::1", port: port, server: server, helpers: helpers)
            return first != .unknown
                ? first : owner(ofAddress: "127.0.0.1", port: port, server: server, helpers: helpers)
        }

        private static func owner(ofAddress host: String, port: Int, server: [Int32], helpers: [Int32]) -> PortOwner {
            let sockets = listeningHere().filter { $0.port == port && $0.takes(host) }
            // The kernel prefers a socket of the very address to one of all addresses.
            guard let best = sockets.map({ $0.precision(for: host) }).max() else { return .unknown }
            let wanted = Set(sockets.filter { $0.precision(for: host) == best }.map(\.inode))
            var own: [Int32] = []
            var rest = wanted
            var isVisible = true
            for pid in server {
                guard let inodes = visibleSockets(of: pid) else {
                    isVisible = isVisible && ProcessTree.process(pid)?.hasEnded ?? true
                    continue
                }
                guard !wanted.isDisjoint(with: inodes) else { continue }
                own.append(pid)
                rest.subtract(inodes)
            }
            // The first process of the system may hold thousands of files: it is looked at only where it may matter.
            for pid in helpers + [getpid(), 1] where !rest.isEmpty { rest.subtract(Self.sockets(of: pid)) }
            guard !rest.isEmpty else { return own.isEmpty ? .unknown : .server }
            // What the server runs as another user may be what listens there.
            guard isVisible else { return .unknown }
            let other = listener(of: rest)
            // It may have been closed meanwhile; one that is still there is another user's.
            if other == nil, rest.isDisjoint(with: listeningHere().map(\.inode)) {
                return own.isEmpty ? .unknown : .server
            }
            guard !own.isEmpty else {
                guard let other, !PortOwner.forwarders.contains(other.name?.program ?? "") else { return .unknown }
                return .other(other)
            }
            let oldest = own.compactMap(listener).min { $0.isOlder(than: $1) }
            return .shared(own: oldest ?? PortOwner.Listener(), other: other ?? PortOwner.Listener())
        }

        /// Addresses of this network name space that reach a socket of these processes, each once.
        static func endpoints(of processes: [Int32]) -> [Endpoint] {
            let ownSpace = link("/proc/self/ns/net")
            let here = processes.filter { link("/proc/\($0)/ns/net") == ownSpace }
            let owned = Set(here.flatMap(sockets))
            guard !owned.isEmpty else { return [] }
            var found: [Endpoint] = []
            for socket in listeningHere().filter({ owned.contains($0.inode) }).sorted(by: {
                ($0.port, $0.address) < ($1.port, $1.address)
            }) {
                for endpoint in socket.endpoints where !found.contains(endpoint) { found.append(endpoint) }
            }
            for pid in here {
                let own = Set(sockets(of: pid))
                for (name, inode) in unixSockets(in: "/proc/self/net") where own.contains(inode) {
                    let endpoint = Endpoint.path(place(name, of: pid))
                    if !found.contains(endpoint) { found.append(endpoint) }
                }
            }
            return found
        }

        /// The same for a socket in a file system.
        static func owner(ofSocket path: String, server: [Int32], helpers: [Int32]) -> PortOwner {
            let name = path.split(separator: "/").last ?? ""
            let candidates = unixSockets(in: "/proc/self/net").filter { $0.name.hasSuffix(name) }
            guard !candidates.isEmpty else { return .unknown }
            func holds(_ pid: Int32) -> Bool {
                let own = Set(sockets(of: pid))
                return candidates.contains { own.contains($0.inode) && place($0.name, of: pid) == absolute(path) }
            }
            if server.contains(where: holds) { return .server }
            let strangers = ProcFile.numbers(inFolder: "/proc").filter { !(helpers + [getpid(), 1]).contains($0) }
            return strangers.first(where: holds).flatMap(listener).map(PortOwner.other) ?? .unknown
        }

        /// A name is listed as it was bound: a relative one begins in the folder of the process.
        private static func place(_ name: String, of pid: Int32) -> String {
            name.hasPrefix("/") ? name : (link("/proc/\(pid)/cwd") ?? "") + "/" + name
        }

        private static func absolute(_ path: String) -> String {
            path.hasPrefix("/") ? path : (link("/proc/self/cwd") ?? "") + "/" + path
        }

        // MARK: -

        /// The oldest process that holds one of these sockets; nil if none can be seen to.
        private static func listener(of inodes: Set<UInt64>) -> PortOwner.Listener? {
            ProcFile.numbers(inFolder: "/proc").filter { !inodes.isDisjoint(with: sockets(of: $0)) }
                .compactMap(listener).min { $0.isOlder(than: $1) }
        }

        private static func listener(_ pid: Int32) -> PortOwner.Listener? {
            guard let process = ProcessTree.process(pid) else { return nil }
            let name = FailureEvidence.ProcessName(pid: pid, program: program(of: pid) ?? process.name)
            return PortOwner.Listener(name: name, start: process.start)
        }

        /// The name of its file; the kernel's own name for it may be a thread's, and has 15 bytes.
        private static func program(of pid: Int32) -> String? {
            guard let path = link("/proc/\(pid)/exe"), let name = path.split(separator: "/").last else { return nil }
            let deleted = " (deleted)"
            return String(name.hasSuffix(deleted) ? name.dropLast(deleted.count) : name)
        }

        /// In this network name space.
        private static func listeningHere() -> [ListeningSocket] {
            LocalListeners.all ?? listening(in: "/proc/self/net")
        }

        private static func listening(in folder: String) -> [ListeningSocket] {
            // Thousands of connections may be listed that have ended just now: only lines with TCP_LISTEN are made texts.
            let mark = Array(" 0A ".utf8)
            return ["tcp", "tcp6"].flatMap { name in
                // A line has 150 bytes.
                (ProcFile.bytes("\(folder)/\(name)", atMost: 16 << 20) ?? []).split(separator: UInt8(ascii: "\n"))
                    .compactMap { line -> ListeningSocket? in
                        guard line.prefix(100).firstRange(of: mark) != nil else { return nil }
                        return ListeningSocket(Substring(decoding: line, as: UTF8.self))
                    }
            }
        }

        /// Sockets with a path in a file system, which clients of the server could use.
        private static func unixPaths(in folder: String, _ owned: Set<UInt64>) -> [String] {
            unixSockets(in: folder).filter { owned.contains($0.inode) }.map { "unix:\($0.name)" }
        }

        private static func unixSockets(in folder: String) -> [(name: String, inode: UInt64)] {
            (ProcFile.text("\(folder)/unix", atMost: 16 << 20) ?? "").split(separator: "\n").compactMap { line in
                // Num RefCount Protocol Flags Type St Inode Path; 00010000 is __SO_ACCEPTCON, @ is no file.
                let fields = line.split(separator: " ", maxSplits: 7)
                guard fields.count == 8, fields[3] == "00010000", !fields[7].hasPrefix("@"),
                    let inode = UInt64(fields[6])
                else { return nil }
                return (String(fields[7]), inode)
            }
        }

        /// The inodes of its sockets; nil if it is another user's, or gone.
        private static func visibleSockets(of pid: Int32) -> [UInt64]? {
            access("/proc/\(pid)/fd", R_OK) == 0 ? sockets(of: pid) : nil
        }

        /// The inodes of its sockets; empty if it is another user's.
        private static func sockets(of pid: Int32) -> [UInt64] {
            // A name that is no number counts as 0, so that one is not in the list.
            ([0] + ProcFile.numbers(inFolder: "/proc/\(pid)/fd")).compactMap { descriptor in
                guard let name = link("/proc/\(pid)/fd/\(descriptor)"), name.hasPrefix("socket:[") else { return nil }
                return UInt64(name.dropFirst("socket:[".count).dropLast())
            }
        }

        private static func link(_ path: String) -> String? {
            withUnsafeTemporaryAllocation(of: CChar.self, capacity: 4096) { buffer in
                guard let start = buffer.baseAddress else { return nil }
                let count = readlink(path, start, buffer.count)
                guard count >= 0 else { return nil }
                return String(decoding: buffer.prefix(count).map { UInt8(bitPattern: $0) }, as: UTF8.self)
            }
        }
    }
#endif
