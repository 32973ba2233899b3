import Foundation

#if canImport(Glibc)
    import Glibc
#elseif canImport(Darwin)
    import Darwin
#endif

/// Processes that were started by one that is dead now.
package struct LeftProcesses {
    private let recorded: [ProcessIdentity]
    private let marks: Set<String>

    /// - Parameters:
    ///   - recorded: those that are known.
    ///   - marks: `NAME=VALUE`; all that have one of these in their environment belong to them.
    package init(recorded: [ProcessIdentity], marks: Set<String>) {
        self.recorded = recorded
        self.marks = marks
    }

    /// Kills them and waits until they are gone, as they hold memory and ports; but not forever, as the kernel may keep
    /// a process that waits for a disk.
    /// - Returns: how many processes were sent the signal.
    package func kill() -> Int {
        guard !recorded.isEmpty else { return 0 }
        var killed: Set<Int32> = []
        // Again and again: a process that is forked during one look is found by the next.
        for _ in 0..<200 {
            let found = Set(recorded.filter(\.isStillThere).map(\.pid)).union(ProcessTable.processes(marked: marks))
            let victims = found.subtracting(ProcessTable.ancestry)
            guard !victims.isEmpty else { break }
            for pid in victims where pid > 1 { _ = systemKill(pid, SIGKILL) }
            killed.formUnion(victims)
            usleep(10_000)
        }
        return killed.count
    }
}

private func systemKill(_ pid: Int32, _ signal: Int32) -> Int32 { kill(pid, signal) }
