#if os(Linux)
    import Foundation

    /// What the system tells about processes.
    package enum ProcessTable {
        /// Clock ticks since boot at which the process started; nil where there is none of this number.
        package static func start(of pid: Int32) -> Int64? {
            guard let text = try? String(contentsOfFile: "/proc/\(pid)/stat", encoding: .utf8),
                // The command's name stands in parentheses and may itself contain spaces and parentheses.
                let end = text.lastIndex(of: ")")
            else { return nil }
            let fields = text[text.index(after: end)...].split(separator: " ")
            // Field 22 of proc_pid_stat(5); the fields after the name start with the third.
            return fields.count > 19 ? Int64(fields[19]) : nil
        }

        /// Processes of this user that have one of these in their environment, as they were started with it:
        /// `NAME=VALUE`. A zombie has no environment any more.
        package static func processes(marked marks: Set<String>) -> Set<Int32> {
            let names = (try? FileManager.default.contentsOfDirectory(atPath: "/proc")) ?? []
            var found: Set<Int32> = []
            for pid in names.compactMap(Int32.init) {
                guard let data = FileManager.default.contents(atPath: "/proc/\(pid)/environ") else { continue }
                let variables = data.split(separator: 0)
                if variables.contains(where: { marks.contains(String(decoding: $0, as: UTF8.self)) }) {
                    found.insert(pid)
                }
            }
            return found
        }

        /// This process, its parent, and so on.
        static var ancestry: Set<Int32> {
            var ancestors: Set<Int32> = []
            var pid = Int32(ProcessInfo.processInfo.processIdentifier)
            while pid > 0, ancestors.insert(pid).inserted { pid = parent(of: pid) ?? 0 }
            return ancestors
        }

        private static func parent(of pid: Int32) -> Int32? {
            guard let text = try? String(contentsOfFile: "/proc/\(pid)/stat", encoding: .utf8),
                let end = text.lastIndex(of: ")")
            else { return nil }
            let fields = text[text.index(after: end)...].split(separator: " ")
            return fields.count > 1 ? Int32(fields[1]) : nil
        }

        package static var bootID: String? {
            (try? String(contentsOfFile: "/proc/sys/kernel/random/boot_id", encoding: .utf8))?
                .trimmingCharacters(in: .whitespacesAndNewlines)
        }

        package static var pidNamespace: String? {
            try? FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/ns/pid")
        }
    }
#endif
