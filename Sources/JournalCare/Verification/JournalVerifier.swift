import Crypto
import Dispatch
import Foundation
import GRDB
package import JournalReports
package import LifecycleJournal
import ModelLifecycle
import Synchronization

/// Reads a whole journal and says whether it is what was written. It finds accidents; whoever can write the
/// file can also write a chain that fits.
package struct JournalVerifier: Sendable {
    /// How far it is, in transitions.
    package typealias Progress = (_ done: Int64, _ total: Int64) -> Void

    private static let page = 5000

    let reader: JournalReader
    /// Whether the schema is another one than ours: our own SQL may well make no sense in it.
    private var isForeign = false

    package init(_ reader: JournalReader) { self.reader = reader }

    /// - Throws: `JournalError` where reading fails for another reason than damage, and where a newer version of this
    ///   program has written the journal, whose rules are not known here.
    package func verify(_ progress: Progress = { _, _ in }) throws -> Verification {
        var verification = Verification()
        try part(.schema, &verification, checkSchema)
        var whole = self
        whole.isForeign = !verification.isWhole
        verification.add(try whole.content(progress))
        if let bad = verification.firstBadSeq {
            verification.lastGoodSeq = try? reader.read { db in
                try Int64.fetchOne(db, sql: "SELECT max(seq) FROM transition WHERE seq < ?", arguments: [bad])
            }
        }
        return verification
    }

    private func content(_ progress: Progress) throws -> Verification {
        let head = try readableHead()
        // SQLite looks at each page, and the chain is followed, while the history is gone through: each by a
        // connection of its own.
        let structure = Concurrent { [self] in try another().structure() }
        let chain = Concurrent { [self] in try another().chain(head) }
        let rest = Result { try self.rest(head, progress) }
        var verification = try structure.value
        verification.add(try chain.value)
        verification.add(try rest.get())
        return verification
    }

    private func another() throws -> JournalVerifier {
        var other = try JournalVerifier(JournalReader(path: reader.path, trustsViews: false))
        other.isForeign = isForeign
        return other
    }

    /// - Returns: nil also where it is damaged, which whoever follows the chain finds again.
    private func readableHead() throws -> Head? {
        do { return try reader.read { db in try head(db) } } catch let error as JournalError where isDamage(error) {
            return nil
        }
    }

    private func structure() throws -> Verification {
        var verification = Verification()
        try part(.structure, &verification, checkStructure)
        return verification
    }

    private func chain(_ head: Head?) throws -> Verification {
        var verification = Verification()
        try part(.chain, &verification) { try checkChain(&$0, head) }
        return verification
    }

    private func rest(_ head: Head?, _ progress: Progress) throws -> Verification {
        var verification = Verification()
        try part(.structure, &verification, checkReferences)
        if let head { try part(.derived, &verification) { try checkHistory(&$0, head, progress) } }
        try part(.derived, &verification, checkBlocks)
        try part(.chain, &verification, checkConfigurations)
        try part(.chain, &verification, checkNotes)
        try part(.derived, &verification, checkOthers)
        return verification
    }

    /// What SQLite cannot read is a finding, and no reason to look at nothing else.
    private func part(
        _ kind: Verification.Finding.Kind, _ verification: inout Verification,
        _ body: (inout Verification) throws -> Void
    ) throws {
        do { try body(&verification) } catch let error as JournalError {
            guard isDamage(error) else { throw error }
            verification.add(kind, error.message)
        }
    }

    private func isDamage(_ error: JournalError) -> Bool {
        error.code == .damaged || error.code == .notAJournal || isForeign && error.code == .inputOutput
    }

    // MARK: - SQLite's structures, and the schema

    private func checkStructure(_ verification: inout Verification) throws {
        let complaints = try reader.read { db in
            try String?.fetchAll(db, sql: "PRAGMA integrity_check(\(Verification.limit))").map { $0 ?? "?" }
        }
        for complaint in complaints where complaint != "ok" { verification.add(.structure, complaint) }
    }

    /// What transitions, runs and summaries name is looked at with the chain.
    private func checkReferences(_ verification: inout Verification) throws {
        let ofNotes = try reader.read(StoredNote.areThere) ? ["run_note", "run_note_head"] : []
        for table in ["model_owner", "server_process", "start_summary"] + ofNotes {
            let dangling = try reader.read { db in
                try Row.fetchAll(db, sql: "PRAGMA foreign_key_check(\(table))").count
            }
            if dangling > 0 { verification.add(.structure, "\(dangling) rows of \(table) name one that is not there") }
        }
    }

    private func checkSchema(_ verification: inout Verification) throws {
        let version = try reader.read { db in try Int.fetchOne(db, sql: "PRAGMA user_version") ?? 0 }
        if version > JournalSchema.version {
            throw JournalError(
                .newerVersion, reader.path,
                "the journal has version \(version), this program knows \(JournalSchema.version) and can only read it; "
                    + "update modeljournal")
        }
        guard version > 0 else { return verification.add(.schema, "it has no valid version: \(version)") }
        // A journal of an older version is measured by what that version made; the next engine migrates it.
        let older = version < JournalSchema.version ? try JournalSchema.expected(version: version) : nil
        for deviation in try reader.read({ try JournalSchema.deviations($0, from: older) }) {
            verification.add(.schema, deviation)
        }
        if try reader.read({ try JournalSchema.hasForeignListOfMigrations($0, version: version) }) {
            verification.add(.schema, "the list of migrations is another one")
        }
    }

    // MARK: - The chain

    private struct Head {
        var count: Int64
        var seq: Int64
        var hash: Data
        var beginning: Data
        /// Rows that the transitions up to there account for.
        var runs: Int64
        var summaries: Int64
        var warmups: Int64
        var isLast: Bool
    }

    private func head(_ db: Database) throws -> Head? {
        guard
            let row = try Row.fetchOne(
                db,
                sql: """
                    SELECT h.count, h.seq, h.hash, i.journal_id, i.created_us, i.follows,
                        (SELECT count(*) FROM run) AS runs, (SELECT count(*) FROM run_progress) AS summaries,
                        (SELECT count(*) FROM warmup_request) AS warmups,
                        NOT EXISTS (SELECT 1 FROM transition WHERE seq > h.seq) AS is_last
                    FROM chain_head AS h, journal_info AS i
                    """)?.checked
        else { return nil }
        return try Head(
            count: row["count"], seq: row["seq"], hash: row["hash"],
            beginning: ChainedParts.beginning(
                journalID: row["journal_id"], created: row["created_us"], follows: row["follows"]),
            runs: row["runs"], summaries: row["summaries"], warmups: row["warmups"], isLast: row["is_last"])
    }

    private func checkChain(_ verification: inout Verification, _ head: Head?) throws {
        guard let head = try head ?? reader.read({ db in try self.head(db) }) else {
            return verification.add(.chain, "the end of the chain, or the journal's own row, is missing")
        }
        verification.head = head.hash.hexadecimal
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
        }
        verification.transitions = walk.count - walk.pruned
        if walk.seq < head.seq {
            verification.add(.chain, "transitions \(walk.seq + 1) to \(head.seq) are missing", seq: walk.seq + 1)
        } else if walk.count != head.count || walk.hash != [UInt8](head.hash) {
            verification.add(.chain, "the end of the chain is not where the last transition is", seq: nil)
        }
        if walk.warmups != head.warmups || !head.isLast {
            verification.add(.chain, "there are warm-up requests or transitions that nothing has recorded")
        }
    }

    // MARK: - What follows from the history

    private func checkHistory(_ verification: inout Verification, _ head: Head, _ progress: Progress) throws {
        var walk = HistoryWalk()
        var goesOn = true
        while goesOn {
            let (next, moved, more) = try reader.read { db in
                var (next, moved) = (walk, verification)
                let more = try next.step(db, to: head.seq, page: Self.page, &moved)
                return (next, moved, more)
            }
            (walk, verification, goesOn) = (next, moved, more)
            progress(walk.seq, head.seq)
        }
        verification.runs = walk.derived.runs
        if walk.derived.runs != head.runs || walk.derived.runs != head.summaries {
            verification.add(.derived, "there are runs without transitions, or summaries without their run")
        }
        try reader.read { db in
            try walk.finish(db, head.seq, &verification)
            try walk.derived.checkLast(db, &verification)
        }
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
            for (id, json, digest) in rows where SHA256.hash(data: Data(json.utf8)).hexadecimal != digest {
                verification.add(.chain, "configuration \(id) is not what was written")
            }
            last = end
        }
    }

    /// Of the higher levels: from the blocks that they are made of, which have been looked at before.
    private func checkBlocks(_ verification: inout Verification) throws {
        for level in 1...BlockLayout.journal.top {
            var number: Int64 = -1
            while true {
                let found = try reader.read { db -> (block: Block, isRight: Bool)? in
                    let next = try Int64.fetchOne(
                        db.cachedStatement(
                            sql: "SELECT number FROM block WHERE level = ? AND number > ? ORDER BY number LIMIT 1"),
                        arguments: [level, number])
                    guard let next else { return nil }
                    let block = Block(level: level, number: next, layout: .journal)
                    guard block.number > number, block.number < Int64.max >> 24 else { return (block, false) }
                    return (block, try BlockStore(db: db).summary(block) == BlockBuilder(db).summary(block))
                }
                guard let found else { break }
                if !found.isRight {
                    verification.add(
                        .derived,
                        "the sums of block \(found.block.number) of level \(level) are not what they should be")
                }
                // A damaged tree would hand over the same one for ever.
                guard found.block.number > number else { break }
                number = found.block.number
            }
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
        (
            "a sum without its block",
            """
            SELECT 1 FROM start_summary AS s
            WHERE NOT EXISTS (SELECT 1 FROM block AS b WHERE b.level = s.level AND b.number = s.number)
            """
        ),
        (
            "a block of transitions that are still to come",
            """
            SELECT 1 FROM block
            WHERE level > 3 OR (number + 1) << (11 + 4 * level) > (SELECT seq FROM chain_head)
            """
        ),
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
            "a shipment that is not what was written",
            "SELECT 1 FROM shipment WHERE twin IS NOT (store || ' ' || seq || ' ' || hex(hash) || ' ' || shipped_us)"
        ),
        (
            "a shipment of what is still to come",
            "SELECT 1 FROM shipment WHERE seq > (SELECT seq FROM chain_head)"
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

/// Something that is done on another thread.
private final class Concurrent<Value: Sendable>: Sendable {
    private let result = Mutex<Result<Value, any Error>?>(nil)
    private let group = DispatchGroup()

    init(_ body: @escaping @Sendable () throws -> Value) {
        DispatchQueue.global().async(group: group) { [self] in
            let outcome = Result { try body() }
            result.withLock { $0 = outcome }
        }
    }

    /// Waits for it.
    var value: Value {
        get throws {
            group.wait()
            guard let outcome = result.withLock({ $0 }) else { preconditionFailure("left without a result") }
            return try outcome.get()
        }
    }
}
