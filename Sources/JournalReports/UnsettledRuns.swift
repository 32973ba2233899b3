import GRDB
import HostProcesses
import LifecycleJournal
import ModelLifecycle

/// Runs in flight whose engine is dead. The next engine to open the journal records them as interrupted;
/// until then a reader, which writes nothing, has to say so itself.
package struct UnsettledRuns {
    /// What the row will say that settles each run, by the run's row.
    private let messages: [Int64: String]

    /// - Parameter dead: rows of engines that were dead before this transaction began, and so have written
    ///   all they ever will.
    init(_ db: Database, dead: Set<Int64>) throws {
        var messages: [Int64: String] = [:]
        if !dead.isEmpty {
            for row in try Row.fetchAll(db, sql: Self.inFlight) {
                let owner = try Owner(row: row)
                guard dead.contains(owner.row) else { continue }
                let state: String = try row.checked["state"]
                messages[try row.checked["run"]] =
                    "engine \(owner.engine) (pid \(owner.identity.pid) on \(owner.identity.host)) ended while \(state)"
            }
        }
        self.messages = messages
        db.add(
            function: DatabaseFunction("interruption", argumentCount: 1, pure: true) { [messages] values in
                Int64.fromDatabaseValue(values[0]).flatMap { messages[$0] }
            })
    }

    /// The engines that drive something.
    static func owners(_ db: Database) throws -> [Owner] {
        try Row.fetchAll(db, sql: inFlight).map(Owner.init(row:))
    }

    /// Of what a dead engine was unloading because somebody cancelled it, or because it had failed, the
    /// outcome stands already.
    private static let inFlight = """
        SELECT p.run, p.state, e.*
        FROM run_progress AS p
        JOIN model_owner AS o ON o.model_id = p.model_id
        JOIN engine AS e ON e.id = o.engine_id
        WHERE \(InFlight.sql) AND p.outcome IN ('in_progress', 'ready')
        """

    /// The run as it will stand in the journal once it is settled; its end stays unknown.
    func marked(_ run: RunRow) -> RunRow {
        guard let message = messages[run.id] else { return run }
        var run = run
        run.outcome = .known(.interrupted)
        run.failedPhase = run.state
        run.reason = .known(.interrupted)
        run.message = message
        // Those of a warm-up that the policy let pass.
        run.exitCode = nil
        run.signal = nil
        run.evidence = nil
        run.isSettled = false
        return run
    }
}

extension JournalReader {
    /// Reads with the knowledge of which runs have lost their engine.
    func readUnsettled<Result>(_ body: (Database, UnsettledRuns) throws -> Result) throws -> Result {
        let owners = Dictionary(try read(UnsettledRuns.owners).map { ($0.row, $0) }) { first, _ in first }
        let locks = locks
        let dead = owners.filter { locks?.probe($0.value.engine, $0.value.identity).liveness == .dead }
        return try read { db in try body(db, UnsettledRuns(db, dead: Set(dead.keys))) }
    }
}
