package import Foundation
package import GRDB

/// The one way of a transition into the journal: behind the last one, with a hash over both.
package struct ChainedAppend {
    package var run: Int64
    package var modelID: Int64
    package var engineRow: Int64
    package var epoch: Int64
    /// Of run and engine; nil where there is none, which is damage.
    package var runHash: Data?
    package var engineHash: Data?

    package init(
        run: Int64, modelID: Int64, engineRow: Int64, epoch: Int64, runHash: Data? = nil, engineHash: Data? = nil
    ) {
        self.run = run
        self.modelID = modelID
        self.engineRow = engineRow
        self.epoch = epoch
        self.runHash = runHash
        self.engineHash = engineHash
    }

    /// - Parameter content: the row; its number and the hashes of run and engine are filled in here.
    package func perform(_ db: Database, _ content: ChainRow) throws {
        let head = try RawStatement(db, "SELECT seq, hash FROM chain_head")
        guard
            try head.step(),
            let runHash, let engineHash
        else { throw DatabaseError(resultCode: .SQLITE_CORRUPT, message: "the chain has no head, or the run no parts") }
        var content = content
        content.seq = try head.required(head.integer, 0) + 1
        content.run = runHash
        content.engine = engineHash
        content.epoch = epoch
        let hash = content.hash(after: try head.required(head.blob, 1))
        head.reset()
        let insert = try RawStatement(db, Self.insert)
        insert.bind(1, content.seq)
        insert.bind(2, run)
        insert.bind(3, content.ordinal)
        insert.bind(4, modelID)
        insert.bind(5, engineRow)
        insert.bind(6, epoch)
        insert.bind(7, content.at)
        insert.bind(8, content.from)
        insert.bind(9, content.to)
        insert.bind(10, content.trigger)
        insert.bind(11, content.reason)
        insert.bind(12, content.message)
        insert.bind(13, content.elapsed)
        insert.bind(14, content.exitCode)
        insert.bind(15, content.signal)
        insert.bind(16, content.version)
        insert.bind(17, content.outputTail)
        insert.bind(18, content.retryAt)
        insert.bind(19, Int64(content.warmups.count))
        insert.bind(20, content.evidence)
        insert.bind(21, content.queue)
        insert.bind(22, content.digest)
        insert.bind(23, content.spawn)
        insert.bind(24, content.serverPID)
        insert.bind(25, content.modelBytes)
        insert.bind(26, content.modelModified)
        insert.bind(27, content.modelDigest)
        insert.bind(28, content.afterGap)
        insert.bind(29, hash)
        try insert.run()
        for (index, warmup) in content.warmups.enumerated() {
            let insert = try RawStatement(
                db, "INSERT INTO warmup_request (run, ordinal, elapsed_us, error) VALUES (?, ?, ?, ?)")
            insert.bind(1, run)
            insert.bind(2, Int64(index + 1))
            insert.bind(3, warmup.elapsed)
            insert.bind(4, warmup.error)
            try insert.run()
        }
    }

    private static let insert = """
        INSERT INTO transition
            (seq, run, ordinal, model_id, engine_id, epoch, at_us, from_state, to_state, trigger, reason, message,
            elapsed_us, exit_code, signal, version, output_tail, retry_at_us, warmups, evidence, queue_us, digest_us,
            spawn_us, server_pid, model_bytes, model_modified_us, model_digest, after_gap, hash)
        VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
        """
}
