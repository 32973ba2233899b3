#if canImport(Darwin)
    /// What macOS tells about other processes needs rights that an engine does not have. Nothing is guessed.
    enum HostMemory {
        struct Resident: Sendable, Hashable {
            var now: Int64
            var peak: Int64
        }

        static func resident(of pid: Int32) -> Resident? { nil }
        static func available() -> Int64? { nil }
        static func total() -> Int64? { nil }
        static func kills() -> Int? { nil }
    }
#endif
