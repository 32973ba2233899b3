#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#endif

/// How much a server's processes have done so far: what tells a busy server from one that hangs, and a slow load from
/// one that is stuck.
struct TreeWork: Sendable, Hashable {
    private struct Amount: Hashable {
        /// In clock ticks.
        var processor: UInt64
        /// Read and written in all, in bytes; nil if it may not be known.
        var transferred: UInt64?
        /// In bytes.
        var resident: Int64
    }

    private var amounts: [SeenProcess.Key: Amount] = [:]

    /// A server that waits uses a little of the processor for its own timers and to answer probes.
    private static let busyPart = 50.0
    private static let bytesThatCount: UInt64 = 1 << 20

    /// What these processes have done; nil where the system does not tell.
    init?(of processes: [Int32]) {
        #if os(Linux)
            for pid in processes {
                guard let process = ProcessTree.process(pid) else { continue }
                let text = ProcFile.text("/proc/\(pid)/io")
                let read = text.flatMap { ProcFile.number(named: "rchar:", in: $0) }
                let written = text.flatMap { ProcFile.number(named: "wchar:", in: $0) }
                // A file that is mapped into memory is read without a call.
                let mapped = text.flatMap { ProcFile.number(named: "read_bytes:", in: $0) } ?? 0
                amounts[process.key] = Amount(
                    processor: process.processorTicks,
                    transferred: read.flatMap { read in
                        written.map { UInt64(max(0, read)) &+ UInt64(max(0, $0)) &+ UInt64(max(0, mapped)) }
                    }, resident: HostMemory.resident(of: pid)?.now ?? 0)
            }
            if amounts.isEmpty { return nil }
        #else
            return nil
        #endif
    }

    /// The processors that it used on average since then, as in 1.5.
    func processors(since before: TreeWork, _ time: Duration) -> Double {
        let ticks = amounts.reduce(UInt64(0)) { sum, entry in
            let old = before.amounts[entry.key]?.processor ?? 0
            return sum + (entry.value.processor > old ? entry.value.processor - old : 0)
        }
        return Double(ticks) / Double(max(1, sysconf(Int32(_SC_CLK_TCK)))) / max(0.001, time / .seconds(1))
    }

    /// Whether more was done since then than a server does that only waits.
    /// - Parameter time: how long ago it was.
    func isMore(than before: TreeWork, after time: Duration) -> Bool {
        // Two ticks at least: one may be what the kernel counts for a moment's work.
        let ticks = processors(since: before, time) * (time / .seconds(1)) * Double(sysconf(Int32(_SC_CLK_TCK)))
        if ticks >= 2, processors(since: before, time) * Self.busyPart >= 1 { return true }
        return amounts.contains { key, amount in
            let old = before.amounts[key]
            let bytes = (amount.transferred ?? 0).subtractingReportingOverflow(old?.transferred ?? 0)
            let grown = amount.resident - (old?.resident ?? 0)
            return !bytes.overflow && bytes.partialValue >= Self.bytesThatCount || grown >= Int64(Self.bytesThatCount)
        }
    }
}

/// Whether a server that starts is getting somewhere although it writes nothing.
struct WorkProgress {
    private var last: (work: TreeWork, at: ContinuousClock.Instant)?
    /// Shorter ones would tell little, as the kernel counts processor time in steps of 10 ms.
    private static let interval = Duration.seconds(1)

    /// - Returns: false where the last look is not long ago.
    mutating func isSeen(in tree: TreeWatch) -> Bool {
        let now = ContinuousClock.now
        if let last, now - last.at < Self.interval { return false }
        guard let work = TreeWork(of: tree.processIDs) else { return false }
        defer { last = (work, now) }
        guard let last else { return false }
        return work.isMore(than: last.work, after: now - last.at)
    }
}
