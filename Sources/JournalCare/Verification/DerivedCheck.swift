import GRDB
import JournalReports
import LifecycleJournal
import ModelLifecycle

/// Computes anew what follows from the history, row by row as the chain is walked, and compares it with what is
/// stored: the summary of each run, and the sums over each block.
struct DerivedCheck {
    /// A model's run so far.
    private struct Current {
        var run: WalkedRun
        var summary: RunSummary
        /// Of the transition that `summary.reasonSeq` names.
        var reason: String?
    }

    /// Runs that have been seen.
    private(set) var runs: Int64 = 0
    private var current: [Int64: Current] = [:]
    private var number: Int64 = 0
    private var extent: BlockExtent?
    private var tallies: [StartGroup: StartTally] = [:]
    private let layout = BlockLayout.journal

    // MARK: - Rows

    /// In the order of their numbers.
    mutating func add(
        _ db: Database, _ row: WalkedRow, _ run: WalkedRun, _ verification: inout Verification
    ) throws {
        try closeBlocks(db, before: row.seq, &verification)
        var now: Current
        if let last = current[run.model], last.run.row == run.row {
            now = last
            now.summary.apply(row)
        } else {
            if let last = current[run.model] { try check(db, last, &verification) }
            now = Current(run: run, summary: RunSummary(first: row))
            runs += 1
        }
        if now.summary.reasonSeq == row.seq { now.reason = row.reason }
        current[run.model] = now
        extent = BlockExtent(
            first: min(extent?.first ?? row.at, row.at), last: max(extent?.last ?? row.at, row.at),
            lastRun: max(extent?.lastRun ?? run.row, run.row))
        guard now.summary.endSeq == row.seq else { return }
        let group = StartGroup(modelID: run.model, provider: run.provider, version: now.summary.version)
        try tallies[group, default: StartTally()].add(StartTally.Run(now.summary, reason: now.reason))
    }

    /// - Parameter end: the last transition that counts.
    mutating func finish(_ db: Database, _ end: Int64, _ verification: inout Verification) throws {
        try closeBlocks(db, before: end + 1, &verification)
    }

    // MARK: - Blocks

    private mutating func closeBlocks(
        _ db: Database, before seq: Int64, _ verification: inout Verification
    ) throws {
        let next = (seq - 1) >> layout.bits(0)
        // Of many that are missing, none is stored either: the database does not take such a block.
        guard next > number else { return }
        for closing in number..<min(next, number + 1_000_000) {
            try close(db, layout.leaf(closing), &verification)
            (extent, tallies) = (nil, [:])
        }
        number = next
    }

    private mutating func close(_ db: Database, _ block: Block, _ verification: inout Verification) throws {
        let store = BlockStore(db: db)
        guard try store.isStored(block) else { return }
        let groups = try tallies.mapValues { tally in
            var tally = tally
            return try StartSums(merging: tally.finished())
        }
        let stored = try readable { try store.summary(block) }
        if stored != BlockSummary(extent: extent, groups: groups) { verification.add(wrong: block) }
    }

    /// - Returns: nil for what holds other values than it should, too: it is the sum, or the summary, that is damaged.
    private func readable<Value>(_ read: () throws -> Value?) throws -> Value? {
        do { return try read() } catch let error as DatabaseError where error.resultCode == .SQLITE_CORRUPT {
            return nil
        }
    }

    // MARK: - Runs

    /// Of a run that no transition can follow any more.
    private func check(_ db: Database, _ last: Current, _ verification: inout Verification) throws {
        let statement = try RawStatement(
            db, "SELECT \(RunSummary.columns) FROM run_progress WHERE run = ? AND model_id = ?")
        statement.bind(1, last.run.row)
        statement.bind(2, last.run.model)
        defer { statement.reset() }
        let stored = try readable { try statement.step() ? RunSummary(statement: statement) : nil }
        if stored != last.summary { try verification.add(db, wrongSummaryOf: last.run.row) }
    }

    /// The last run of each model, which may have gone on since: its rows are read with its summary.
    func checkLast(_ db: Database, _ verification: inout Verification) throws {
        for last in current.values.sorted(by: { $0.run.row < $1.run.row }) {
            let rows = try RawStatement(
                db, "SELECT \(WalkedRow.columns) FROM transition WHERE run = ? ORDER BY ordinal")
            rows.bind(1, last.run.row)
            defer { rows.reset() }
            var fresh = last
            var isFirst = true
            while try rows.step() {
                let row = try WalkedRow(statement: rows)
                if isFirst { fresh.summary = RunSummary(first: row) } else { fresh.summary.apply(row) }
                isFirst = false
            }
            try check(db, fresh, &verification)
        }
    }
}

extension StartTally.Run {
    fileprivate init(_ summary: RunSummary, reason: String?) {
        self.init(
            outcome: summary.outcome, startedAt: summary.started, endedAt: summary.ended,
            durations: [
                (.queue, summary.queue), (.digest, summary.digest), (.spawn, summary.spawn), (.load, summary.load),
                (.warmup, summary.warmup), (.startup, summary.startup),
            ], reason: reason, reasonSeq: summary.reasonSeq, message: nil)
    }
}

extension Verification {
    mutating func add(wrong block: Block) {
        add(.derived, "the sums of block \(block.number) of level \(block.level) are not what they should be")
    }

    fileprivate mutating func add(_ db: Database, wrongSummaryOf run: Int64) throws {
        let id = try String.fetchOne(db, sql: "SELECT run_id FROM run WHERE id = ?", arguments: [run])
        add(.derived, "the summary of run \(id ?? String(run)) does not follow from its transitions")
    }
}
