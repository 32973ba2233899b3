import Foundation
import GRDB

/// The one way of a transition into the journal: behind the last one, with a hash over both.
struct ChainedAppend {
    var run: Int64
    var modelID: Int64
    var engineRow: Int64
    var epoch: Int64
    /// Of run and engine, where they are known; else they are read.
    var runHash: Data?
    var engineHash: Data?

    /// - Parameter content: the row; its number and the hashes of run and engine are filled in here.
    func perform(_ db: Database, _ content: ChainRow) throws {
        guard
            let head = try Row.fetchOne(db.cachedStatement(sql: "SELECT seq, hash FROM chain_head")),
            let runHash = try runHash ?? ChainedParts.run(db, run),
            let engineHash = try engineHash ?? ChainedParts.engine(db, engineRow)
        else { throw DatabaseError(resultCode: .SQLITE_CORRUPT, message: "the chain has no head, or the run no parts") }
        var content = content
        content.seq = try (head.checked["seq"] as Int64) + 1
        content.run = runHash
        content.engine = engineHash
        content.epoch = epoch
        let hash = content.hash(after: try head.checked["hash"])
        try db.cachedStatement(
            sql: """
                INSERT INTO transition
                    (seq, run, ordinal, model_id, engine_id, epoch, at_us, from_state, to_state, trigger, reason,
                    message, elapsed_us, exit_code, signal, version, output_tail, retry_at_us, warmups, evidence,
                    queue_us, digest_us, spawn_us, server_pid, model_bytes, model_modified_us, model_digest, after_gap,
                    hash)
                VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
                """
        ).execute(arguments: [
            content.seq, run, content.ordinal, modelID, engineRow, epoch, content.at, content.from, content.to,
            content.trigger, content.reason, content.message, content.elapsed, content.exitCode, content.signal,
            content.version, content.outputTail, content.retryAt, content.warmups.count, content.evidence,
            content.queue, content.digest, content.spawn, content.serverPID, content.modelBytes,
            content.modelModified, content.modelDigest, content.afterGap, hash,
        ])
        for (index, warmup) in content.warmups.enumerated() {
            try db.cachedStatement(
                sql: "INSERT INTO warmup_request (run, ordinal, elapsed_us, error) VALUES (?, ?, ?, ?)"
            ).execute(arguments: [run, index + 1, warmup.elapsed, warmup.error])
        }
    }
}
