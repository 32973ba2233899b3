import GRDB
package import ModelLifecycle

/// One transition with all that a copy of the journal needs.
package struct ExportedTransition: Sendable {
    package var row: TransitionRow
    package var ordinal: Int
    package var version: String?
    package var outputTail: String?
    package var retryAt: WallTime?
    package var warmups: [WarmupRow]
    /// The run's configuration, canonical JSON; with the run's first row only.
    package var configuration: String?
}

extension JournalReader {
    /// Hands over every transition after the cursor, in order, a page at a time: no read transaction
    /// is open, and little is in memory, while `body` works.
    package func export(afterSeq cursor: Int64, page: Int = 1000, _ body: (ExportedTransition) throws -> Void) throws {
        var cursor = cursor
        while true {
            let rows = try read { db in
                try Row.fetchAll(
                    db,
                    sql: """
                        SELECT v.*, t.version, t.output_tail, t.retry_at_us FROM transition_rows AS v JOIN transition AS t USING (seq)
                        WHERE v.seq > ? ORDER BY v.seq LIMIT ?
                        """, arguments: [cursor, page]
                ).map { row -> ExportedTransition in
                    let run: Int64 = row["run"]
                    let ordinal: Int = row["ordinal"]
                    // The warm-up's measurements were stored with the row that ended it.
                    let endsWarmup = row["from_state"] == ModelState.warmingUp.rawValue
                    return ExportedTransition(
                        row: TransitionRow(row: row), ordinal: ordinal, version: row["version"],
                        outputTail: row["output_tail"],
                        retryAt: (row["retry_at_us"] as Int64?).map(WallTime.init(microseconds:)),
                        warmups: endsWarmup ? try warmups(db, run) : [],
                        configuration: ordinal == 1 ? try configuration(db, run) : nil)
                }
            }
            for row in rows { try body(row) }
            guard rows.count == page, let last = rows.last else { return }
            cursor = last.row.seq
        }
    }
}
