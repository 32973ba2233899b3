import Foundation
import GRDB
import JournalReports
import LifecycleJournal
package import ModelLifecycle

/// Removes whole runs that are too old. The chain of hashes goes on from an anchor where they were. Never removed are
/// a model's last run, what is in flight, and anything behind it; nor what a store of many journals is still to get.
package struct Pruning: Sendable {
    /// What is, or would be, removed.
    package struct Extent: Sendable, Hashable {
        package var runs = 0
        package var transitions = 0
        /// Runs that are old enough, but were not shipped yet.
        package var unshipped = 0
        package var oldest: WallTime?
        package var newest: WallTime?
    }

    /// So many runs go in one transaction, for which engines have to wait.
    private static let batch = 200

    private let path: String
    /// Runs that ended before it go.
    private let before: WallTime
    private let models: [String]
    private let keepsUnshipped: Bool

    /// - Parameters:
    ///   - models: only runs of these; empty for all.
    ///   - keepsUnshipped: false to remove also what some store that this journal is shipped to has not got yet.
    package init(path: String, before: WallTime, models: [String] = [], keepsUnshipped: Bool = true) {
        self.keepsUnshipped = keepsUnshipped
        self.path = JournalFile.resolved(path)
        self.before = before
        self.models = models
    }

    /// What `perform` would remove now. Changes nothing.
    package func extent() throws -> Extent {
        let reader = try JournalReader(path: path)
        return try reader.read { db in
            try checkModels(db)
            let row = try Row.fetchOne(
                db,
                sql: """
                    SELECT count(*) AS runs, sum(c.n) AS transitions, min(p.started_us) AS oldest,
                        max(p.ended_us) AS newest
                    FROM run_progress AS p
                    JOIN (SELECT run, count(*) AS n FROM transition GROUP BY run) AS c ON c.run = p.run
                    WHERE p.run IN (\(selection("SELECT p.run", keepsUnshipped: keepsUnshipped)))
                    """, arguments: arguments)?.checked
            guard let row else { return Extent() }
            return Extent(
                runs: try row["runs"], transitions: try row["transitions"] ?? 0, unshipped: try unshipped(db),
                oldest: try (row["oldest"] as Int64?).map(WallTime.init(microseconds:)),
                newest: try (row["newest"] as Int64?).map(WallTime.init(microseconds:)))
        }
    }

    /// - Parameter progress: called with how many runs are gone.
    /// - Returns: what was removed.
    /// - Throws: `JournalError`; what was removed until then stays removed, and the journal whole.
    @discardableResult
    package func perform(_ progress: (Int) -> Void = { _ in }) throws -> Extent {
        try NetworkFileSystem.refuse(path)
        // Says what is wrong with the file in the words of every other command.
        _ = try JournalReader(path: path)
        let writer = JournalWriter(path: path, try JournalConnection.reopenWriter(path))
        var removed = Extent()
        while true {
            let step = try journalErrors(path) {
                try writer.write { db in
                    try checkModels(db)
                    return try removeBatch(db)
                }
            }
            guard step.runs > 0 else { break }
            removed.runs += step.runs
            removed.transitions += step.transitions
            progress(removed.runs)
            try journalErrors(path) { try writer.checkpointIfNeeded() }
        }
        try journalErrors(path) {
            removed.unshipped = try writer.read { db in try unshipped(db) }
            try writer.addUpAll()
            try writer.close()
        }
        return removed
    }

    private func checkModels(_ db: Database) throws {
        for model in models
        where try
            !(Bool.fetchOne(db, sql: "SELECT EXISTS (SELECT 1 FROM model WHERE name = ?)", arguments: [model])
            ?? false)
        {
            throw JournalError(.invalidRequest, path, "no model '\(model)' in the journal")
        }
    }

    /// The runs that may go: at rest, old enough, and before the first of their model that has to stay, so that what is
    /// left of a model is one path.
    private func selection(_ columns: String, keepsUnshipped: Bool) -> String {
        let shipped = "coalesce((SELECT min(seq) FROM shipment), 9223372036854775807)"
        let names = models.isEmpty ? "" : "AND m.name IN (\(models.map { _ in "?" }.joined(separator: ", ")))"
        return """
            \(columns) FROM run_progress AS p JOIN model AS m ON m.id = p.model_id
            WHERE p.state IN ('UNINITIALIZED', 'ERROR') AND p.ended_us < ? \(names)
            AND p.run < (
                SELECT min(k.run) FROM run_progress AS k
                WHERE k.model_id = p.model_id AND (
                    k.run = (SELECT max(run) FROM run_progress WHERE model_id = p.model_id)
                    OR k.state NOT IN ('UNINITIALIZED', 'ERROR') OR k.ended_us IS NULL OR k.ended_us >= ?
                    \(keepsUnshipped ? "OR k.last_seq > \(shipped)" : "")))
            """
    }

    private func unshipped(_ db: Database) throws -> Int {
        guard keepsUnshipped else { return 0 }
        func count(_ keeps: Bool) throws -> Int {
            let sql = "SELECT count(*) FROM (\(selection("SELECT p.run", keepsUnshipped: keeps)))"
            return try Int.fetchOne(db, sql: sql, arguments: arguments) ?? 0
        }
        return try count(false) - count(true)
    }

    private var arguments: StatementArguments {
        StatementArguments([before.microseconds]) + StatementArguments(models)
            + StatementArguments([before.microseconds])
    }

    private func removeBatch(_ db: Database) throws -> Extent {
        let runs = try Int64.fetchAll(
            db, sql: selection("SELECT p.run", keepsUnshipped: keepsUnshipped) + " ORDER BY p.run LIMIT \(Self.batch)",
            arguments: arguments)
        guard !runs.isEmpty else { return Extent() }
        let list = runs.map(String.init).joined(separator: ", ")
        let rows = try Row.fetchAll(
            db, sql: "SELECT seq, hash FROM transition WHERE run IN (\(list)) ORDER BY seq"
        ).map { try (seq: $0.checked["seq"] as Int64, hash: $0.checked["hash"] as Data) }
        try db.execute(sql: "INSERT INTO pruning (only_row) VALUES (1)")
        // Sums are made anew of what is left, once all is gone.
        try BlockBuilder(db).remove(holding: rows.map(\.seq))
        for table in ["run_note", "run_note_head", "warmup_request", "server_process", "run_progress", "transition"] {
            try db.execute(sql: "DELETE FROM \(table) WHERE run IN (\(list))")
        }
        try db.execute(sql: "DELETE FROM run WHERE id IN (\(list))")
        try setAnchors(db, rows)
        try db.execute(sql: "DELETE FROM pruning")
        return Extent(runs: runs.count, transitions: rows.count)
    }

    /// Joins the rows that are gone with those that went before into as few ranges as there are.
    private func setAnchors(_ db: Database, _ rows: [(seq: Int64, hash: Data)]) throws {
        struct Anchor {
            var first: Int64
            var last: Int64
            var hash: Data
        }
        var anchors = try Row.fetchAll(db, sql: "SELECT * FROM prune_anchor").map { row in
            let row = row.checked
            return try Anchor(first: row["first_seq"], last: row["last_seq"], hash: row["hash"])
        }
        anchors += rows.map { Anchor(first: $0.seq, last: $0.seq, hash: $0.hash) }
        var joined: [Anchor] = []
        for anchor in anchors.sorted(by: { $0.first < $1.first }) {
            if let last = joined.last, last.last + 1 == anchor.first {
                joined[joined.count - 1] = Anchor(first: last.first, last: anchor.last, hash: anchor.hash)
            } else {
                joined.append(anchor)
            }
        }
        try db.execute(sql: "DELETE FROM prune_anchor")
        for anchor in joined {
            try db.execute(
                sql: "INSERT INTO prune_anchor (first_seq, last_seq, hash, pruned_us) VALUES (?, ?, ?, ?)",
                arguments: [anchor.first, anchor.last, anchor.hash, WallTime.now.microseconds])
        }
    }
}
