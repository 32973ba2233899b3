import GRDB
import HostProcesses
import ModelLifecycle

/// Processes of model servers that have outlived their engine. A server ends with its engine by itself;
/// this is for the case that what ties them together was killed as well.
struct OrphanedProcesses {
    package let path: String
    package let writer: JournalWriter

    /// Kills what is left of the servers of these runs, and waits until it is gone.
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
        return LeftProcesses(recorded: recorded, marks: marks).kill()
    }

    /// The processes of this run's server, as far as the journal knows them.
    package static func recorded(_ db: Database, of run: RunID) throws -> [ProcessIdentity] {
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
}
