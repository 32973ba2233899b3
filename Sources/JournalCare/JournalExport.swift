package import Foundation
import GRDB
import HostProcesses
package import JournalReports
package import LifecycleJournal
package import ModelLifecycle

/// One transition with all that a copy of the journal needs.
@dynamicMemberLookup
package struct ExportedTransition: Sendable, Hashable {
    /// Its `seq` is 0 if it was never stored.
    package var row: TransitionRow
    package var wanted: String?
    /// The run's configuration without its secrets, canonical JSON; with the run's first row only.
    package var configuration: String?
    /// The engine that wrote it; with the run's first row, and if it is not the one that began the run.
    package var engine: ExportedEngine?
    /// What became known of the run between its transition before this one and this one.
    package var notes: [NoteRow] = []
    /// The chain's at this row; empty if it was never stored.
    package var hash = Data()

    package init(_ row: TransitionRow, wanted: String?, hash: Data = Data()) {
        self.row = row
        self.wanted = wanted
        self.hash = hash
    }

    /// One of the transition's own columns.
    package subscript<Value>(dynamicMember column: KeyPath<ChainRow, Value>) -> Value { row.content[keyPath: column] }

    package var warmups: [WarmupRow] {
        row.warmups.enumerated().map { WarmupRow(ordinal: $0 + 1, elapsed: $1.elapsed, error: $1.error) }
    }
}

/// What tells whether an engine is still alive, beside its lock.
package struct ExportedEngine: Sendable, Hashable {
    package var programVersion: String
    package var startedAt: WallTime
    package var processStart: Int64?
    package var pidNamespace: String?
    package var bootID: String?
}

extension ExportedTransition {
    /// A transition that this process could not store, as its row would have been.
    /// - Throws: `JournalError` if it could not have been stored in any case.
    package init(
        unwritten transition: Transition, of configuration: RunConfiguration, by engine: EngineID
    ) throws {
        let process = ProcessIdentity.current
        self.init(
            TransitionRow(
                try ChainRow(transition), model: configuration.model, provider: configuration.provider,
                runID: transition.run.runID.rawValue, attempt: transition.run.attempt,
                correlationID: transition.run.correlationID.rawValue, engineID: engine.rawValue,
                pid: Int(process.pid), host: process.host),
            wanted: transition.run.wanted)
        guard transition.ordinal == 1 else { return }
        self.configuration = RedactedConfiguration.json(try ConfigurationJSON(configuration).encoded().json)
    }
}

extension JournalReader {
    /// Hands over every transition after the cursor, in order, a page at a time: no read transaction
    /// is open, and little is in memory, while `body` works.
    package func export(afterSeq cursor: Int64, page: Int = 1000, _ body: (ExportedTransition) throws -> Void) throws {
        var cursor = cursor
        while true {
            let rows = try read { db in try exported(db, after: cursor, most: page) }
            for row in rows { try body(row) }
            guard rows.count == page, let last = rows.last?.row.seq else { return }
            guard last > cursor else {
                throw JournalError(.damaged, path, "the journal is damaged: transition \(last) lies behind others")
            }
            cursor = last
        }
    }
}

extension JournalReader {
    /// - Parameter bytes: no further row is read once the texts of those before it take so many.
    func exported(_ db: Database, after cursor: Int64, most: Int, bytes: Int = .max) throws -> [ExportedTransition] {
        // Looked through for secrets once, and not for each of the runs that began with it.
        var configurations: [Int64: String] = [:]
        let hasNotes = try StoredNote.areThere(db)
        let rows = try Row.fetchCursor(
            db,
            sql: """
                SELECT \(Self.exportedColumns), t.run, t.hash, m.name AS model, r.provider, r.run_id, r.attempt,
                    r.correlation_id, r.configuration_id, r.wanted, e.engine_id, e.pid, e.host,
                    t.engine_id <> r.engine_id AS is_other_engine, e.program_version, e.started_us,
                    e.process_start, e.pid_namespace, e.boot_id,
                    t.ordinal = 1 AND t.from_state <> 'UNINITIALIZED' AND NOT EXISTS (
                        SELECT 1 FROM run_progress WHERE model_id = t.model_id AND run < t.run) AS follows_pruned
                FROM transition AS t JOIN run AS r ON r.id = t.run JOIN model AS m ON m.id = t.model_id
                JOIN engine AS e ON e.id = t.engine_id
                WHERE t.seq > ? ORDER BY t.seq LIMIT ?
                """, arguments: [cursor, most])
        var transitions: [ExportedTransition] = []
        var size = 0
        while size < bytes, let row = try rows.next() {
            let checked = row.checked
            let run: Int64 = try checked["run"]
            let ordinal: Int = try checked["ordinal"]
            // The warm-up's measurements were stored with the row that ended it.
            let endsWarmup = try checked["from_state"] == ModelState.warmingUp.rawValue
            var transition = try TransitionRow(row: row, TransitionColumn.exported)
            // Whoever takes it in has to know why it does not begin at the beginning.
            if try checked["follows_pruned"] as Bool { transition.isAfterGap = true }
            if endsWarmup {
                transition.warmups = try warmups(db, run).map { ChainRow.Warmup(elapsed: $0.elapsed, error: $0.error) }
            }
            var exported = ExportedTransition(transition, wanted: try checked["wanted"], hash: try checked["hash"])
            if ordinal == 1 {
                let id: Int64 = try checked["configuration_id"]
                exported.configuration =
                    try configurations[id] ?? RedactedConfiguration.json(self.configuration(db, run))
                configurations[id] = exported.configuration
            }
            if try ordinal == 1 || checked["is_other_engine"] { exported.engine = try ExportedEngine(row: checked) }
            if hasNotes { exported.notes = try notes(db, run, before: ordinal) }
            size += exported.notes.reduce(0) { $0 + ($1.output?.utf8.count ?? 0) }
            size += (exported.row.outputTail?.utf8.count ?? 0) + (exported.row.message?.utf8.count ?? 0) + 512
            transitions.append(exported)
        }
        return transitions
    }

    private static let exportedColumns = TransitionColumn.exported.map { "t." + $0.name }.joined(separator: ", ")
}

extension ExportedEngine {
    /// - Parameter row: of `engine`.
    init(row: CheckedRow) throws {
        self.init(
            programVersion: try row["program_version"], startedAt: WallTime(microseconds: try row["started_us"]),
            processStart: try row["process_start"], pidNamespace: try row["pid_namespace"], bootID: try row["boot_id"])
    }
}
