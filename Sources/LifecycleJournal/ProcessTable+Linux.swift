#if os(Linux)
    import Foundation

    /// What the system tells about processes.
    enum ProcessTable {
        /// Clock ticks since boot at which the process started; nil where there is none of this number.
        static func start(of pid: Int32) -> Int64? {
            guard let text = try? String(contentsOfFile: "/proc/\(pid)/stat", encoding: .utf8),
                // The command's name stands in parentheses and may itself contain spaces and parentheses.
                let end = text.lastIndex(of: ")")
            else { return nil }
            let fields = text[text.index(after: end)...].split(separator: " ")
            // Field 22 of proc_pid_stat(5); the fields after the name start with the third.
            return fields.count > 19 ? Int64(fields[19]) : nil
        }

        static var bootID: String? {
            (try? String(contentsOfFile: "/proc/sys/kernel/random/boot_id", encoding: .utf8))?
                .trimmingCharacters(in: .whitespacesAndNewlines)
        }

        static var pidNamespace: String? {
            try? FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/ns/pid")
        }
    }
#endif
