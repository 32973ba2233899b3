/// A process of a server that has ended.
struct EndedProcess: Sendable, Hashable {
    var process: SeenProcess
    /// When that was noticed.
    var at: ContinuousClock.Instant
    /// How it ended, as `waitpid` would say; nil if that cannot be known.
    var waitStatus: Int32?
    /// The server's own process was there when this one had gone.
    var isBeforeServer = true

    /// The signal that ended it; nil if none did, or it cannot be known.
    var signal: Int32? { waitStatus.flatMap { $0 & 0x7F == 0 ? nil : $0 & 0x7F } }
}

/// What was seen of a server's processes, as far as it can still explain an end. A value: what is read is handed in.
struct TreeHistory: Sendable {
    /// The count goes up before the process is gone, and one that had much memory takes its time to go. Which of the
    /// two is noticed first is a matter of chance.
    private static let before = Duration.seconds(2), after = Duration.seconds(10)
    private static let limit = 256

    private var kills: [(at: ContinuousClock.Instant, count: Int)] = []
    private var ends: [EndedProcess] = []
    /// How often the kernel has killed for memory in the server's control groups since the server was started; nil
    /// if none of them could be read.
    private(set) var totalKills: Int?
    /// How often the kernel has killed for memory on the whole host, and when that was noticed.
    private var hostKills: [ContinuousClock.Instant] = []
    /// Processes of others are in the same control groups: a kill there may be one of theirs.
    var isShared = true
    /// The largest process, and the sum of all of them at one moment.
    private(set) var residentPeak: Int64?
    private(set) var treePeak: Int64?

    mutating func couldCount() { totalKills = totalKills ?? 0 }

    mutating func add(kills count: Int, at instant: ContinuousClock.Instant) {
        totalKills = (totalKills ?? 0) + count
        kills.append((instant, count))
        if kills.count > Self.limit { kills.removeFirst() }
    }

    /// The kernel has killed for memory somewhere on the host: perhaps in a group that no look has found the server in.
    mutating func noteHostKill(at instant: ContinuousClock.Instant) {
        hostKills.append(instant)
        if hostKills.count > Self.limit { hostKills.removeFirst() }
    }

    func knowsHostKill(since start: ContinuousClock.Instant) -> Bool { hostKills.contains { $0 >= start } }

    mutating func add(_ end: EndedProcess) {
        ends.append(end)
        if ends.count > Self.limit { ends.removeFirst() }
    }

    mutating func add(_ resident: [HostMemory.Resident]) {
        guard let largest = resident.map(\.peak).max() else { return }
        residentPeak = max(residentPeak ?? 0, largest)
        treePeak = max(treePeak ?? 0, resident.reduce(0) { $0 + $1.now })
    }

    func knowsEnd(of pid: Int32) -> Bool { ends.contains { $0.process.pid == pid } }

    /// The last process that was killed, and not asked to end, while the server itself still ran.
    func lastKill(since start: ContinuousClock.Instant) -> EndedProcess? {
        ends.last { $0.at >= start && $0.signal != nil && $0.signal != 15 && $0.isBeforeServer }
    }

    /// What the kernel has killed for memory since a moment.
    struct Kills: Sendable, Hashable {
        var count = 0
        /// The processes of the server among them, as far as they are known.
        var processes: [EndedProcess] = []
    }

    func kills(since start: ContinuousClock.Instant) -> Kills {
        let relevant = kills.filter { $0.at >= start }
        let count = relevant.reduce(0) { $0 + $1.count }
        guard count > 0 else { return Kills() }
        let candidates = ends.filter { end in
            relevant.contains { end.at >= $0.at - Self.before && end.at <= $0.at + Self.after }
        }
        let known = candidates.filter { $0.signal == 9 }
        let possible = candidates.filter { $0.waitStatus == nil || $0.signal == 9 }
        // More processes have gone than were killed: which of them it was, is known only if each one's end is.
        return Kills(count: count, processes: isShared || possible.count > count ? known : possible)
    }
}
