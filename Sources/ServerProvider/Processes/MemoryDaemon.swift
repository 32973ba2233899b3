/// A daemon that ends processes when memory is short, before the kernel has to: it sends SIGTERM first, and leaves no
/// count behind.
struct MemoryDaemon: Sendable, Hashable {
    private static let names: Set<String> = ["earlyoom", "nohang", "systemd-oomd", "oomd", "bustd", "low-memory-mon"]

    var name: String
    var pid: Int32

    /// Whether it sends such a signal: systemd-oomd knows only one.
    func sends(_ signal: Int32) -> Bool { signal == 9 || signal == 15 && name != "systemd-oomd" }

    /// What a signal that nothing else accounts for may have to do with it; nil if memory was not short or no signal was sent.
    /// - Parameters:
    ///   - available: the least that the host had left in the last seconds, in bytes.
    ///   - total: all memory of the host, in bytes.
    static func remark(
        on signal: Int32, available: Int64?, total: Int64?, daemons: () -> [MemoryDaemon] = running
    ) -> String? {
        // They begin at a tenth as they are delivered, and are often told to begin earlier.
        guard signal == 9 || signal == 15, let available, let total, available < total / 100 * 15,
            let daemon = daemons().first(where: { $0.sends(signal) })
        else { return nil }
        return
            "\(daemon.name) (pid \(daemon.pid)) runs here and ends processes with \(SignalName.of(signal)) when memory"
            + " is short: \(ByteText.of(available)) of \(ByteText.of(total)) were available"
    }

    /// Those that run on this host, as far as they can be seen from here.
    static func running() -> [MemoryDaemon] {
        #if os(Linux)
            return ProcFile.numbers(inFolder: "/proc").compactMap { pid in
                guard let name = ProcFile.text("/proc/\(pid)/comm")?.split(separator: "\n").first.map(String.init),
                    names.contains(name)
                else { return nil }
                return MemoryDaemon(name: name, pid: pid)
            }
        #else
            return []
        #endif
    }
}
