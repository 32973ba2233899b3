import ModelLifecycle

/// What is known of a server's processes and their memory at one moment.
struct TreeFacts: Sendable {
    var oomKill: FailureEvidence.OOMKill?
    /// Those that are recent enough to matter now.
    var kills: TreeHistory.Kills
    var totalKills: Int?
    var residentPeak: Int64?
    var treePeak: Int64?
    var limit: MemoryGroup.Limit?
    var serverPID: Int32?
    /// What the host had left at the worst moment of the last seconds, in bytes.
    var leastAvailable: Int64?
    /// What the limit of processor time has to do with it.
    var processorTime: ProcessorTime?
    /// A process of the server that a signal had ended shortly before.
    var earlierEnd: EndedProcess?

    init(
        history: TreeHistory, since start: ContinuousClock.Instant, limit: MemoryGroup.Limit?, serverPID: Int32?,
        leastAvailable: Int64?, end: ServerProcess.End?
    ) {
        kills = history.kills(since: start)
        totalKills = history.totalKills
        residentPeak = history.residentPeak
        treePeak = history.treePeak
        self.limit = limit
        self.serverPID = serverPID
        self.leastAvailable = leastAvailable
        earlierEnd = history.lastKill(since: start)
        oomKill = Self.verdict(kills, isReadable: history.totalKills != nil, serverPID: serverPID, end: end)
        // It may have moved to another group just before.
        let isRecent = history.knowsHostKill(since: max(start, .now - .seconds(10)))
        if oomKill == .notSeen, end == .signaled(9) || end == .exited(137), isRecent { oomKill = .suspected }
    }

    private static func verdict(
        _ kills: TreeHistory.Kills, isReadable: Bool, serverPID: Int32?, end: ServerProcess.End?
    ) -> FailureEvidence.OOMKill? {
        // Nothing tells who sent the signal.
        guard isReadable else { return end == .signaled(9) ? .suspected : nil }
        guard kills.count > 0 else { return end == nil ? nil : .notSeen }
        if end == .signaled(9), serverPID == nil { return .confirmed }
        return kills.processes.isEmpty ? .suspected : .confirmed
    }

    func add(to evidence: inout FailureEvidence) {
        evidence.oomKill = oomKill
        evidence.memoryKills = totalKills
        let killed = kills.processes.map(\.process.pid)
        evidence.killedProcessIDs = killed.isEmpty ? nil : killed
        evidence.rssPeakBytes = residentPeak
        evidence.treePeakBytes = treePeak
        evidence.memoryLimitBytes = limit?.limit
        evidence.memoryGroupPeakBytes = limit?.peak
        evidence.memoryAvailableBytes = HostMemory.available()
    }
}

extension ServerProcess.End {
    /// As `waitpid` would say it.
    var waitStatus: Int32 {
        switch self {
        case .exited(let code): code << 8
        case .signaled(let signal): signal
        }
    }
}
