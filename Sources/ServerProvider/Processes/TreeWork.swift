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
        /// Read in all by calls, and from the disk, in bytes; nil if it may not be known. A file that is mapped into
        /// memory is read without a call, and one that is cached without the disk.
        var read: UInt64?
        var readFromDisk: UInt64?
        var written: UInt64?
        /// In bytes.
        var resident: Int64
        /// A signal or a debugger has stopped it.
        var isStopped: Bool

        var transferred: UInt64? {
            read.map { $0 &+ (readFromDisk ?? 0) &+ (written ?? 0) }
        }
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
                func number(_ name: String) -> UInt64? {
                    text.flatMap { ProcFile.number(named: name, in: $0) }.map { UInt64(max(0, $0)) }
                }
                amounts[process.key] = Amount(
                    processor: process.processorTicks, read: number("rchar:"), readFromDisk: number("read_bytes:"),
                    written: number("wchar:"), resident: HostMemory.resident(of: pid)?.now ?? 0,
                    isStopped: process.isStopped)
            }
            if amounts.isEmpty { return nil }
        #else
            return nil
        #endif
    }

    /// None of the processes may run.
    var isStopped: Bool { amounts.values.allSatisfy(\.isStopped) }

    /// Takes what processes that it does not know yet have done so far as their beginning.
    mutating func adopt(_ later: TreeWork) { amounts.merge(later.amounts) { known, _ in known } }

    /// About how many bytes of its files it has read since then: by calls, from the disk, or into memory. Processes share
    /// memory, so only the one that has gained most of it counts there.
    func read(since before: TreeWork) -> Int64 {
        func growths(_ value: (Amount) -> Int64?) -> [Int64] {
            amounts.map { key, amount in max(0, (value(amount) ?? 0) - (before.amounts[key].flatMap(value) ?? 0)) }
        }
        return max(
            growths { $0.read.map(Int64.init(clamping:)) }.reduce(0, +),
            growths { $0.readFromDisk.map(Int64.init(clamping:)) }.reduce(0, +), growths { $0.resident }.max() ?? 0)
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
