import Foundation
package import GRDB
import ModelLifecycle

/// The tables `block` and `start_summary`, and what they are made from.
package struct BlockStore {
    package let db: Database

    package init(db: Database) {
        self.db = db
    }

    // MARK: - What is stored

    package func isStored(_ block: Block) throws -> Bool {
        let statement = try RawStatement(db, "SELECT 1 FROM block WHERE level = ? AND number = ?")
        statement.bind(1, Int64(block.level))
        statement.bind(2, block.number)
        defer { statement.reset() }
        return try statement.step()
    }

    /// - Parameter isWanted: is told when the first and the last run of a group began; only those for which it says yes
    ///   are decoded.
    package func sums(
        _ block: Block, where isWanted: (StartGroup, ClosedRange<Int64>) -> Bool = { _, _ in true },
        _ body: (StartGroup, StartSums) throws -> Void
    ) throws {
        let statement = try RawStatement(
            db,
            """
            SELECT model_id, provider, version, first_started_us, last_started_us, runs, failed, cancelled,
                interrupted, failed_starts, failures, queue, digest, spawn, load, warmup, startup
            FROM start_summary WHERE level = ? AND number = ?
            """)
        statement.bind(1, Int64(block.level))
        statement.bind(2, block.number)
        defer { statement.reset() }
        while try statement.step() {
            let group = StartGroup(
                modelID: try statement.required(statement.integer, 0),
                provider: try statement.required(statement.text, 1), version: try statement.text(2))
            func number(_ column: Int) throws -> Int { Int(try statement.required(statement.integer, column)) }
            var sums = StartSums()
            sums.firstStarted = try statement.required(statement.integer, 3)
            sums.lastStarted = try statement.required(statement.integer, 4)
            guard sums.firstStarted <= sums.lastStarted else { throw VarintReader.damage }
            guard isWanted(group, sums.firstStarted...sums.lastStarted) else { continue }
            sums.runs = try number(5)
            sums.failed = try number(6)
            sums.cancelled = try number(7)
            sums.interrupted = try number(8)
            sums.failedStarts = try number(9)
            if let bytes = try statement.bytes(10) { sums.failures = try Self.failures(bytes) }
            for (index, phase) in StartPhase.allCases.enumerated() {
                sums.phases[phase] = try statement.bytes(11 + index).map { try DurationDigest(bytes: $0) }
            }
            try body(group, sums)
        }
    }

    /// All that is stored of a block; nil for one that is not. Two sums for one group are none that this program has
    /// written.
    package func summary(_ block: Block) throws -> BlockSummary? {
        let statement = try RawStatement(
            db, "SELECT first_us, last_us, last_run FROM block WHERE level = ? AND number = ?")
        statement.bind(1, Int64(block.level))
        statement.bind(2, block.number)
        defer { statement.reset() }
        guard try statement.step() else { return nil }
        var summary = BlockSummary()
        if let first = try statement.integer(0) {
            summary.extent = BlockExtent(
                first: first, last: try statement.required(statement.integer, 1),
                lastRun: try statement.required(statement.integer, 2))
        }
        var isDouble = false
        try sums(block) { group, sums in isDouble = summary.groups.updateValue(sums, forKey: group) != nil || isDouble }
        return isDouble ? nil : summary
    }

    package func insert(_ block: Block, _ summary: BlockSummary) throws {
        for (group, sums) in summary.groups.sorted(by: { $0.key.sortKey < $1.key.sortKey }) {
            let statement = try RawStatement(
                db,
                """
                INSERT INTO start_summary (level, number, model_id, provider, version, first_started_us,
                    last_started_us, runs, failed, cancelled, interrupted, failed_starts, failures, queue, digest,
                    spawn, load, warmup, startup)
                VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
                """)
            let numbers = [
                Int64(block.level), block.number, group.modelID, nil, nil, sums.firstStarted, sums.lastStarted,
                Int64(sums.runs), Int64(sums.failed), Int64(sums.cancelled), Int64(sums.interrupted),
                Int64(sums.failedStarts),
            ]
            for (index, value) in numbers.enumerated() { statement.bind(index + 1, value) }
            statement.bind(4, group.provider)
            statement.bind(5, group.version)
            if !sums.failures.isEmpty { statement.bind(13, Self.bytes(sums.failures)) }
            for (index, phase) in StartPhase.allCases.enumerated() {
                if let digest = sums.phases[phase] { statement.bind(14 + index, digest.bytes) }
            }
            try statement.run()
        }
        let statement = try RawStatement(
            db, "INSERT INTO block (level, number, first_us, last_us, last_run) VALUES (?, ?, ?, ?, ?)")
        let extent = summary.extent
        for (index, value) in [Int64(block.level), block.number, extent?.first, extent?.last, extent?.lastRun]
            .enumerated()
        { statement.bind(index + 1, value) }
        try statement.run()
    }

    // MARK: - What it follows from

    /// When these transitions were, and the latest run that they belong to.
    package func extent(after: Int64, upTo: Int64) throws -> BlockExtent? {
        let statement = try RawStatement(
            db, "SELECT min(at_us), max(at_us), max(run) FROM transition WHERE seq > ? AND seq <= ?")
        statement.bind(1, after)
        statement.bind(2, upTo)
        defer { statement.reset() }
        guard try statement.step(), let first = try statement.integer(0) else { return nil }
        return BlockExtent(
            first: first, last: try statement.required(statement.integer, 1),
            lastRun: try statement.required(statement.integer, 2))
    }

    /// The runs that were ended by one of these transitions.
    func endedRuns(
        after: Int64, upTo: Int64, _ body: (StartGroup, StartTally.Run) throws -> Void
    ) throws {
        let statement = try RawStatement(
            db,
            """
            SELECT p.model_id, r.provider, p.version, p.outcome, p.started_us, p.ended_us, p.queue_us, p.digest_us,
                p.spawn_us, p.load_us, p.warmup_us, p.startup_us, why.reason, p.reason_seq
            FROM transition AS t
            JOIN run_progress AS p ON p.run = t.run
            JOIN run AS r ON r.id = p.run
            LEFT JOIN transition AS why ON why.seq = p.reason_seq
            WHERE t.seq > ? AND t.seq <= ? AND t.to_state IN ('ERROR', 'UNINITIALIZED') AND p.end_seq = t.seq
            ORDER BY t.seq
            """)
        statement.bind(1, after)
        statement.bind(2, upTo)
        defer { statement.reset() }
        while try statement.step() {
            let group = StartGroup(
                modelID: try statement.required(statement.integer, 0),
                provider: try statement.required(statement.text, 1), version: try statement.text(2))
            let durations = try StartPhase.allCases.enumerated().map { ($1, try statement.integer(6 + $0)) }
            try body(
                group,
                StartTally.Run(
                    outcome: Recorded(try statement.required(statement.text, 3)),
                    startedAt: try statement.required(statement.integer, 4), endedAt: try statement.integer(5),
                    durations: durations, reason: try statement.text(12), reasonSeq: try statement.integer(13)))
        }
    }

    // MARK: - Failures as bytes

    private static func bytes(_ failures: [String: StartSums.Failure]) -> [UInt8] {
        var writer = VarintWriter()
        for (reason, failure) in failures.sorted(by: { $0.key < $1.key }) {
            writer.add(reason)
            writer.add(failure.count)
            writer.add(failure.lastAt)
            writer.add(failure.lastSeq)
        }
        return writer.bytes
    }

    private static func failures(_ bytes: [UInt8]) throws -> [String: StartSums.Failure] {
        try bytes.withUnsafeBytes { bytes in
            var reader = VarintReader(bytes)
            var failures: [String: StartSums.Failure] = [:]
            while !reader.isAtEnd {
                let reason = try reader.text()
                failures[reason] = StartSums.Failure(
                    count: Int(truncatingIfNeeded: try reader.next()), lastAt: try reader.next(),
                    lastSeq: try reader.next())
            }
            return failures
        }
    }
}

/// When the transitions of a block were, and the latest run that they belong to.
package struct BlockExtent: Sendable, Hashable {
    package var first: Int64
    package var last: Int64
    package var lastRun: Int64

    package init(first: Int64, last: Int64, lastRun: Int64) {
        self.first = first
        self.last = last
        self.lastRun = lastRun
    }
}

/// All that is stored of a block.
package struct BlockSummary: Sendable, Hashable {
    /// nil where its transitions are gone.
    package var extent: BlockExtent?
    package var groups: [StartGroup: StartSums] = [:]

    package init(extent: BlockExtent? = nil, groups: [StartGroup: StartSums] = [:]) {
        self.extent = extent
        self.groups = groups
    }
}

extension StartGroup {
    /// Groups are stored in an order, so that the same history gives the same file.
    fileprivate var sortKey: (Int64, String, String) { (modelID, provider, version.map { "+" + $0 } ?? "") }
}
