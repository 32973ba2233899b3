import Foundation
import GRDB
import ModelLifecycle

/// Follows the chain from the journal's first transition to its last: each row has the hash that its content and
/// the row before it give, and the rows of each model are one legal path.
struct ChainWalk {
    private struct Place {
        var state: String
        var run: Int64
        var ordinal: Int64
    }

    /// The hash that the next row has to build on.
    private(set) var hash: Data
    private(set) var seq: Int64 = 0
    /// Rows so far, those that were pruned included.
    private(set) var count: Int64 = 0
    /// How many of them were pruned.
    private(set) var pruned: Int64 = 0
    /// Warm-up requests that came with them.
    private(set) var warmups: Int64 = 0
    private var places: [Int64: Place] = [:]
    private var parts = NamedParts()

    /// - Parameter beginning: the hash before the first transition.
    init(beginning: Data) { hash = beginning }

    /// In the middle of the chain: only its hashes are followed from there, as nobody knows the models' states.
    init(at seq: Int64, hash: Data) {
        self.seq = seq
        self.hash = hash
    }

    /// Goes on by one page.
    /// - Parameters:
    ///   - end: the last transition that counts; later ones may still be coming.
    ///   - body: gets each row that can be read, with its run.
    /// - Returns: false once the end is reached.
    mutating func step(
        _ db: Database, to end: Int64, page: Int, _ verification: inout Verification,
        _ body: (ChainRow, NamedParts.Run, inout Verification) throws -> Void = { _, _, _ in }
    ) throws -> Bool {
        var read = 0
        let statement = try RawStatement(
            db,
            """
            SELECT \(ChainRow.columns), run, model_id, engine_id, warmups, hash
            FROM transition WHERE seq > ? AND seq <= ? ORDER BY seq LIMIT ?
            """)
        statement.bind(1, seq)
        statement.bind(2, end)
        statement.bind(3, Int64(page))
        defer { statement.reset() }
        while try statement.step() {
            let number = try statement.required(statement.integer, 0)
            // A damaged tree hands its rows over in any order, the same ones for ever if asked to go on from them.
            guard number > seq else {
                verification.add(.chain, "transition \(number) lies behind transition \(seq)", seq: number)
                return false
            }
            read += 1
            try visit(db, number, statement, &verification, body)
        }
        return read == page
    }

    private mutating func visit(
        _ db: Database, _ number: Int64, _ row: RawStatement, _ verification: inout Verification,
        _ body: (ChainRow, NamedParts.Run, inout Verification) throws -> Void
    ) throws {
        let before = verification.firstBadSeq
        if number != seq + 1, try !skipPruned(db, before: number) {
            let missing = number == seq + 2 ? "transition \(seq + 1) is" : "transitions \(seq + 1) to \(number - 1) are"
            verification.add(.chain, "\(missing) missing", seq: seq + 1)
        }
        // A hash that is none at all is not the right one either.
        let stored = (try? row.blob(ChainRow.columnCount + 4)) ?? Data()
        do {
            if let (content, run) = try content(db, row) {
                if content.hash(after: hash) != stored {
                    verification.add(.chain, "the row, or what it names, is not what was written", seq: number)
                }
                let model = try row.required(row.integer, ChainRow.columnCount + 1)
                if model != run.model {
                    verification.add(.chain, "it names another model than its run does", seq: number)
                }
                follow(content, run: run.row, model: model, &verification)
                try body(content, run, &verification)
            } else {
                verification.add(.chain, "the run or the engine that it names is missing", seq: number)
            }
        } catch let error as DatabaseError where error.resultCode == .SQLITE_CORRUPT {
            verification.add(.chain, error.message ?? "the row cannot be read", seq: number)
        }
        if before == nil, verification.firstBadSeq == nil { verification.lastGoodSeq = number }
        // The rows behind a bad one are judged by themselves.
        hash = stored
        seq = number
        count += 1
    }

    /// Goes on behind rows that were removed for their age.
    /// - Returns: false where they are missing for another reason.
    private mutating func skipPruned(_ db: Database, before number: Int64) throws -> Bool {
        guard
            let anchor = try Row.fetchOne(
                db, sql: "SELECT hash FROM prune_anchor WHERE first_seq = ? AND last_seq = ?",
                arguments: [seq + 1, number - 1])
        else { return false }
        count += number - 1 - seq
        pruned += number - 1 - seq
        hash = try anchor.checked["hash"]
        return true
    }

    private mutating func content(_ db: Database, _ row: RawStatement) throws -> (ChainRow, NamedParts.Run)? {
        let id = try row.required(row.integer, ChainRow.columnCount)
        let engineRow = try row.required(row.integer, ChainRow.columnCount + 2)
        guard let run = try parts.run(db, id), let engine = try parts.engine(db, engineRow) else { return nil }
        var content = try ChainRow(statement: row)
        content.run = run.hash
        content.engine = engine
        content.warmups = try ChainedParts.warmups(
            db, run: id, count: row.required(row.integer, ChainRow.columnCount + 3))
        warmups += Int64(content.warmups.count)
        return (content, run)
    }

    private mutating func follow(
        _ row: ChainRow, run: Int64, model: Int64, _ verification: inout Verification
    ) {
        let last = places[model]
        let from = last?.state ?? ModelState.uninitialized.rawValue
        // The first run that is left of a model may follow on one that was pruned.
        let mayFollowPruned = last == nil && pruned > 0 && row.from == ModelState.error.rawValue
        let isAfterGap = row.afterGap != 0
        if row.from != from, !mayFollowPruned, !isAfterGap {
            verification.add(.path, "leaves \(row.from), but the model was in \(from)", seq: row.seq)
        }
        let isLegal =
            if let from = ModelState(rawValue: row.from), let to = ModelState(rawValue: row.to),
                let trigger = Trigger(rawValue: row.trigger)
            { LifecycleTable.isLegal(from: from, trigger: trigger, to: to) } else { false }
        if !isLegal {
            verification.add(.path, "no legal move: \(row.from) by \(row.trigger) to \(row.to)", seq: row.seq)
        }
        let begins = row.to == ModelState.loading.rawValue
        let isNext =
            begins
            ? row.ordinal == 1 : isAfterGap || last.map { $0.run == run && $0.ordinal + 1 == row.ordinal } ?? false
        if !isNext { verification.add(.path, "the run has a gap before its row \(row.ordinal)", seq: row.seq) }
        places[model] = Place(state: row.to, run: run, ordinal: row.ordinal)
    }
}
