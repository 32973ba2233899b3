import GRDB
import JournalMigrations
import ModelLifecycle

/// What an engine looks at before it writes to a journal that was there: whatever would stop it later on, and cheap at any
/// size. `verify` looks at all the rest.
enum OpeningCheck {
    /// - Throws: `JournalError` with code `damaged` where something is wrong.
    package static func check(
        _ db: Database, _ header: JournalHeader, path: String,
        migrations: [(name: String, sql: String)] = JournalMigrations.all
    ) throws {
        guard (1...migrations.count).contains(header.version) else {
            // All of a version is there at once, but for GRDB's own list of them.
            let count = try Int.fetchOne(
                db,
                sql: "SELECT count(*) FROM sqlite_schema WHERE tbl_name NOT IN ('grdb_migrations', 'sqlite_sequence')")
            guard header.version == 0, count == 0 else {
                throw JournalError.damaged(path, "it holds tables, and has no version")
            }
            return
        }
        let older =
            header.version < migrations.count
            ? try JournalSchema.expected(version: header.version, migrations: migrations) : nil
        if let deviation = try JournalSchema.deviations(db, from: older).first {
            throw JournalError.damaged(path, deviation)
        }
        for table in ["journal_info", "model", "model_owner", "chain_head", "pruning", "importing"] {
            let complaint = try String?.fetchOne(db, sql: "PRAGMA integrity_check(\(table))") ?? "no answer"
            if let complaint, complaint != "ok" { throw JournalError.damaged(path, complaint) }
        }
        guard try Int.fetchOne(db, sql: "SELECT count(*) FROM journal_info") == 1 else {
            let isUnfinished = try Int.fetchOne(db, sql: "SELECT count(*) FROM chain_head") == 0
            guard isUnfinished else { throw JournalError.damaged(path, "it does not know its own ID") }
            // A creation that was killed goes on.
            return
        }
        try ChainEnd.check(db, path: path)
        try checkModels(db, path)
        // What settling the runs of dead engines reads; of very many, some.
        for candidate in try Recovery.candidates(db, model: nil, notOf: nil, most: 100) {
            _ = try OrphanedProcesses.recorded(db, of: candidate.run)
        }
    }

    /// What each model's next claim reads.
    private static func checkModels(_ db: Database, _ path: String) throws {
        let rows = try Row.fetchAll(
            db,
            sql: """
                SELECT m.id, m.name, o.engine_id, o.epoch, e.id AS engine FROM model AS m
                LEFT JOIN model_owner AS o ON o.model_id = m.id LEFT JOIN engine AS e ON e.id = o.engine_id
                """)
        for row in rows.map(\.checked) {
            let name: String = try row["name"]
            let owner: Int64? = try row["engine_id"]
            let engine: Int64? = try row["engine"]
            let _: Int64? = try row["epoch"]
            guard owner == engine else {
                throw JournalError.damaged(path, "the engine that drives '\(name)' was never recorded")
            }
            _ = try LastOfModel(db, modelID: try row["id"])
        }
    }
}
