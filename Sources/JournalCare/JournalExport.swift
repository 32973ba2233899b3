package import Foundation
import GRDB
import HostProcesses
package import JournalReports
package import LifecycleJournal
package import ModelLifecycle

/// One transition with all that a copy of the journal needs.
package struct ExportedTransition: Sendable, Hashable {
    /// Its `seq` is 0 where it was never stored.
    package var row: TransitionRow
    package var ordinal: Int
    package var version: String?
    package var outputTail: String?
    package var retryAt: WallTime?
    package var warmups: [WarmupRow]
    package var wanted: String?
    package var evidence: FailureEvidence?
    package var load: LoadFacts
    /// The run's configuration without its secrets, canonical JSON; with the run's first row only.
    package var configuration: String?
    /// The engine that wrote it; with the run's first row, and where it is not the one that began the run.
    package var engine: ExportedEngine?
    /// What became known of the run between its transition before this one and this one.
    package var notes: [NoteRow] = []
    /// The chain's at this row; empty where it was never stored.
    package var hash = Data()
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
    package init(
        unwritten transition: Transition, of configuration: RunConfiguration, by engine: EngineID
    ) {
        let warmups = transition.warmups.enumerated().map { index, warmup in
            WarmupRow(
                ordinal: index + 1, elapsed: warmup.elapsed.wholeMicroseconds,
                error: warmup.error.map(StorableText.message))
        }
        self.init(
            row: TransitionRow(
                unwritten: transition, of: configuration, by: engine,
                message: transition.failure.map(\.message).map(StorableText.message)),
            ordinal: transition.ordinal, version: transition.version,
            outputTail: (transition.failure?.outputTail).map(StorableText.output), retryAt: transition.retryAt,
            warmups: warmups, wanted: transition.run.wanted,
            evidence: transition.failure?.evidence, load: transition.load,
            configuration: transition.ordinal == 1
                ? (try? ConfigurationJSON(configuration).encoded().json).map(RedactedConfiguration.json) : nil)
    }
}

extension TransitionRow {
    fileprivate init(
        unwritten transition: Transition, of configuration: RunConfiguration, by engine: EngineID, message: String?
    ) {
        let process = ProcessIdentity.current
        self.init(
            seq: 0, at: transition.at, model: configuration.model, provider: configuration.provider,
            runID: transition.run.runID.rawValue, attempt: transition.run.attempt,
            correlationID: transition.run.correlationID.rawValue, from: transition.from.rawValue,
            to: transition.to.rawValue, trigger: transition.trigger.rawValue,
            reason: transition.failure?.reason.rawValue, message: message,
            elapsed: transition.elapsed?.wholeMicroseconds, exitCode: (transition.failure?.exitCode).map(Int.init),
            signal: (transition.failure?.signal).map(Int.init), engineID: engine.rawValue, pid: Int(process.pid),
            host: process.host, isAfterGap: false)
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
                SELECT v.*, t.version, t.output_tail, t.retry_at_us, t.evidence, t.queue_us, t.digest_us,
                    t.spawn_us, t.server_pid, t.hash, r.configuration_id, t.model_bytes, t.model_modified_us, t.model_digest, r.wanted,
                    t.engine_id <> r.engine_id AS is_other_engine, e.program_version, e.started_us,
                    e.process_start, e.pid_namespace, e.boot_id,
                    t.ordinal = 1 AND t.from_state <> 'UNINITIALIZED' AND NOT EXISTS (
                        SELECT 1 FROM run_progress WHERE model_id = t.model_id AND run < t.run) AS follows_pruned
                FROM transition_rows AS v JOIN transition AS t USING (seq) JOIN run AS r ON r.id = t.run
                JOIN engine AS e ON e.id = t.engine_id
                WHERE v.seq > ? ORDER BY v.seq LIMIT ?
                """, arguments: [cursor, most])
        var transitions: [ExportedTransition] = []
        var size = 0
        while size < bytes, let row = try rows.next() {
            let checked = row.checked
            let run: Int64 = try checked["run"]
            let ordinal: Int = try checked["ordinal"]
            // The warm-up's measurements were stored with the row that ended it.
            let endsWarmup = try checked["from_state"] == ModelState.warmingUp.rawValue
            var transition = try TransitionRow(row: row)
            // Whoever takes it in has to know why it does not begin at the beginning.
            if try checked["follows_pruned"] as Bool { transition.isAfterGap = true }
            var configuration: String?
            if ordinal == 1 {
                let id: Int64 = try checked["configuration_id"]
                configuration =
                    try configurations[id] ?? RedactedConfiguration.json(self.configuration(db, run))
                configurations[id] = configuration
            }
            var exported = ExportedTransition(
                row: transition, ordinal: ordinal, version: try checked["version"],
                outputTail: try checked["output_tail"],
                retryAt: try (checked["retry_at_us"] as Int64?).map(WallTime.init(microseconds:)),
                warmups: endsWarmup ? try warmups(db, run) : [], wanted: try checked["wanted"],
                // Evidence that a later program wrote in another form is no reason not to export the row.
                evidence: try (checked["evidence"] as String?).flatMap {
                    try? EvidenceJSON(json: $0).evidence
                }, load: try LoadFacts(row: checked),
                configuration: configuration,
                engine: try ordinal == 1 || checked["is_other_engine"] ? ExportedEngine(row: checked) : nil,
                hash: try checked["hash"])
            if hasNotes { exported.notes = try notes(db, run, before: ordinal) }
            size += exported.notes.reduce(0) { $0 + ($1.output?.utf8.count ?? 0) }
            size += (exported.outputTail?.utf8.count ?? 0) + (exported.row.message?.utf8.count ?? 0) + 512
            transitions.append(exported)
        }
        return transitions
    }
}

extension ExportedEngine {
    /// - Parameter row: of `engine`.
    init(row: CheckedRow) throws {
        self.init(
            programVersion: try row["program_version"], startedAt: WallTime(microseconds: try row["started_us"]),
            processStart: try row["process_start"], pidNamespace: try row["pid_namespace"], bootID: try row["boot_id"])
    }
}

extension LoadFacts {
    /// - Parameter row: of `transition`.
    fileprivate init(row: CheckedRow) throws {
        func duration(_ name: String) throws -> Duration? { try (row[name] as Int64?).map { .microseconds($0) } }
        self.init(
            queue: try duration("queue_us"), digest: try duration("digest_us"), spawn: try duration("spawn_us"),
            processID: try row["server_pid"])
        if let bytes: Int64 = try row["model_bytes"], let modified: Int64 = try row["model_modified_us"] {
            identity = ModelIdentity(
                bytes: bytes, modifiedAt: WallTime(microseconds: modified), digest: try row["model_digest"])
        }
    }
}
