package import Foundation
package import GRDB
import ModelLifecycle

/// Everything that a transition's hash covers besides the hash before it: the row itself, what it names
/// (run, model, configuration, engine), and the warm-up requests that came with it.
package struct ChainRow: Sendable, Hashable {
    package struct Warmup: Sendable, Hashable {
        package var elapsed: Int64
        package var error: String?

        package init(elapsed: Int64, error: String? = nil) {
            self.elapsed = elapsed
            self.error = error
        }
    }

    package var seq: Int64 = 0
    /// The hashes of what it names, as `ChainedParts` makes them.
    package var run: Data = Data()
    package var engine: Data = Data()
    package var ordinal: Int64
    package var epoch: Int64 = 0
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

    /// One that names nothing yet.
    package init(ordinal: Int64, at: Int64, from: String, to: String, trigger: String) {
        self.ordinal = ordinal
        self.at = at
        self.from = from
        self.to = to
        self.trigger = trigger
    }

    /// - Parameter previous: the hash of the row before it, or of the journal's beginning.
    package func hash(after previous: Data) -> Data {
        var hash = ChainHash("transition")
        hash.add(previous)
        for (place, column) in TransitionColumn.all.prefix(TransitionColumn.countOfFirst).enumerated() {
            column.add(self, to: &hash)
            if place == 0 { for part in [run, engine] { hash.add(part) } }
        }
        Self.add(warmups, to: &hash)
        for column in TransitionColumn.all.dropFirst(TransitionColumn.countOfFirst) where !column.isNull(self) {
            hash.add(column.name)
            column.add(self, to: &hash)
        }
        return hash.finished()
    }

    private static func add(_ warmups: [Warmup], to hash: inout ChainHash) {
        hash.add(Int64(warmups.count))
        for warmup in warmups {
            hash.add(warmup.elapsed)
            hash.add(warmup.error)
        }
    }
}

extension ChainRow {
    /// - Parameters:
    ///   - row: of `transition`, or of a view with these columns.
    ///   - columns: those that the row has.
    ///   - warmups: of its run, if it is the row that they came with.
    package init(
        row: CheckedRow, _ columns: [TransitionColumn] = TransitionColumn.all, run: Data = Data(),
        engine: Data = Data(), warmups: [Warmup] = []
    ) throws {
        self.init(ordinal: 0, at: 0, from: "", to: "", trigger: "")
        (self.run, self.engine, self.warmups) = (run, engine, warmups)
        for column in columns { try column.read(row, into: &self) }
    }

    /// The same as `hash(after:)` of the row, without having made one.
    /// - Parameters:
    ///   - hash: begun again here.
    ///   - statement: at a row of all columns, in their order.
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
        for column in 1..<TransitionColumn.countOfFirst { try statement.add(column, to: &hash) }
        add(warmups, to: &hash)
        for column in TransitionColumn.countOfFirst..<TransitionColumn.all.count where !statement.isNull(column) {
            hash.add(TransitionColumn.all[column].name)
            try statement.add(column, to: &hash)
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
