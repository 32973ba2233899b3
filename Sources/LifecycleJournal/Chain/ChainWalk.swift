import Crypto
package import Foundation
package import GRDB

/// Follows the chain from the journal's first transition to its last: each row has the hash that its content, all that
/// it names and the row before it give.
package struct ChainWalk {
    /// The hash that the next row has to build on.
    package private(set) var hash: [UInt8]
    package private(set) var seq: Int64 = 0
    /// Rows so far, those that were pruned included.
    package private(set) var count: Int64 = 0
    /// How many of them were pruned.
    package private(set) var pruned: Int64 = 0
    /// Warm-up requests that came with them.
    package private(set) var warmups: Int64 = 0
    private var parts = NamedParts()
    private var row = ChainHash("transition")

    /// - Parameter beginning: the hash before the first transition.
    package init(beginning: Data) { hash = [UInt8](beginning) }

    /// In the middle of the chain.
    package init(at seq: Int64, hash: Data) {
        self.seq = seq
        self.hash = [UInt8](hash)
    }

    /// Goes on by one page.
    /// - Parameter end: the last transition that counts; later ones may still be coming.
    /// - Returns: false once the end is reached.
    package mutating func step(
        _ db: Database, to end: Int64, page: Int, _ verification: inout Verification
    ) throws -> Bool {
        var read = 0
        let statement = try RawStatement(
            db,
            """
            SELECT \(TransitionColumn.names()), run, engine_id, warmups, hash
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
            try visit(db, number, statement, &verification)
        }
        return read == page
    }

    private static let runColumn = TransitionColumn.all.count
    private static let engineColumn = TransitionColumn.all.count + 1
    private static let warmupsColumn = TransitionColumn.all.count + 2
    private static let hashColumn = TransitionColumn.all.count + 3

    private mutating func visit(
        _ db: Database, _ number: Int64, _ statement: RawStatement, _ verification: inout Verification
    ) throws {
        if number != seq + 1, try !skipPruned(db, before: number) {
            let missing = number == seq + 2 ? "transition \(seq + 1) is" : "transitions \(seq + 1) to \(number - 1) are"
            verification.add(.chain, "\(missing) missing", seq: seq + 1)
        }
        do {
            if try !isWhatWasWritten(db, statement) {
                verification.add(.chain, "the row, or what it names, is not what was written", seq: number)
            }
        } catch let error as DatabaseError where error.resultCode == .SQLITE_CORRUPT {
            verification.add(.chain, error.message ?? "the row cannot be read", seq: number)
        }
        // The rows behind a bad one are judged by themselves. A hash that is none at all is not the right one either.
        hash = (try? statement.bytes(Self.hashColumn)) ?? []
        seq = number
        count += 1
    }

    private mutating func isWhatWasWritten(_ db: Database, _ statement: RawStatement) throws -> Bool {
        let id = try statement.required(statement.integer, Self.runColumn)
        guard let run = try parts.run(db, id),
            let engine = try parts.engine(db, statement.required(statement.integer, Self.engineColumn))
        else {
            throw DatabaseError(
                resultCode: .SQLITE_CORRUPT, message: "the run or the engine that it names is missing")
        }
        let requests = try ChainedParts.warmups(
            db, run: id, count: statement.required(statement.integer, Self.warmupsColumn))
        warmups += Int64(requests.count)
        try ChainRow.hash(&row, after: hash, statement, run: run, engine: engine, requests)
        return row.digest.withUnsafeBytes { statement.equals(Self.hashColumn, $0) }
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
        hash = [UInt8](try anchor.checked["hash"] as Data)
        return true
    }
}
