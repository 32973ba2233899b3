#if canImport(Darwin)
    import ModelLifecycle

    /// What macOS tells about other processes needs rights that an engine does not have. Nothing is guessed.
    enum ListeningSockets {
        static func addresses(of processes: [Int32]) -> [String] { [] }
        static func endpoints(of processes: [Int32]) -> [Endpoint] { [] }
        static func holder(of probe: ProbeTarget, unless own: [Int32]) -> FailureEvidence.ProcessName? { nil }
        static func owner(of host: String, port: Int, server: [Int32], helpers: [Int32]) -> PortOwner { .unknown }
        static func owner(ofSocket path: String, server: [Int32], helpers: [Int32]) -> PortOwner { .unknown }
    }
#endif
