/// A range of transitions whose sums are kept: the whole journal is a tree of them.
package struct Block: Sendable, Hashable {
    package var level: Int
    package var number: Int64
    package var layout: BlockLayout

    package init(level: Int, number: Int64, layout: BlockLayout) {
        self.level = level
        self.number = number
        self.layout = layout
    }

    /// The transitions in it: those behind the first number, up to the second one.
    package var bounds: (after: Int64, upTo: Int64) {
        (number << layout.bits(level), (number + 1) << layout.bits(level))
    }

    /// Empty at the lowest level.
    var children: [Block] {
        guard level > 0 else { return [] }
        let first = number << layout.fanOutBits
        return (first..<first + 1 << layout.fanOutBits).map { Block(level: level - 1, number: $0, layout: layout) }
    }

    var parent: Block? {
        guard level < layout.top else { return nil }
        return Block(level: level + 1, number: number >> layout.fanOutBits, layout: layout)
    }
}

/// How many transitions make a block, and how many blocks one of the next level; as powers of two.
package struct BlockLayout: Sendable, Hashable {
    var leafBits = 11
    var fanOutBits = 4
    /// The highest level. Of the blocks there may be many: they are few even of a billion transitions.
    package var top = 3

    /// As the schema has it.
    package static let journal = BlockLayout()

    package func bits(_ level: Int) -> Int { leafBits + fanOutBits * level }

    package func leaf(_ number: Int64) -> Block { Block(level: 0, number: number, layout: self) }
}
