package import Foundation
package import GRDB
import ModelLifecycle

/// Everything that a transition's hash covers besides the hash before it: the row itself, what it names
/// (run, model, configuration, engine), and the warm-up requests that came with it.
package struct ChainRow {
    package struct Warmup {
        package var elapsed: Int64
        package var error: String?

        package init(elapsed: Int64, error: String? = nil) {
            self.elapsed = elapsed
            self.error = error
        }
    }

    package var seq: Int64
    /// The hashes of what it names, as `ChainedParts` makes them.
    package var run: Data
    package var engine: Data
    package var ordinal: Int64
    package var epoch: Int64
    package var at: Int64
    package var from: String
    package var to: String
    package var trigger: String
    package var reason: String?
    package var message: String?
    package var elapsed: Int64?
    package var exitCode: Int64?
    package var signal: Int64?
    package var version: String?
    package var outputTail: String?
    package var evidence: String?
    package var queue: Int64?
    package var digest: Int64?
    package var spawn: Int64?
    package var serverPID: Int64?
    package var modelBytes: Int64?
    package var modelModified: Int64?
    package var modelDigest: String?
    package var retryAt: Int64?
    /// 1 where earlier rows of the model are missing.
    package var afterGap: Int64 = 0
    package var warmups: [Warmup] = []

    package init(
        seq: Int64, run: Data, engine: Data, ordinal: Int64, epoch: Int64, at: Int64, from: String, to: String,
        trigger: String, reason: String? = nil, message: String? = nil, elapsed: Int64? = nil, exitCode: Int64? = nil,
        signal: Int64? = nil, version: String? = nil, outputTail: String? = nil, evidence: String? = nil,
        queue: Int64? = nil, digest: Int64? = nil, spawn: Int64? = nil, serverPID: Int64? = nil,
        modelBytes: Int64? = nil, modelModified: Int64? = nil, modelDigest: String? = nil, retryAt: Int64? = nil,
        afterGap: Int64 = 0, warmups: [Warmup] = []
    ) {
        self.seq = seq
        self.run = run
        self.engine = engine
        self.ordinal = ordinal
        self.epoch = epoch
        self.at = at
        self.from = from
        self.to = to
        self.trigger = trigger
        self.reason = reason
        self.message = message
        self.elapsed = elapsed
        self.exitCode = exitCode
        self.signal = signal
        self.version = version
        self.outputTail = outputTail
        self.evidence = evidence
        self.queue = queue
        self.digest = digest
        self.spawn = spawn
        self.serverPID = serverPID
        self.modelBytes = modelBytes
        self.modelModified = modelModified
        self.modelDigest = modelDigest
        self.retryAt = retryAt
        self.afterGap = afterGap
        self.warmups = warmups
    }

    /// - Parameter previous: the hash of the row before it, or of the journal's beginning.
    package func hash(after previous: Data) -> Data {
        var hash = ChainHash("transition")
        hash.add(previous)
        hash.add(seq)
        hash.add(run)
        hash.add(engine)
        hash.add(ordinal)
        hash.add(epoch)
        hash.add(at)
        for text in [from, to, trigger, reason, message] { hash.add(text) }
        for number in [elapsed, exitCode, signal] { hash.add(number) }
        for text in [version, outputTail, evidence] { hash.add(text) }
        for number in [queue, digest, spawn, serverPID, modelBytes, modelModified] { hash.add(number) }
        hash.add(modelDigest)
        hash.add(retryAt)
        hash.add(afterGap)
        hash.add(Int64(warmups.count))
        for warmup in warmups {
            hash.add(warmup.elapsed)
            hash.add(warmup.error)
        }
        return hash.finished()
    }
}

extension ChainRow {
    /// - Parameters:
    ///   - row: of `transition`, as it is stored.
    ///   - warmups: of its run, where it is the row that they came with.
    package init(row: CheckedRow, run: Data, engine: Data, warmups: [Warmup]) throws {
        self.init(
            seq: try row["seq"], run: run, engine: engine, ordinal: try row["ordinal"], epoch: try row["epoch"],
            at: try row["at_us"], from: try row["from_state"], to: try row["to_state"], trigger: try row["trigger"])
        reason = try row["reason"]
        message = try row["message"]
        elapsed = try row["elapsed_us"]
        exitCode = try row["exit_code"]
        signal = try row["signal"]
        version = try row["version"]
        outputTail = try row["output_tail"]
        evidence = try row["evidence"]
        queue = try row["queue_us"]
        digest = try row["digest_us"]
        spawn = try row["spawn_us"]
        serverPID = try row["server_pid"]
        modelBytes = try row["model_bytes"]
        modelModified = try row["model_modified_us"]
        modelDigest = try row["model_digest"]
        retryAt = try row["retry_at_us"]
        afterGap = try row["after_gap"]
        self.warmups = warmups
    }
}

