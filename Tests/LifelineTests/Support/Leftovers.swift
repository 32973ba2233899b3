import Foundation

extension Shim {
    /// What is left of the server: the commands of all processes that carry the marker, the shim excepted.
    /// Empty where the system has no /proc.
    func leftovers() -> [String] {
        marked().map { Self.text("/proc/\($0)/cmdline").replacingOccurrences(of: "\0", with: " ") }
    }

    func killEverything() {
        for pid in [pid] + marked() { kill(pid, SIGKILL) }
    }

    private func marked() -> [pid_t] {
        processes().filter { $0 != pid && Self.text("/proc/\($0)/environ").contains(marker) }
    }

    /// The dead children that the shim has not yet asked for.
    func zombies() -> [pid_t] {
        children().filter { Self.statistics($0).first == "Z" }
    }

    func children() -> [pid_t] {
        processes().filter { Self.statistics($0).dropFirst().first == String(pid) }
    }

    /// How often the shim has gone to sleep.
    func waits() -> Int {
        let line = Self.text("/proc/\(pid)/status").split(separator: "\n")
            .first { $0.hasPrefix("voluntary_ctxt_switches") }
        return line?.split(separator: "\t").last.flatMap { Int($0) } ?? 0
    }

    private func processes() -> [pid_t] {
        let names = (try? FileManager.default.contentsOfDirectory(atPath: "/proc")) ?? []
        return names.compactMap { pid_t($0) }
    }

    /// State, parent, process group, session, …
    private static func statistics(_ pid: pid_t) -> [String] {
        let afterName = text("/proc/\(pid)/stat").split(separator: ")").last ?? ""
        return afterName.split(separator: " ").map(String.init)
    }

    /// Empty if the process has ended meanwhile.
    private static func text(_ path: String) -> String {
        String(decoding: (try? Data(contentsOf: URL(fileURLWithPath: path))) ?? Data(), as: UTF8.self)
    }
}
