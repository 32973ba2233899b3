package import GRDB

/// Adds up blocks: the lowest ones from their transitions, the others from the blocks that they are made of.
package struct BlockBuilder {
    private let store: BlockStore
    private let layout: BlockLayout

    package init(_ db: Database, layout: BlockLayout = .journal) {
        store = BlockStore(db: db)
        self.layout = layout
    }

    /// What is to be stored of a block whose transitions are all there.
    package func summary(_ block: Block) throws -> BlockSummary {
        guard block.level > 0 else {
            var tallies: [StartGroup: StartTally] = [:]
            let bounds = block.bounds
            try store.endedRuns(after: bounds.after, upTo: bounds.upTo) { group, run in
                try tallies[group, default: StartTally()].add(run)
            }
            return BlockSummary(
                extent: try store.extent(after: bounds.after, upTo: bounds.upTo),
                groups: try tallies.mapValues { tally in
                    var tally = tally
                    return try StartSums(merging: tally.finished())
                })
        }
        var parts: [StartGroup: [StartSums]] = [:]
        for child in block.children { try store.sums(child) { parts[$0, default: []].append($1) } }
        return BlockSummary(
            extent: try store.extent(ofChildren: block), groups: try parts.mapValues { try StartSums(merging: $0) })
    }

    /// Whether there is a block that is complete and not stored, behind the last one.
    var isDue: Bool { get throws { try store.next(layout, fillsGaps: false) != nil } }

    /// Stores the next block that is complete, with those above it that it completes.
    /// - Parameter fillsGaps: the first one that is missing, and not the one behind the last. Pruning leaves such gaps.
    /// - Returns: false where there is none.
    package func storeNext(fillsGaps: Bool = false) throws -> Bool {
        guard let number = try store.next(layout, fillsGaps: fillsGaps) else { return false }
        var block = layout.leaf(number)
        while true {
            try store.insert(block, try summary(block))
            guard let parent = block.parent, try parent.children.allSatisfy(store.isStored),
                try !store.isStored(parent)
            else { return true }
            block = parent
        }
    }

    /// Takes away the blocks that hold any of these transitions, which are about to be removed.
    package func remove(holding seqs: some Sequence<Int64>) throws {
        var blocks: Set<Block> = []
        for seq in seqs { blocks.insert(layout.leaf((seq - 1) >> layout.leafBits)) }
        while !blocks.isEmpty {
            for block in blocks { try store.remove(block) }
            blocks = Set(blocks.compactMap(\.parent))
        }
    }
}

extension BlockStore {
    fileprivate func next(_ layout: BlockLayout, fillsGaps: Bool) throws -> Int64? {
        let statement = try RawStatement(
            db, "SELECT (SELECT seq FROM chain_head), (SELECT max(number) FROM block WHERE level = 0)")
        defer { statement.reset() }
        guard try statement.step(), let end = try statement.integer(0) else { return nil }
        let number = try fillsGaps ? firstGap() : (statement.integer(1) ?? -1) + 1
        return layout.leaf(number).bounds.upTo <= end ? number : nil
    }

    private func firstGap() throws -> Int64 {
        let statement = try RawStatement(db, "SELECT number FROM block WHERE level = 0 ORDER BY number")
        defer { statement.reset() }
        var expected: Int64 = 0
        while try statement.step(), try statement.integer(0) == expected { expected += 1 }
        return expected
    }

    fileprivate func extent(ofChildren block: Block) throws -> BlockExtent? {
        let statement = try RawStatement(
            db,
            """
            SELECT min(first_us), max(last_us), max(last_run) FROM block
            WHERE level = ? AND number BETWEEN ? AND ?
            """)
        let children = block.children
        statement.bind(1, Int64(block.level - 1))
        statement.bind(2, children.first?.number)
        statement.bind(3, children.last?.number)
        defer { statement.reset() }
        guard try statement.step(), let first = try statement.integer(0) else { return nil }
        return BlockExtent(
            first: first, last: try statement.required(statement.integer, 1),
            lastRun: try statement.required(statement.integer, 2))
    }

    fileprivate func remove(_ block: Block) throws {
        for table in ["block", "start_summary"] {
            let statement = try RawStatement(db, "DELETE FROM \(table) WHERE level = ? AND number = ?")
            statement.bind(1, Int64(block.level))
            statement.bind(2, block.number)
            try statement.run()
        }
    }
}
