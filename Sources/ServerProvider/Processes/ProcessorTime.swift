import Foundation

/// A limit of processor time, ulimit -t, and what was used of it. Past the hard limit the kernel sends SIGKILL, which
/// looks like a kill by someone.
struct ProcessorTime: Sendable, Hashable {
    /// In seconds.
    var limit: Int64
    /// In seconds, by the process that has used most.
    var used: Double

    /// - Parameters:
    ///   - limits: the contents of /proc/PID/limits.
    ///   - processes: of the server, which inherit the limit; each has it for itself.
    init?(limits: String, _ processes: [SeenProcess]) {
        guard let line = limits.split(separator: "\n").first(where: { $0.hasPrefix("Max cpu time") }) else {
            return nil
        }
        // Of the soft and the hard limit, "unlimited" is no number.
        let numbers = line.split(whereSeparator: \.isWhitespace).dropFirst(3).prefix(2).compactMap { Int64($0) }
        guard let limit = numbers.min(), let most = processes.map(\.processorTicks).max() else { return nil }
        self.limit = limit
        used = Double(most) / Double(max(1, sysconf(Int32(_SC_CLK_TCK))))
    }

    /// nil if the limit was not reached, as far as the last look tells.
    func remark(on signal: Int32) -> String? {
        guard [SIGKILL, SIGXCPU].contains(signal), used >= Double(limit) - 1.5 else { return nil }
        let seconds = String(format: "%.1f", used)
        return "its limit of processor time is \(limit) s, ulimit -t, and at the last look it had used \(seconds) s"
    }
}
