import GRDB
import JournalReports
import LifecycleJournal
import ModelLifecycle

/// Goes through the transitions in their order: those of each model are one legal path, and what is stored of runs and
/// blocks follows from them.
///
/// A row that cannot be read is passed over: the walk along the chain reads every column, and has said so.
struct HistoryWalk {
    private struct Place {
        var state: Recorded<ModelState>
        var run: Int64
        var ordinal: Int64
    }

    private(set) var derived = DerivedCheck()
    private(set) var seq: Int64 = 0
    private var places: [Int64: Place] = [:]
    private var providers = RunProviders()
    private var legal = LegalMoves()
    private var hasGaps = false

    /// Goes on by one page.
    /// - Parameter end: the last transition that counts.
    /// - Returns: false once the end is reached, or where rows come in no order.
    mutating func step(
        _ db: Database, to end: Int64, page: Int, _ verification: inout Verification
    ) throws -> Bool {
        var read = 0
        let statement = try RawStatement(
            db,
            """
            SELECT \(WalkedRow.columns) FROM transition WHERE seq > ? AND seq <= ? ORDER BY seq LIMIT ?
            """)
        statement.bind(1, seq)
        statement.bind(2, end)
        statement.bind(3, Int64(page))
        defer { statement.reset() }
        while try statement.step() {
            let number = try statement.required(statement.integer, 0)
            guard number > seq else { return false }
            read += 1
            if number != seq + 1 { hasGaps = true }
            seq = number
            let row: WalkedRow
            do { row = try WalkedRow(statement: statement) } catch let error as DatabaseError
                where error.resultCode == .SQLITE_CORRUPT
            { continue }
            try visit(db, row, &verification)
        }
        return read == page
    }

    private mutating func visit(_ db: Database, _ row: WalkedRow, _ verification: inout Verification) throws {
        // A run that is missing is the chain's matter.
        guard let run = try providers.run(db, row.run) else { return }
        if row.model != run.model {
            verification.add(.chain, "it names another model than its run does", seq: row.seq)
        }
        follow(row, &verification)
        try derived.add(db, row, run, &verification)
    }

    private mutating func follow(_ row: WalkedRow, _ verification: inout Verification) {
        let last = places[row.model]
        let from = last?.state ?? .known(.uninitialized)
        // The first run that is left of a model may follow on one that was pruned.
        let mayFollowPruned = last == nil && hasGaps && row.from == .error
        if row.from != from, !mayFollowPruned, !row.isAfterGap {
            verification.add(.path, "leaves \(row.from), but the model was in \(from)", seq: row.seq)
        }
        if !legal.contains(row.from, row.trigger, row.to) {
            verification.add(.path, "no legal move: \(row.from) by \(row.trigger) to \(row.to)", seq: row.seq)
        }
        let begins = row.to == .loading
        let isNext =
            begins
            ? row.ordinal == 1
            : row.isAfterGap || last.map { $0.run == row.run && $0.ordinal + 1 == row.ordinal } ?? false
        if !isNext { verification.add(.path, "the run has a gap before its row \(row.ordinal)", seq: row.seq) }
        places[row.model] = Place(state: row.to, run: row.run, ordinal: row.ordinal)
    }

    /// - Parameter end: the last transition that counts.
    mutating func finish(_ db: Database, _ end: Int64, _ verification: inout Verification) throws {
        try derived.finish(db, end, &verification)
    }
}

/// A transition, as far as paths and summaries go.
struct WalkedRow {
    var seq: Int64
    var run: Int64
    var model: Int64
    var ordinal: Int64
    var at: Int64
    var from: Recorded<ModelState>
    var to: Recorded<ModelState>
    var trigger: Recorded<Trigger>
    var reason: String?
    var elapsed: Int64?
    var queue: Int64?
    var digest: Int64?
    var spawn: Int64?
    var version: String?
    var isAfterGap: Bool

    static let columns = """
        seq, run, model_id, ordinal, at_us, from_state, to_state, trigger, reason, elapsed_us, queue_us, digest_us,
        spawn_us, version, after_gap
        """

    init(statement: RawStatement) throws {
        seq = try statement.required(statement.integer, 0)
        run = try statement.required(statement.integer, 1)
        model = try statement.required(statement.integer, 2)
        ordinal = try statement.required(statement.integer, 3)
        at = try statement.required(statement.integer, 4)
        from = Recorded(try statement.required(statement.text, 5))
        to = Recorded(try statement.required(statement.text, 6))
        trigger = Recorded(try statement.required(statement.text, 7))
        reason = try statement.text(8)
        elapsed = try statement.integer(9)
        queue = try statement.integer(10)
        digest = try statement.integer(11)
        spawn = try statement.integer(12)
        version = try statement.text(13)
        isAfterGap = try statement.required(statement.integer, 14) != 0
    }
}

/// What a walk knows of runs besides their transitions.
struct WalkedRun {
    var row: Int64
    var model: Int64
    var provider: String
}

/// Reads the rows of runs, mostly one after the other.
private struct RunProviders {
    private var runs: [Int64: WalkedRun] = [:]
    private static let limit = 10_000

    /// - Returns: nil where there is no such run.
    mutating func run(_ db: Database, _ row: Int64) throws -> WalkedRun? {
        if let run = runs[row] { return run }
        let statement = try RawStatement(db, "SELECT model_id, provider FROM run WHERE id = ?")
        statement.bind(1, row)
        defer { statement.reset() }
        guard try statement.step() else { return nil }
        let run = WalkedRun(
            row: row, model: try statement.required(statement.integer, 0),
            provider: try statement.required(statement.text, 1))
        if runs.count >= Self.limit { runs.removeAll(keepingCapacity: true) }
        runs[row] = run
        return run
    }
}

/// The legal moves by their names, those first that come often.
private struct LegalMoves {
    private var seen: [(from: Recorded<ModelState>, trigger: Recorded<Trigger>, to: Recorded<ModelState>)] = []

    mutating func contains(
        _ from: Recorded<ModelState>, _ trigger: Recorded<Trigger>, _ to: Recorded<ModelState>
    ) -> Bool {
        if seen.contains(where: { $0.trigger == trigger && $0.from == from && $0.to == to }) { return true }
        guard let fromState = from.known, let toState = to.known, let known = trigger.known,
            LifecycleTable.isLegal(from: fromState, trigger: known, to: toState)
        else { return false }
        seen.append((from, trigger, to))
        return true
    }
}
