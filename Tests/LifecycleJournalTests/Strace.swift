/// Faults and kills at a chosen system call.
enum Strace {
    /// Runs a program under strace.
    /// - Parameters:
    ///   - path: the only file whose system calls count.
    ///   - inject: as in `strace --inject`.
    ///   - log: where the system calls of that file are written to.
    static func prefix(only path: String, inject: String, log: String = "/dev/null") -> [String] {
        ["strace", "-f", "-qq", "-o", log, "-P", path, "-e", "inject=" + inject]
    }

    /// False where there is no strace, or where it may not trace.
    static let isAvailable: Bool = {
        #if os(Linux)
            guard let child = try? ChildProcess(["strace", "-f", "-qq", "-o", "/dev/null", "true"]) else {
                return false
            }
            return child.finish().status == 0
        #else
            return false
        #endif
    }()
}
