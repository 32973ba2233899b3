#if os(Linux)
    /// What Linux tells about the memory of the host and of a process. Every answer may be missing.
    enum HostMemory {
        /// What one process has and has had in memory, in bytes.
        struct Resident: Sendable, Hashable {
            var now: Int64
            var peak: Int64
        }

        /// - Returns: nil if the process has ended.
        static func resident(of pid: Int32) -> Resident? {
            guard let text = ProcFile.text("/proc/\(pid)/status"), let now = kilobytes("VmRSS:", in: text),
                let peak = kilobytes("VmHWM:", in: text)
            else { return nil }
            return Resident(now: now, peak: peak)
        }

        /// What could still be had without swapping, in bytes.
        static func available() -> Int64? {
            ProcFile.text("/proc/meminfo").flatMap { kilobytes("MemAvailable:", in: $0) }
        }

        /// All memory of the host, in bytes.
        static func total() -> Int64? { ProcFile.text("/proc/meminfo").flatMap { kilobytes("MemTotal:", in: $0) } }

        /// How many processes the kernel has killed for memory on this host since it was booted.
        static func kills() -> Int? {
            ProcFile.text("/proc/vmstat").flatMap { ProcFile.number(named: "oom_kill", in: $0) }.map(Int.init)
        }

        private static func kilobytes(_ name: String, in text: String) -> Int64? {
            ProcFile.number(named: name, in: text).map { $0 * 1024 }
        }
    }
#endif
