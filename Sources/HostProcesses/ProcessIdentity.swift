#if canImport(Glibc)
    import Glibc
#elseif canImport(Darwin)
    import Darwin
#endif

/// Who a process is, beyond its reusable number. Diagnostics, and the last resort where a lock file
/// was lost.
package struct ProcessIdentity: Sendable, Equatable {
    package var host: String
    package var pid: Int32
    /// When it started, in the kernel's own unit; with `pid` and `bootID` unique.
    package var start: Int64?
    /// Which process numbering `pid` belongs to; nil where the system has only one.
    package var pidNamespace: String?
    package var bootID: String?

    package init(host: String, pid: Int32, start: Int64? = nil, pidNamespace: String? = nil, bootID: String? = nil) {
        self.host = host
        self.pid = pid
        self.start = start
        self.pidNamespace = pidNamespace
        self.bootID = bootID
    }

    package static var current: ProcessIdentity { of(getpid()) }

    package static func of(_ pid: Int32) -> ProcessIdentity {
        ProcessIdentity(
            host: hostName, pid: pid, start: ProcessTable.start(of: pid),
            pidNamespace: ProcessTable.pidNamespace, bootID: ProcessTable.bootID)
    }

    /// The system's own name, without asking the network for a longer one.
    private static var hostName: String {
        var bytes = [CChar](repeating: 0, count: 256)
        guard gethostname(&bytes, bytes.count - 1) == 0 else { return "localhost" }
        return String(decoding: bytes.prefix { $0 != 0 }.map(UInt8.init(bitPattern:)), as: UTF8.self)
    }
}

extension ProcessIdentity {
    /// The same process and not another one of its number: it started when this one did, in this boot.
    package var isStillThere: Bool {
        guard let start, let bootID, bootID == ProcessTable.bootID, host == ProcessIdentity.current.host else {
            return false
        }
        return ProcessTable.start(of: pid) == start
    }
}
