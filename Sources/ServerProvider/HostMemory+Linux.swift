#if os(Linux)
    import Foundation

    /// What Linux tells about memory, processes and control groups. Every answer may be missing.
    enum HostMemory {
        /// The most that a process has had in memory at once, in bytes.
        static func residentPeak(of pid: Int32) -> Int64? { field("VmHWM:", of: "/proc/\(pid)/status") }

        /// What could still be had without swapping, in bytes.
        static func available() -> Int64? { field("MemAvailable:", of: "/proc/meminfo") }

        private static func field(_ name: String, of path: String) -> Int64? {
            guard let line = lines(path).first(where: { $0.hasPrefix(name) }) else { return nil }
            return line.split(separator: " ").dropFirst().first.flatMap { Int64($0) }.map { $0 * 1024 }
        }

        static let knowsChildren = true

        /// The one child that the lifeline has of its own making.
        static func onlyChild(of pid: Int32) -> Int32? {
            // The oldest comes first; later ones are orphans that the lifeline has adopted.
            lines("/proc/\(pid)/task/\(pid)/children").first?.split(separator: " ").first.flatMap { Int32($0) }
        }

        static func killCount(ofGroupOf pid: Int32) -> OOMKillCount? {
            for line in lines("/proc/\(pid)/cgroup") {
                let parts = line.split(separator: ":", maxSplits: 2, omittingEmptySubsequences: false)
                guard parts.count == 3 else { continue }
                let path =
                    switch parts[1] {
                    case "": "/sys/fs/cgroup\(parts[2])/memory.events"
                    case "memory": "/sys/fs/cgroup/memory\(parts[2])/memory.oom_control"
                    default: ""
                    }
                if let count = killCount(at: path) { return count }
            }
            return nil
        }

        static func killCount(at path: String) -> OOMKillCount? {
            guard let line = lines(path).first(where: { $0.hasPrefix("oom_kill ") }) else { return nil }
            return line.split(separator: " ").last.flatMap { Int($0) }.map { OOMKillCount(path: path, kills: $0) }
        }

        private static func lines(_ path: String) -> [Substring] {
            guard !path.isEmpty, let data = FileManager.default.contents(atPath: path) else { return [] }
            return String(decoding: data, as: UTF8.self).split(separator: "\n")
        }
    }
#endif
