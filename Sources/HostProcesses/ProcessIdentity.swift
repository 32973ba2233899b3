#if canImport(Glibc)
    import Glibc
#elseif canImport(Darwin)
    import Darwin
#endif

/// Who a process is, beyond its reusable number. Diagnostics, and the last resort where a lock file
/// was lost.
struct ProcessIdentity: Sendable, Equatable {
    var host: String
    var pid: Int32
    /// When it started, in the kernel's own unit; with `pid` and `bootID` unique.
    var start: Int64?
    /// Which process numbering `pid` belongs to; nil where the system has only one.
    var pidNamespace: String?
    var bootID: String?

    static var current: ProcessIdentity { of(getpid()) }

    static func of(_ pid: Int32) -> ProcessIdentity {
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
