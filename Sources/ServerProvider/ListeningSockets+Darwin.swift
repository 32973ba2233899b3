#if canImport(Darwin)
    import ModelLifecycle

    /// What macOS tells about other processes needs rights that an engine does not have. Nothing is guessed.
    enum ListeningSockets {
        static func addresses(of processes: [Int32]) -> [String] { [] }
        static func holder(of probe: ProbeTarget, unless own: [Int32]) -> FailureEvidence.ProcessName? { nil }
    }
#endif
