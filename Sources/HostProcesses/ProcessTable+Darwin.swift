#if canImport(Darwin)
    import Darwin

    /// What the system tells about processes.
    package enum ProcessTable {
        /// Microseconds since 1970 at which the process started; nil where there is none of this number.
        package static func start(of pid: Int32) -> Int64? {
            var info = proc_bsdinfo()
            let size = Int32(MemoryLayout<proc_bsdinfo>.size)
            guard proc_pidinfo(pid, PROC_PIDTBSDINFO, 0, &info, size) == size else { return nil }
            return Int64(info.pbi_start_tvsec) * 1_000_000 + Int64(info.pbi_start_tvusec)
        }

        package static var bootID: String? {
            var size = 0
            guard sysctlbyname("kern.bootsessionuuid", nil, &size, nil, 0) == 0, size > 1 else { return nil }
            var bytes = [CChar](repeating: 0, count: size)
            guard sysctlbyname("kern.bootsessionuuid", &bytes, &size, nil, 0) == 0 else { return nil }
            return String(decoding: bytes.prefix { $0 != 0 }.map(UInt8.init(bitPattern:)), as: UTF8.self)
        }

        package static var pidNamespace: String? { nil }

        /// The environment of other processes is not to be had: only what was recorded is looked for.
        package static func processes(marked marks: Set<String>) -> Set<Int32> { [] }

        static var ancestry: Set<Int32> { [getpid(), getppid()] }
    }
#endif
