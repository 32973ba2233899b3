package import GRDB

/// Where in a journal a time lies, as far as its blocks tell. Clocks jump, so what lies between the bounds may be from
/// another time, but nothing from this one lies outside.
package struct BlockTimes {
    /// Transitions behind this one, and no others, may be of the time or later.
    package private(set) var after: Int64 = 0
    /// Transitions up to this one, and no others, may be from before the end; nil for all.
    package private(set) var upTo: Int64?
    /// The same of runs, by their numbers.
    package private(set) var afterRun: Int64 = 0
    package private(set) var upToRun: Int64?

    /// - Parameters:
    ///   - since: microseconds since 1970; nil for no limit.
    ///   - until: the first that is too late.
    package init(_ db: Database, since: Int64?, until: Int64?, layout: BlockLayout = .journal) throws {
        guard since != nil || until != nil else { return }
        let end = try Int64.fetchOne(db, sql: "SELECT seq FROM chain_head") ?? 0
        let statement = try RawStatement(
            db, "SELECT number, first_us, last_us, last_run FROM block WHERE level = 0 ORDER BY number")
        defer { statement.reset() }
        var window = TimeWindow(since: since, until: until)
        var number: Int64 = 0
        // Behind a block that is missing anything may lie.
        while try statement.step(), try statement.integer(0) == number {
            let bounds = layout.leaf(number).bounds
            try window.add(
                upTo: bounds.upTo, first: statement.integer(1), last: statement.integer(2),
                lastRun: statement.integer(3))
            number += 1
        }
        let rest = layout.leaf(number).bounds.after
        if rest < end, end - rest <= Self.readable, let extent = try BlockStore(db: db).extent(after: rest, upTo: end) {
            window.add(upTo: end, first: extent.first, last: extent.last, lastRun: extent.lastRun)
        } else if rest < end {
            window.addUnknown()
        }
        (after, upTo, afterRun, upToRun) = (window.after, window.upTo, window.afterRun, window.upToRun)
    }

    /// So many transitions that are in no block yet are quickly looked through.
    private static let readable: Int64 = 1 << 16
}

/// The bounds, as one range of transitions after the other is looked at.
private struct TimeWindow {
    let since: Int64?
    let until: Int64?
    var after: Int64 = 0
    var afterRun: Int64 = 0
    var upTo: Int64?
    var upToRun: Int64?
    private var isBefore: Bool
    private var lastRun: Int64 = 0

    init(since: Int64?, until: Int64?) {
        (self.since, self.until) = (since, until)
        isBefore = since != nil
        if until != nil { (upTo, upToRun) = (0, 0) }
    }

    /// - Parameters:
    ///   - end: the last transition of the range.
    ///   - first: the earliest time in it; nil where nothing is left of it.
    mutating func add(upTo end: Int64, first: Int64?, last: Int64?, lastRun run: Int64?) {
        lastRun = max(lastRun, run ?? 0)
        if isBefore, let since, last ?? .min < since {
            (after, afterRun) = (end, lastRun)
        } else {
            isBefore = false
        }
        if let until, first ?? .max < until { (upTo, upToRun) = (end, lastRun) }
    }

    mutating func addUnknown() { (upTo, upToRun) = (nil, nil) }
}
