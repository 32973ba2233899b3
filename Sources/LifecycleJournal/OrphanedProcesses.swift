import Foundation
import GRDB
import ModelLifecycle

#if canImport(Glibc)
    import Glibc
#elseif canImport(Darwin)
    import Darwin
#endif

/// Processes of model servers that have outlived their engine. A server ends with its engine by itself;
/// this is for the case that what ties them together was killed as well.
struct OrphanedProcesses {
    let path: String
    let writer: JournalWriter

    /// Kills what is left of the servers of these runs, and waits until it is gone, as it holds memory and ports; but not
    /// for ever, as the kernel may keep what waits for a disk.
    /// - Returns: how many processes were sent the signal.
    @discardableResult
    func kill(of runs: [RunID]) throws -> Int {
        var recorded: [ProcessIdentity] = []
        var marks: Set<String> = []
        try journalErrors(path) {
            try writer.read { db in
                for run in runs {
                    let processes = try Self.recorded(db, of: run)
                    guard !processes.isEmpty else { continue }
                    recorded += processes
                    marks.insert("MODELJOURNAL_RUN_ID=\(run.rawValue)")
                }
            }
        }
        guard !recorded.isEmpty else { return 0 }
        var killed: Set<Int32> = []
        // Again and again: what forks while it is looked for is found the next time.
        for _ in 0..<200 {
            let found = Set(recorded.filter(\.isStillThere).map(\.pid)).union(ProcessTable.processes(marked: marks))
            let victims = found.subtracting(ProcessTable.ancestry)
            guard !victims.isEmpty else { break }
            for pid in victims { _ = Self.signal(pid) }
            killed.formUnion(victims)
            usleep(10_000)
        }
        return killed.count
    }

    /// The processes of this run's server, as far as the journal knows them.
    static func recorded(_ db: Database, of run: RunID) throws -> [ProcessIdentity] {
        try Row.fetchAll(
            db.cachedStatement(
                sql: "SELECT s.* FROM server_process AS s JOIN run AS r ON r.id = s.run WHERE r.run_id = ?"),
            arguments: [run.rawValue]
        ).map {
            try ProcessIdentity(
                host: $0.checked["host"], pid: $0.checked["pid"], start: $0.checked["process_start"],
                pidNamespace: nil, bootID: $0.checked["boot_id"])
        }
    }

    private static func signal(_ pid: Int32) -> Bool { pid > 1 && systemKill(pid, SIGKILL) == 0 }
}

private func systemKill(_ pid: Int32, _ signal: Int32) -> Int32 { kill(pid, signal) }

extension ProcessIdentity {
    /// The same process and not another one of its number: it started when this one did, in this boot.
    var isStillThere: Bool {
        guard let start, let bootID, bootID == ProcessTable.bootID, host == ProcessIdentity.current.host else {
            return false
        }
        return ProcessTable.start(of: pid) == start
    }
}
