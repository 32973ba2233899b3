/// What was found at the scene of a failure. Each part may be unknown; nothing here is guessed.
public struct FailureEvidence: Sendable, Hashable {
    /// Whether the kernel killed a process of the model for memory.
    public enum OOMKill: String, Sendable, Hashable, Codable {
        /// The control group's count of such kills went up as a process of the model was killed.
        case confirmed
        /// A process was killed by SIGKILL, not by us, and nothing tells by whom.
        case suspected
        /// The process ended in another way, or the count did not go up.
        case notSeen = "none"
    }

    // MARK: Memory

    /// nil where the process still ran, or there was none.
    public var oomKill: OOMKill?
    /// How many processes the kernel killed for memory in the model's control group during the run.
    public var memoryKills: Int?
    /// The processes of the model that were killed with SIGKILL while that count went up.
    public var killedProcessIDs: [Int32]?
    /// The most that one process of the model was seen to have in memory, in bytes.
    public var rssPeakBytes: Int64?
    /// The most that all processes of the model were seen to have in memory at once, in bytes.
    public var treePeakBytes: Int64?
    /// The memory limit of the model's control group, in bytes; nil where it has none or it cannot be read.
    public var memoryLimitBytes: Int64?
    /// The most that the control group has had in memory, in bytes, as the kernel counted.
    public var memoryGroupPeakBytes: Int64?
    /// What the host still had to give, in bytes.
    public var memoryAvailableBytes: Int64?

    // MARK: Probes

    /// The last answer to a probe, or how far a warm-up request got, in one line.
    public var lastProbe: String?
    /// The address that was probed.
    public var probeTarget: String?
    /// The HTTP status of the last answer; nil where there was none.
    public var probeStatus: Int?
    /// How many probes in a row got that same answer.
    public var probeRepeats: Int?
    /// Where the last answer, a redirect, leads.
    public var probeLocation: String?
    /// The body of the answer to a failed warm-up request; at most 16 KiB of it are stored.
    public var answer: String?
    /// The addresses on which the processes of the model listen, as `127.0.0.1:8080` or `[::1]:8080`.
    public var listeningAddresses: [String]?
    /// Another process that listens on the probed port.
    public var portHolder: ProcessName?

    // MARK: Output

    /// How much of the output is missing in the middle of the output tail.
    public var droppedOutputBytes: Int?
    /// How many lines at the end of the output tail were written after the model was READY; nil if it never was.
    public var outputLinesSinceReady: Int?

    // MARK: Model

    /// What the header of the model's file says.
    package var modelFile: ModelFileHeader?

    // MARK: Stop

    /// True if the model's process did not end within the stop timeout and was killed.
    public var killedAfterStopTimeout: Bool?

    /// A process, as people name it.
    public struct ProcessName: Sendable, Hashable {
        /// Its process ID.
        public var pid: Int32
        /// Its program, without a path.
        public var program: String

        /// - Parameters:
        ///   - pid: its process ID.
        ///   - program: its program, without a path.
        public init(pid: Int32, program: String) {
            self.pid = pid
            self.program = program
        }
    }

    /// Evidence of which each part may be unknown; what is not named here is set afterwards.
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
