import TestSupport

/// Faults and kills at a chosen system call.
enum Strace {
    /// Runs a program under strace.
    /// - Parameters:
    ///   - paths: the only files whose system calls count.
    ///   - inject: as in `strace --inject`.
    ///   - log: where the system calls on these files are written to.
    static func prefix(only paths: String..., inject: String, log: String = "/dev/null") -> [String] {
        ["strace", "-f", "-qq", "-o", log] + paths.flatMap { ["-P", $0] } + ["-e", "inject=" + inject]
    }

    /// False in the quick lane, without strace, and if strace may not trace.
    static let isAvailable: Bool = {
        #if os(Linux)
            if FastLane.isOn { return false }
            guard let child = try? ChildProcess(["strace", "-f", "-qq", "-o", "/dev/null", "true"]) else {
                return false
            }
            return child.finish().status == 0
        #else
            return false
        #endif
    }()
}
