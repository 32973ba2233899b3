import ModelLifecycle

/// What a server answered when it was asked whether it is ready.
struct ProbeAnswer: Sendable, Hashable {
    var isReady: Bool
    /// One line for people, without a time in it: the same answer twice reads the same.
    var summary: String
    /// Part of the answer's body, so that a change is seen that the summary does not show.
    var body: [UInt8] = []
}

/// Asks a server whether it is ready. Never throws: whatever goes wrong is an answer too.
protocol Prober: Sendable {
    func ask() async -> ProbeAnswer
}
