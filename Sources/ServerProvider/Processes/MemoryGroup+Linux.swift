#if os(Linux)
    import Foundation

    /// A control group that bounds memory, of either version.
    struct MemoryGroup: Sendable, Hashable {
        enum Version: Sendable, Hashable { case one, two }

        var version: Version
        /// Where its files are.
        var folder: String
        /// The folder of the highest group that can be seen from here.
        var top: String

        /// How many of its processes the kernel has killed for memory; nil if it cannot be read.
        var kills: Int? {
            let path = folder + (version == .one ? "/memory.oom_control" : "/memory.events")
            if let text = ProcFile.text(path) { return ProcFile.number(named: "oom_kill", in: text).map(Int.init) }
            // The root of version 2 has no such file, but it is the whole host, and that has.
            guard version == .two, folder == top else { return nil }
            return HostMemory.kills()
        }

        /// Whether a kill in the other group counts in this one as well.
        func counts(killsIn other: MemoryGroup) -> Bool {
            version == .two && other.version == .two && other != self && other.folder.hasPrefix(folder + "/")
        }

        struct Limit: Sendable, Hashable {
            /// In bytes.
            var limit: Int64
            /// The most that the limited group has had in memory; nil if the kernel does not count it.
            var peak: Int64?
        }

        /// The tightest limit of it and of the groups around it; nil if they have no limit.
        var limit: Limit? {
            var tightest: (limit: Int64, folder: String)?
            for folder in ancestry {
                guard let limit = Self.limit(inFolder: folder, version), limit < tightest?.limit ?? .max else {
                    continue
                }
                tightest = (limit, folder)
            }
            return tightest.map { tightest in
                let name = version == .one ? "/memory.max_usage_in_bytes" : "/memory.peak"
                return Limit(limit: tightest.limit, peak: ProcFile.number(tightest.folder + name))
            }
        }

        private static func limit(inFolder folder: String, _ version: Version) -> Int64? {
            switch version {
            // "max" is no number.
            case .two: return ProcFile.number(folder + "/memory.max")
            case .one:
                // Without a limit, version 1 says the largest number of whole pages.
                guard let limit = ProcFile.number(folder + "/memory.limit_in_bytes"), limit < 1 << 62 else {
                    return nil
                }
                return limit
            }
        }

        /// Whether processes are in it, or in a group within it, that are not among these.
        func hasMembers(otherThan known: Set<Int32>) -> Bool {
            var folders = [folder]
            var count = 0
            while let next = folders.popLast() {
                count += 1
                let members = (ProcFile.text(next + "/cgroup.procs", atMost: 1 << 20) ?? "").split(separator: "\n")
                // 0 is a process that cannot be seen from here.
                if members.contains(where: { line in Int32(line).map { !known.contains($0) } ?? false }) { return true }
                guard count < 100 else { return true }
                let names = (try? FileManager.default.contentsOfDirectory(atPath: next)) ?? []
                folders += names.map { next + "/" + $0 }.filter { ProcFile.isFolder($0) }
            }
            return false
        }

        /// From the group itself to the highest one.
        private var ancestry: [String] {
            var result = [folder]
            while let last = result.last, last != top, last.hasPrefix(top), let slash = last.lastIndex(of: "/"),
                result.count < 100
            {
                result.append(String(last[..<slash]))
            }
            return result
        }

        // MARK: - Finding it

        /// - Returns: nil if it cannot be seen from here.
        static func of(_ pid: Int32, mounts: MemoryGroupMounts = .current) -> MemoryGroup? {
            ProcFile.text("/proc/\(pid)/cgroup").flatMap { mounts.group(inLines: $0) }
        }
    }

    /// Where the control groups of this system are to be found.
    struct MemoryGroupMounts: Sendable, Hashable {
        struct Mount: Sendable, Hashable {
            /// The group that is seen at the mount point.
            var root: String
            var folder: String
        }
        var one: Mount?
        var two: Mount?

        static let current = MemoryGroupMounts(mountinfo: ProcFile.text("/proc/self/mountinfo", atMost: 1 << 22) ?? "")

        /// - Parameters:
        ///   - mountinfo: the contents of /proc/PID/mountinfo.
        ///   - prefix: stands before every folder.
        init(mountinfo: String, prefix: String = "") {
            for line in mountinfo.split(separator: "\n") {
                let words = line.split(separator: " ")
                // Optional fields end with a dash; the type and the options of the file system come after it.
                guard let dash = words.firstIndex(of: "-"), words.count > dash + 3, dash > 5 else { continue }
                let mount = Mount(root: String(words[3]), folder: prefix + words[4])
                if words[dash + 1] == "cgroup2", two == nil { two = mount }
                if words[dash + 1] == "cgroup", words[dash + 3].split(separator: ",").contains("memory"), one == nil {
                    one = mount
                }
            }
        }

        /// - Parameter text: the contents of /proc/PID/cgroup.
        func group(inLines text: String) -> MemoryGroup? {
            var second: MemoryGroup?
            for line in text.split(separator: "\n") {
                let parts = line.split(separator: ":", maxSplits: 2, omittingEmptySubsequences: false)
                guard parts.count == 3 else { continue }
                if parts[1].split(separator: ",").contains("memory") {
                    return folder(of: String(parts[2]), in: one).map {
                        MemoryGroup(version: .one, folder: $0.folder, top: $0.top)
                    }
                }
                if parts[0] == "0", let found = folder(of: String(parts[2]), in: two) {
                    second = MemoryGroup(version: .two, folder: accounted(found.folder, top: found.top), top: found.top)
                }
            }
            return second
        }

        private func folder(of path: String, in mount: Mount?) -> (folder: String, top: String)? {
            guard let mount else { return nil }
            let root = mount.root == "/" ? "" : mount.root
            // A group outside of what this name space shows begins with `/..`.
            guard !path.split(separator: "/").contains(".."), path == root || path.hasPrefix(root + "/") else {
                return nil
            }
            let rest = path.dropFirst(root.count)
            return (mount.folder + (rest == "/" ? "" : rest), mount.folder)
        }

        /// A group of version 2 whose parent has not handed the controller down is accounted for in the nearest one
        /// around it that has.
        private func accounted(_ folder: String, top: String) -> String {
            var folder = folder
            while folder != top, !ProcFile.exists(folder + "/memory.events"), let slash = folder.lastIndex(of: "/") {
                folder = String(folder[..<slash])
            }
            return folder
        }
    }
#endif
