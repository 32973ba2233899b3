#if canImport(Darwin)
    import Darwin

    /// What macOS tells about other processes needs rights that an engine does not have. Nothing is guessed.
    enum ProcessTree {
        static var ownPID: Int32 { getpid() }
        static func members(ofLifeline pid: Int32) -> [Int32] { [] }
        static func processes(ofLifeline pid: Int32) -> [SeenProcess] { [] }
        static func process(_ pid: Int32) -> SeenProcess? { nil }
    }
#endif
