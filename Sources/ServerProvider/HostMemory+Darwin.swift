#if canImport(Darwin)
    /// macOS has no control groups; what it tells about other processes needs rights that an engine does
    /// not have. Nothing is guessed.
    enum HostMemory {
        static func residentPeak(of pid: Int32) -> Int64? { nil }
        static func available() -> Int64? { nil }
        static let knowsChildren = false
        static func onlyChild(of pid: Int32) -> Int32? { nil }
        static func killCount(ofGroupOf pid: Int32) -> OOMKillCount? { nil }
        static func killCount(at path: String) -> OOMKillCount? { nil }
    }
#endif