extension ChainRow {
    /// The row's own columns in the order in which its hash has them. What it names comes behind the first one, and the
    /// warm-up requests behind the last.
    package static let columns = """
        seq, ordinal, epoch, at_us, from_state, to_state, trigger, reason, message, elapsed_us, exit_code, signal,
        version, output_tail, evidence, queue_us, digest_us, spawn_us, server_pid, model_bytes, model_modified_us,
        model_digest, retry_at_us, after_gap
        """
    static let columnCount = 24

    /// The same as `hash(after:)` of the row, without having made one.
    /// - Parameters:
    ///   - hash: anew.
    ///   - statement: at a row of `columns`.
    ///   - run: the run's hash.
    package static func hash(
        _ hash: inout ChainHash, after previous: [UInt8], _ statement: RawStatement, run: Data, engine: Data,
        _ warmups: [Warmup]
    ) throws {
        hash.restart("transition")
        previous.withUnsafeBytes { hash.add(data: $0) }
        try statement.add(0, to: &hash)
        hash.add(run)
        hash.add(engine)
        for column in 1..<columnCount { try statement.add(column, to: &hash) }
        hash.add(Int64(warmups.count))
        for warmup in warmups {
            hash.add(warmup.elapsed)
            hash.add(warmup.error)
        }
    }
}

/// The parts of a journal that many transitions name, each with a hash of its own.
package enum ChainedParts {
    /// What comes before the first transition.
    package static func beginning(journalID: String, created: Int64, follows: String?) -> Data {
        var hash = ChainHash("journal")
        hash.add(journalID)
        hash.add(created)
        hash.add(follows)
        return hash.finished()
    }

    package static func engine(_ db: Database, _ id: Int64) throws -> Data? {
        try Row.fetchOne(db.cachedStatement(sql: "SELECT * FROM engine WHERE id = ?"), arguments: [id])
            .map { try engine($0.checked) }
    }

    /// - Parameter row: of `engine`.
    package static func engine(_ row: CheckedRow) throws -> Data {
        var hash = ChainHash("engine")
        for name in ["engine_id", "host"] { hash.add(try row[name] as String) }
        hash.add(try row["pid"] as Int64)
        hash.add(try row["process_start"] as Int64?)
        for name in ["pid_namespace", "boot_id"] { hash.add(try row[name] as String?) }
        hash.add(try row["program_version"] as String)
        hash.add(try row["started_us"] as Int64)
        return hash.finished()
    }

    /// - Parameters:
    ///   - beginner: the ID of the engine that began it.
    ///   - digest: of its configuration.
    package static func run(
        id: String, model: String, provider: String, beginner: String, digest: String, attempt: Int64,
        correlationID: String, wanted: String?
    ) -> Data {
        var hash = ChainHash("run")
        for text in [id, model, provider, beginner, digest] { hash.add(text) }
        hash.add(attempt)
        hash.add(correlationID)
        hash.add(wanted)
        return hash.finished()
    }

    /// The warm-up requests that came with a row.
    /// - Parameter count: how many the row says there are.
    package static func warmups(_ db: Database, run: Int64, count: Int64) throws -> [ChainRow.Warmup] {
        guard count > 0 else { return [] }
        let statement = try RawStatement(
            db, "SELECT elapsed_us, error, ordinal FROM warmup_request WHERE run = ? ORDER BY ordinal")
        statement.bind(1, run)
        defer { statement.reset() }
        var warmups: [ChainRow.Warmup] = []
        while try statement.step() {
            // The hash has their order only.
            guard try statement.required(statement.integer, 2) == warmups.count + 1 else {
                throw DatabaseError(
                    resultCode: .SQLITE_CORRUPT, message: "its warm-up requests are not numbered in order")
            }
            warmups.append(
                ChainRow.Warmup(elapsed: try statement.required(statement.integer, 0), error: try statement.text(1)))
        }
        return warmups
    }
}
