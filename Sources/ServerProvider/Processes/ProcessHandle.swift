import CLifeline
import Foundation

/// Holds on to a process, so that it can be asked how it ended although it is another process's child.
final class ProcessHandle: Sendable {
    private let descriptor: Int32

    /// - Returns: nil if the system has no such handles, or the process is gone.
    init?(_ pid: Int32) {
        descriptor = modeljournal_open_process(pid)
        guard descriptor >= 0 else { return nil }
    }

    deinit { close(descriptor) }

    /// How it ended, as `waitpid` would say; nil while it runs, and where the kernel does not say (before Linux 6.15).
    var waitStatus: Int32? {
        var status: Int32 = 0
        return modeljournal_process_end(descriptor, &status) == 0 ? nil : status
    }
}
