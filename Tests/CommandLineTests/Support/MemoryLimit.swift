import Foundation
import Testing

#if canImport(Glibc)
    import Glibc
#elseif canImport(Darwin)
    import Darwin
#endif

/// A control group with little memory, of either version; for the superuser on Linux.
final class MemoryLimit: Sendable {
    private let folder: String

    /// - Returns: nil where this user cannot make one.
    init?(megabytes: Int) {
        let lines = (try? String(contentsOfFile: "/proc/self/cgroup", encoding: .utf8))?.split(separator: "\n") ?? []
        for line in lines {
            let parts = line.split(separator: ":", maxSplits: 2, omittingEmptySubsequences: false).map(String.init)
            guard parts.count == 3, parts[1] == "memory" || parts[1].isEmpty else { continue }
            let isFirst = parts[1] == "memory"
            let parent = (isFirst ? "/sys/fs/cgroup/memory" : "/sys/fs/cgroup") + parts[2]
            let folder = parent + "/modeljournal-test-\(UUID().uuidString)"
            guard mkdir(folder, 0o755) == 0 else { continue }
            let limit = folder + (isFirst ? "/memory.limit_in_bytes" : "/memory.max")
            // Without swap, or the kernel would rather swap than kill.
            let swap = folder + (isFirst ? "/memory.memsw.limit_in_bytes" : "/memory.swap.max")
            let isLimited = Self.write("\(megabytes << 20)", to: limit)
            _ = Self.write(isFirst ? "\(megabytes << 20)" : "0", to: swap)
            if isLimited {
                self.folder = folder
                return
            }
            rmdir(folder)
        }
        return nil
    }

    /// The group's members are gone by now.
    deinit { rmdir(folder) }

    /// A shell's words that put it, and so what it becomes, into the group.
    var entering: String { "echo $$ > '\(folder)/cgroup.procs'" }

    private static func write(_ text: String, to file: String) -> Bool {
        guard let handle = FileHandle(forWritingAtPath: file) else { return false }
        defer { try? handle.close() }
        return (try? handle.write(contentsOf: Data(text.utf8))) != nil
    }
}

extension Trait where Self == ConditionTrait {
    static var needsMemoryLimit: Self {
        .enabled(if: MemoryLimit(megabytes: 64) != nil, "this user cannot make a control group with a memory limit")
    }
}
