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
    private var places: [Int64: Place] = [:]
    /// Hashes of what many rows name.
    private var runs: [Int64: (hash: Data, model: Int64)] = [:]
    private var engines: [Int64: Data] = [:]

    /// - Parameter beginning: the hash before the first transition.
    init(beginning: Data) { hash = beginning }

    /// In the middle of the chain: only its hashes are followed from there, as nobody knows the models' states.
    init(at seq: Int64, hash: Data) {
        self.seq = seq
        self.hash = hash
    }

    /// Goes on by one page.
    /// - Parameter end: the last transition that counts; later ones may still be coming.
    /// - Returns: false once the end is reached.
    mutating func step(
        _ db: Database, to end: Int64, page: Int, _ verification: inout Verification
    ) throws -> Bool {
        var read = 0
        let rows = try Row.fetchCursor(
            db.cachedStatement(sql: "SELECT * FROM transition WHERE seq > ? AND seq <= ? ORDER BY seq LIMIT ?"),
            arguments: [seq, end, page])
        while let row = try rows.next() {
            let number: Int64 = try row.checked["seq"]
            // A damaged tree hands its rows over in any order, the same ones for ever if asked to go on from them.
            guard number > seq else {
                verification.add(.chain, "transition \(number) lies behind transition \(seq)", seq: number)
                return false
            }
            read += 1
            try visit(db, row.checked, &verification)
        }
        // A page's worth at most: a run has few rows, and they stand close together.
        if runs.count > 10_000 { runs = [:] }
        return read == page
    }

    private mutating func visit(_ db: Database, _ row: CheckedRow, _ verification: inout Verification) throws {
        let number: Int64 = try row["seq"]
        let before = verification.firstBadSeq
        if number != seq + 1, try !skipPruned(db, before: number) {
            let missing = number == seq + 2 ? "transition \(seq + 1) is" : "transitions \(seq + 1) to \(number - 1) are"
            verification.add(.chain, "\(missing) missing", seq: seq + 1)
        }
        // A hash that is none at all is not the right one either.
        let stored = (try? row["hash"] as Data) ?? Data()
        do {
            let run: Int64 = try row["run"]
            let content = try content(db, row, run: run)
            if let content {
                if content.hash(after: hash) != stored {
                    verification.add(.chain, "the row, or what it names, is not what was written", seq: number)
                }
                let model: Int64 = try row["model_id"]
                if model != runs[run]?.model {
                    verification.add(.chain, "it names another model than its run does", seq: number)
                }
                follow(content, run: run, model: model, &verification)
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

    private mutating func content(_ db: Database, _ row: CheckedRow, run: Int64) throws -> ChainRow? {
        let engine: Int64 = try row["engine_id"]
        if runs[run] == nil { runs[run] = try ChainedParts.runAndModel(db, run) }
        if engines[engine] == nil { engines[engine] = try ChainedParts.engine(db, engine) }
        guard let runHash = runs[run]?.hash, let engineHash = engines[engine] else { return nil }
        let warmups = try ChainedParts.warmups(db, run: run, count: try row["warmups"])
        return try ChainRow(row: row, run: runHash, engine: engineHash, warmups: warmups)
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
