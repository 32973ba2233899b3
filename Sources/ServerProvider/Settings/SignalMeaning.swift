import Foundation

enum SignalName {
    private static let names: [Int32: String] = [
        SIGHUP: "SIGHUP", SIGINT: "SIGINT", SIGQUIT: "SIGQUIT", SIGILL: "SIGILL", SIGTRAP: "SIGTRAP",
        SIGABRT: "SIGABRT", SIGBUS: "SIGBUS", SIGFPE: "SIGFPE", SIGKILL: "SIGKILL", SIGUSR1: "SIGUSR1",
        SIGSEGV: "SIGSEGV", SIGUSR2: "SIGUSR2", SIGPIPE: "SIGPIPE", SIGALRM: "SIGALRM", SIGTERM: "SIGTERM",
        SIGXCPU: "SIGXCPU", SIGXFSZ: "SIGXFSZ", SIGVTALRM: "SIGVTALRM", SIGPROF: "SIGPROF", SIGSYS: "SIGSYS",
    ]

    /// The POSIX name on this system.
    static func of(_ signal: Int32) -> String { names[signal] ?? "signal \(signal)" }

    static func isKnown(_ signal: Int32) -> Bool { names[signal] != nil }
}

enum SignalMeaning {
    /// What usually stands behind a signal that a program gets for its own doing, in a few words; nil if others send
    /// it, or the name says it all.
    static func of(_ signal: Int32, processor: ProcessorFeatures = .current) -> String? {
        switch signal {
        case SIGILL:
            let missing = processor.missing
            return missing.isEmpty
                ? "an illegal instruction: it may be built for another processor"
                : "an illegal instruction; this processor has no \(missing.joined(separator: ", "))"
        case SIGBUS:
            return "memory behind an address was gone: a mapped file was cut short, or its disk is full or failed"
        case SIGSEGV: return "an access to memory that it does not have"
        case SIGFPE: return "a division by zero, or an integer out of range"
        case SIGABRT: return "it aborted by itself"
        case SIGSYS: return "a system call that its sandbox (seccomp) forbids"
        case SIGXCPU: return "its limit of processor time, ulimit -t"
        case SIGXFSZ: return "its limit of the size of a file, ulimit -f"
        case SIGPIPE: return "it wrote to a pipe or socket whose reader was gone"
        default: return nil
        }
    }
}
