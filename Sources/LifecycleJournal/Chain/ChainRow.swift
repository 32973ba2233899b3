import Foundation
import GRDB
import ModelLifecycle

/// Everything that a transition's hash covers besides the hash before it: the row itself, what it names
/// (run, model, configuration, engine), and the warm-up requests that came with it.
struct ChainRow {
    struct Warmup {
        var elapsed: Int64
        var error: String?
    }

    var seq: Int64
    /// The hashes of what it names, as `ChainedParts` makes them.
    var run: Data
    var engine: Data
    var ordinal: Int64
    var epoch: Int64
    var at: Int64
    var from: String
    var to: String
    var trigger: String
    var reason: String?
    var message: String?
    var elapsed: Int64?
    var exitCode: Int64?
    var signal: Int64?
    var version: String?
    var outputTail: String?
    var evidence: String?
    var queue: Int64?
    var digest: Int64?
    var spawn: Int64?
    var serverPID: Int64?
    var modelBytes: Int64?
    var modelModified: Int64?
    var modelDigest: String?
    var retryAt: Int64?
    /// 1 where earlier rows of the model are missing.
    var afterGap: Int64 = 0
    var warmups: [Warmup] = []

    /// - Parameter previous: the hash of the row before it, or of the journal's beginning.
    func hash(after previous: Data) -> Data {
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
    init(row: CheckedRow, run: Data, engine: Data, warmups: [Warmup]) throws {
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
    static let columns = """
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
    static func hash(
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
enum ChainedParts {
    /// What comes before the first transition.
    static func beginning(journalID: String, created: Int64, follows: String?) -> Data {
        var hash = ChainHash("journal")
        hash.add(journalID)
        hash.add(created)
        hash.add(follows)
        return hash.finished()
    }

    static func engine(_ db: Database, _ id: Int64) throws -> Data? {
        try Row.fetchOne(db.cachedStatement(sql: "SELECT * FROM engine WHERE id = ?"), arguments: [id])
            .map { try engine($0.checked) }
    }

    /// - Parameter row: of `engine`.
    static func engine(_ row: CheckedRow) throws -> Data {
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
    static func run(
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
    static func warmups(_ db: Database, run: Int64, count: Int64) throws -> [ChainRow.Warmup] {
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
