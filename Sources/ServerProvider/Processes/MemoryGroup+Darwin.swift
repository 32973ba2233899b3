#if canImport(Darwin)
    /// macOS has no control groups.
    struct MemoryGroup: Sendable, Hashable {
        struct Limit: Sendable, Hashable {
            var limit: Int64
            var peak: Int64?
        }

        var kills: Int? { nil }
        var limit: Limit? { nil }
        func counts(killsIn other: MemoryGroup) -> Bool { false }
        func hasMembers(otherThan known: Set<Int32>) -> Bool { true }
        static func of(_ pid: Int32) -> MemoryGroup? { nil }
    }
#endif
