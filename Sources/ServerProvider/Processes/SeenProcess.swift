/// A process as the kernel described it at one moment.
struct SeenProcess: Sendable, Hashable {
    var pid: Int32
    var parent: Int32
    var group: Int32
    var session: Int32
    /// `Z` for one that has ended and that its parent has not yet asked for.
    var state: UInt8
    /// Clock ticks since the boot. Together with the ID it names a process for good, as IDs are used again.
    var start: UInt64
    /// What it has used of the processors, in clock ticks.
    var processorTicks: UInt64
    /// The program's name, of which the kernel keeps 15 bytes.
    var name: String
    /// How a process that has ended did so, as `waitpid` would say; nil if it runs, or the kernel does not say.
    var waitStatus: Int32?

    var hasEnded: Bool { state == UInt8(ascii: "Z") || state == UInt8(ascii: "X") || state == UInt8(ascii: "x") }

    /// A signal or a debugger has stopped it.
    var isStopped: Bool { state == UInt8(ascii: "T") || state == UInt8(ascii: "t") }

    /// Names one process for good.
    struct Key: Sendable, Hashable {
        var pid: Int32
        var start: UInt64
    }
    var key: Key { Key(pid: pid, start: start) }

    /// The contents of /proc/PID/stat.
    init?(stat text: String) {
        // The name is in parentheses and may contain any of the characters that matter.
        guard let opening = text.firstIndex(of: "("), let closing = text.lastIndex(of: ")"), opening < closing,
            let pid = Int32(text[..<opening].split(separator: " ").first ?? "")
        else { return nil }
        let fields = text[text.index(after: closing)...].split(whereSeparator: \.isWhitespace)
        guard fields.count > 19, let state = fields[0].utf8.first, let parent = Int32(fields[1]),
            let group = Int32(fields[2]), let session = Int32(fields[3]), let user = UInt64(fields[11]),
            let system = UInt64(fields[12]), let start = UInt64(fields[19])
        else { return nil }
        self.pid = pid
        self.parent = parent
        self.group = group
        self.session = session
        self.state = state
        self.start = start
        processorTicks = user + system
        name = String(text[text.index(after: opening)..<closing])
        // 0 is also what the kernel says to those who may not know.
        if hasEnded, fields.count > 49, let status = Int32(fields[49]), status != 0 { waitStatus = status }
    }
}
