/// What was found at the scene of a failure. Each part may be unknown; nothing here is guessed.
public struct FailureEvidence: Sendable, Hashable {
    /// Whether the kernel killed the model's process for memory.
    public enum OOMKill: String, Sendable, Hashable, Codable {
        /// The control group's count of such kills went up as the process was killed.
        case confirmed
        /// The process was killed by SIGKILL, not by us, and nothing tells by whom.
        case suspected
        /// The process ended in another way, or the count did not go up.
        case notSeen = "none"
    }

    /// nil where the process still ran, or there was none.
    public var oomKill: OOMKill?
    /// The most that the model's process was seen to have in memory, in bytes.
    public var rssPeakBytes: Int64?
    /// What the host still had to give, in bytes.
    public var memoryAvailableBytes: Int64?
    /// The last answer to a probe, or how far a warm-up request got, in one line.
    public var lastProbe: String?
    /// How much of the output is missing in the middle of the output tail.
    public var droppedOutputBytes: Int?

    /// Evidence of which each part may be unknown.
    public init(
        oomKill: OOMKill? = nil, rssPeakBytes: Int64? = nil, memoryAvailableBytes: Int64? = nil,
        lastProbe: String? = nil, droppedOutputBytes: Int? = nil
    ) {
        self.oomKill = oomKill
        self.rssPeakBytes = rssPeakBytes
        self.memoryAvailableBytes = memoryAvailableBytes
        self.lastProbe = lastProbe
        self.droppedOutputBytes = droppedOutputBytes
    }
}
