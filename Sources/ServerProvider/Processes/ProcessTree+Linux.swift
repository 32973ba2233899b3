#if os(Linux)
    #if canImport(Glibc)
        import Glibc
    #elseif canImport(Musl)
        import Musl
    #endif

    /// The processes of a server: the lifeline's descendants. The lifeline is their subreaper, so one whose parents have
    /// ended becomes its child, and the chain of parents of each of them leads to it, whatever group or session it is in.
    enum ProcessTree {
        /// This process.
        static var ownPID: Int32 { getpid() }

        /// The processes that are running, the server's own first; empty if it has none, or it cannot be known.
        static func members(ofLifeline pid: Int32) -> [Int32] {
            processes(ofLifeline: pid).filter { !$0.hasEnded }.map(\.pid)
        }

        /// The same with what is known of each, and with those that have ended and that no parent has asked for yet.
        ///
        /// One that loses its parent at this moment may be missing; `process(_:)` tells.
        static func processes(ofLifeline pid: Int32) -> [SeenProcess] {
            guard let parents = descent(from: pid) else { return scanned(from: pid) }
            return parents.compactMap(process)
        }

        /// - Returns: nil if there is no process of this number.
        static func process(_ pid: Int32) -> SeenProcess? {
            ProcFile.text("/proc/\(pid)/stat", atMost: 4096).flatMap(SeenProcess.init(stat:))
        }

        /// Parents before their children.
        /// - Returns: nil if the kernel keeps no lists of children.
        private static func descent(from lifeline: Int32) -> [Int32]? {
            var found: [Int32] = []
            var next = 0
            guard var children = children(of: lifeline) else { return nil }
            while true {
                // A number that is given again meanwhile must not lead in a circle.
                found += children.filter { $0 != lifeline && !found.contains($0) }
                guard next < found.count, found.count < 10_000 else { return found }
                children = Self.children(of: found[next]) ?? []
                next += 1
            }
        }

        /// A child is in the list of the thread that has forked it.
        private static func children(of pid: Int32) -> [Int32]? {
            var found: [Int32] = []
            for thread in ProcFile.numbers(inFolder: "/proc/\(pid)/task") {
                let path = "/proc/\(pid)/task/\(thread)/children"
                guard let list = ProcFile.text(path, atMost: 1 << 20) else {
                    // Another thread than the first may have ended meanwhile.
                    if thread == pid, process(pid) != nil { return nil }
                    continue
                }
                found += list.split(separator: " ").compactMap { Int32($0) }
            }
            return found
        }

        /// By the parents that all processes of the system name.
        private static func scanned(from lifeline: Int32) -> [SeenProcess] {
            let all = Dictionary(
                grouping: ProcFile.numbers(inFolder: "/proc").compactMap(process), by: \.parent)
            var found: [SeenProcess] = []
            var parents = [lifeline]
            var seen: Set<Int32> = [lifeline]
            while !parents.isEmpty {
                let children = parents.flatMap { all[$0] ?? [] }.filter { seen.insert($0.pid).inserted }
                found += children.sorted { $0.start < $1.start }
                parents = children.map(\.pid)
            }
            return found
        }
    }
#endif
