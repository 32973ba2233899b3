import Crypto
import Foundation
import GRDB
import ModelLifecycle

/// Reads a whole journal and says whether it is what was written. It finds accidents; whoever can write the
/// file can also write a chain that fits.
package struct JournalVerifier: Sendable {
    /// How far it is, in transitions; the run summaries count as much as the chain.
    package typealias Progress = (_ done: Int64, _ total: Int64) -> Void

    private static let page = 5000

    private let reader: JournalReader

    package init(_ reader: JournalReader) { self.reader = reader }

    /// - Throws: `JournalError` where reading fails for another reason than damage, and where a newer version of this
    ///   program has written the journal, whose rules are not known here.
    package func verify(_ progress: Progress = { _, _ in }) throws -> Verification {
        var verification = Verification()
        try part(.structure, &verification, checkStructure)
        try part(.schema, &verification, checkSchema)
        try part(.structure, &verification, checkReferences)
        try part(.chain, &verification) { try checkChain(&$0, progress) }
        try part(.derived, &verification) { try checkSummaries(&$0, progress) }
        try part(.chain, &verification, checkConfigurations)
        try part(.derived, &verification, checkOthers)
        return verification
    }

    /// What SQLite cannot read is a finding, and no reason to look at nothing else.
    private func part(
        _ kind: Verification.Finding.Kind, _ verification: inout Verification,
        _ body: (inout Verification) throws -> Void
    ) throws {
        do { try body(&verification) } catch let error as JournalError {
            // In another schema than ours, our own SQL may well make no sense.
            let isForeign = error.code == .inputOutput && verification.findings.contains { $0.kind == .schema }
            guard error.code == .damaged || error.code == .notAJournal || isForeign else { throw error }
            verification.add(kind, error.message)
        }
    }

    // MARK: - SQLite's structures, and the schema

    private func checkStructure(_ verification: inout Verification) throws {
        let complaints = try reader.read { db in
            try String?.fetchAll(db, sql: "PRAGMA integrity_check(\(Verification.limit))").map { $0 ?? "?" }
        }
        for complaint in complaints where complaint != "ok" { verification.add(.structure, complaint) }
    }

    private func checkReferences(_ verification: inout Verification) throws {
        let dangling = try reader.read { db in try Row.fetchAll(db, sql: "PRAGMA foreign_key_check").count }
        if dangling > 0 { verification.add(.structure, "\(dangling) rows name another one that is not there") }
    }

    private func checkSchema(_ verification: inout Verification) throws {
        let version = try reader.read { db in try Int.fetchOne(db, sql: "PRAGMA user_version") ?? 0 }
        if version > JournalSchema.version {
            throw JournalError(
                .newerVersion, reader.path,
                "the journal has version \(version), this program knows \(JournalSchema.version) and can only read it; "
                    + "update modeljournal")
        }
        guard version == JournalSchema.version else {
            return verification.add(.schema, "it has version \(version), this program knows \(JournalSchema.version)")
        }
        for deviation in try reader.read({ try JournalSchema.deviations($0) }) { verification.add(.schema, deviation) }
        if try reader.read(JournalSchema.hasForeignListOfMigrations) {
            verification.add(.schema, "the list of migrations is another one")
        }
    }

    // MARK: - The chain

    private struct Head {
        var count: Int64
        var seq: Int64
        var hash: Data
        var beginning: Data
    }

    private func head(_ db: Database) throws -> Head? {
        guard
            let row = try Row.fetchOne(
                db,
                sql: """
                    SELECT h.count, h.seq, h.hash, i.journal_id, i.created_us, i.follows
                    FROM chain_head AS h, journal_info AS i
                    """)?.checked
        else { return nil }
        return try Head(
            count: row["count"], seq: row["seq"], hash: row["hash"],
            beginning: ChainedParts.beginning(
                journalID: row["journal_id"], created: row["created_us"], follows: row["follows"]))
    }

    private func checkChain(_ verification: inout Verification, _ progress: Progress) throws {
        guard let head = try reader.read(head) else {
            return verification.add(.chain, "the end of the chain, or the journal's own row, is missing")
        }
        verification.head = ChainHash.text(head.hash)
        var walk = ChainWalk(beginning: head.beginning)
        var goesOn = true
        var page = Self.page
        while goesOn {
            do {
                // One page in a transaction: no engine has to wait with its checkpoint.
                let (next, moved, more) = try reader.read { db in
                    var (next, moved) = (walk, verification)
                    let more = try next.step(db, to: head.seq, page: page, &moved)
                    return (next, moved, more)
                }
                (walk, verification, goesOn) = (next, moved, more)
            } catch let error as JournalError where error.code == .damaged {
                // Up to the very row that cannot be read.
                guard page == 1 else {
                    page = 1
                    continue
                }
                verification.transitions = walk.count - walk.pruned
                return verification.add(
                    .chain, "the transitions from here on cannot be read: \(error.message)", seq: walk.seq + 1)
            }
            progress(walk.seq, head.seq.multipliedReportingOverflow(by: 2).partialValue)
        }
        verification.transitions = walk.count - walk.pruned
        if walk.seq < head.seq {
            verification.add(.chain, "transitions \(walk.seq + 1) to \(head.seq) are missing", seq: walk.seq + 1)
        } else if walk.count != head.count || walk.hash != head.hash {
            verification.add(.chain, "the end of the chain is not where the last transition is", seq: nil)
        }
        let extra = try reader.read { db in
            try Bool.fetchOne(
                db,
                sql: """
                    SELECT (SELECT count(*) FROM warmup_request) <> (SELECT coalesce(sum(warmups), 0) FROM transition)
                        OR EXISTS (SELECT 1 FROM transition WHERE seq > (SELECT seq FROM chain_head))
                    """) ?? false
        }
        if extra { verification.add(.chain, "there are warm-up requests or transitions that nothing has recorded") }
    }

    private func checkConfigurations(_ verification: inout Verification) throws {
        var last: Int64 = 0
        while true {
            let rows = try reader.read { db in
                try Row.fetchAll(
                    db, sql: "SELECT * FROM configuration WHERE id > ? ORDER BY id LIMIT 1000", arguments: [last]
                ).map { row in
                    try (row.checked["id"] as Int64, row.checked["json"] as String, row.checked["digest"] as String)
                }
            }
            guard let end = rows.last?.0 else { return }
            guard end > last else { return verification.add(.structure, "configurations are not in their order") }
            for (id, json, digest) in rows where ChainHash.text(Data(SHA256.hash(data: Data(json.utf8)))) != digest {
                verification.add(.chain, "configuration \(id) is not what was written")
            }
            last = end
        }
    }

    // MARK: - What follows from the history

    private func checkSummaries(_ verification: inout Verification, _ progress: Progress) throws {
        var last: Int64 = 0
        let total = verification.transitions
        var seen: Int64 = 0
        while true {
            let found = try reader.read { db in try self.summaries(db, after: last) }
            guard let end = found.last?.run else { return }
            // A damaged tree would hand over the same ones for ever.
            guard end > last else { return verification.add(.structure, "runs are not in their order") }
            for run in found {
                seen += Int64(run.rows)
                if run.stored == nil || run.stored != run.computed {
                    verification.add(.derived, "the summary of run \(run.id) does not follow from its transitions")
                }
            }
            verification.runs += Int64(found.count)
            last = end
            progress(total + min(seen, total), total * 2)
        }
    }

    private struct Summarised {
        var run: Int64
        var id: String
        var rows: Int
        var stored: RunSummary?
        var computed: RunSummary?
    }

    private func summaries(_ db: Database, after last: Int64) throws -> [Summarised] {
        let runs = try Row.fetchAll(
            db, sql: "SELECT id, run_id FROM run WHERE id > ? ORDER BY id LIMIT 1000", arguments: [last])
        return try runs.map { run in
            let id: Int64 = try run.checked["id"]
            let rows = try Row.fetchAll(
                db.cachedStatement(sql: "SELECT * FROM transition WHERE run = ? ORDER BY ordinal"), arguments: [id]
            ).map { try ChainRow(row: $0.checked, run: Data(), engine: Data(), warmups: []) }
            var summary = rows.first.map(RunSummary.init(first:))
            for row in rows.dropFirst() { summary?.apply(row) }
            let stored = try Row.fetchOne(
                db.cachedStatement(
                    sql: """
                        SELECT p.* FROM run_progress AS p JOIN run AS r ON r.id = p.run
                        WHERE p.run = ? AND p.model_id = r.model_id
                        """), arguments: [id])
            return Summarised(
                run: id, id: try run.checked["run_id"], rows: rows.count,
                stored: try stored.map { try RunSummary(row: $0.checked) }, computed: summary)
        }
    }

    /// Each is a condition that must hold for no row.
    private static let exceptions = [
        ("a prune that was not finished", "SELECT 1 FROM pruning"),
        ("an import that was not finished", "SELECT 1 FROM importing"),
        (
            "an anchor of pruned rows that lies over others",
            "SELECT 1 FROM prune_anchor AS a JOIN transition AS t ON t.seq BETWEEN a.first_seq AND a.last_seq"
        ),
        ("a summary without its run", "SELECT 1 FROM run_progress WHERE run NOT IN (SELECT id FROM run)"),
        (
            "an owner that is not what was written",
            "SELECT 1 FROM model_owner WHERE twin IS NOT "
                + "(model_id || ' ' || coalesce(engine_id, '-') || ' ' || epoch)"
        ),
        (
            "an epoch that has been used",
            """
            SELECT 1 FROM model_owner AS o
            JOIN run_progress AS p ON p.run = (SELECT max(run) FROM run_progress WHERE model_id = o.model_id)
            JOIN transition AS t ON t.seq = p.last_seq
            WHERE o.epoch < t.epoch
            """
        ),
        (
            "a server's process that is not what was written",
            """
            SELECT 1 FROM server_process WHERE twin IS NOT (
                run || ' ' || pid || ' ' || coalesce(process_start, '-') || ' ' || coalesce(boot_id, '-') || ' ' || host)
            """
        ),
        (
            "a single row that is not the first one",
            """
            SELECT 1 FROM chain_head WHERE only_row IS NOT 1 UNION ALL SELECT 1 FROM journal_info WHERE only_row IS NOT 1
            """
        ),
        (
            // Of runs, those that were pruned still count.
            "a count of the numbers given that is not what was written",
            """
            SELECT 1 FROM sqlite_sequence WHERE name NOT IN (SELECT name FROM sqlite_schema WHERE type = 'table')
            UNION ALL
            SELECT 1 FROM (
                SELECT 'engine' AS name, max(id) AS last FROM engine
                UNION ALL SELECT 'model', max(id) FROM model
                UNION ALL SELECT 'configuration', max(id) FROM configuration
                UNION ALL SELECT 'run', max(id) FROM run
            ) AS given LEFT JOIN sqlite_sequence AS s ON s.name = given.name
            WHERE given.last IS NOT NULL AND (
                s.seq IS NULL OR s.seq < given.last
                OR s.seq > given.last AND NOT EXISTS (SELECT 1 FROM prune_anchor))
            """
        ),
    ]

    private func checkOthers(_ verification: inout Verification) throws {
        for (what, sql) in Self.exceptions {
            let exists = try reader.read { db in
                try Bool.fetchOne(db, sql: "SELECT EXISTS (\(sql))") ?? false
            }
            if exists { verification.add(.derived, "there is \(what)") }
        }
        let engines = try reader.read { db in
            try Row.fetchAll(db, sql: "SELECT * FROM engine").filter { row in
                try ChainedParts.engine(row.checked) != row.checked["hash"]
            }.count
        }
        if engines > 0 { verification.add(.chain, "\(engines) engines are not what was written") }
    }
}
