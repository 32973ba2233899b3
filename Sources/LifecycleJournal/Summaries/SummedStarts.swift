package import GRDB

/// All runs of some groups, added up: from blocks where these lie wholly in the window, else from the runs.
package struct SummedStarts {
    /// Which runs count.
    package struct Window {
        /// In microseconds since 1970: those that began from the first on, and before the second.
        package var since: Int64?
        package var until: Int64?
        /// nil for all.
        package var groups: ((StartGroup) -> Bool)?

        package init(since: Int64? = nil, until: Int64? = nil, groups: ((StartGroup) -> Bool)? = nil) {
            self.since = since
            self.until = until
            self.groups = groups
        }

        package func holds(_ startedAt: Int64) -> Bool {
            startedAt >= since ?? .min && startedAt < until ?? .max
        }

        fileprivate func wants(_ group: StartGroup, _ chosen: Set<StartGroup>?) -> Bool {
            chosen?.contains(group) ?? groups?(group) ?? true
        }

        fileprivate func isApart(from began: ClosedRange<Int64>) -> Bool {
            began.upperBound < since ?? .min || began.lowerBound >= until ?? .max
        }
    }

    package private(set) var parts: [StartGroup: [StartSums]] = [:]
    private let store: BlockStore
    private let window: Window
    /// The journal's last transition.
    private let end: Int64

    package init(_ db: Database, _ window: Window, layout: BlockLayout = .journal) throws {
        store = BlockStore(db: db)
        self.window = window
        end = try Int64.fetchOne(db, sql: "SELECT seq FROM chain_head") ?? 0
        var block = Block(level: layout.top, number: 0, layout: layout)
        while block.bounds.after < end {
            try add(block, only: nil)
            block.number += 1
        }
    }

    /// - Parameter groups: only these; nil for all that the window wants.
    private mutating func add(_ block: Block, only groups: Set<StartGroup>?) throws {
        guard block.bounds.after < end else { return }
        guard block.bounds.upTo <= end, try store.isStored(block) else {
            if block.level == 0 { return try addRuns(of: block, only: groups) }
            for child in block.children { try add(child, only: groups) }
            return
        }
        var crossing: Set<StartGroup> = []
        var whole: [(StartGroup, StartSums)] = []
        let window = window
        try store.sums(block) { group, began in
            guard window.wants(group, groups) else { return false }
            let isWhole = window.holds(began.lowerBound) && window.holds(began.upperBound)
            if !isWhole, !window.isApart(from: began) { crossing.insert(group) }
            return isWhole
        } _: {
            whole.append(($0, $1))
        }
        for (group, sums) in whole { parts[group, default: []].append(sums) }
        guard !crossing.isEmpty else { return }
        if block.level == 0 { return try addRuns(of: block, only: crossing) }
        for child in block.children { try add(child, only: crossing) }
    }

    private mutating func addRuns(of block: Block, only groups: Set<StartGroup>?) throws {
        var tallies: [StartGroup: StartTally] = [:]
        try store.endedRuns(after: block.bounds.after, upTo: min(block.bounds.upTo, end)) { group, run in
            guard window.wants(group, groups), window.holds(run.startedAt) else { return }
            try tallies[group, default: StartTally()].add(run)
        }
        add(tallies)
    }

    /// Runs that no transition has ended.
    package mutating func add(_ tallies: [StartGroup: StartTally]) {
        for (group, tally) in tallies {
            var tally = tally
            parts[group, default: []] += tally.finished()
        }
    }
}
