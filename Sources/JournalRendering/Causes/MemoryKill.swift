import JournalReports
import LifecycleJournal
import ModelLifecycle

/// What the kernel killed for memory while the run lasted.
struct MemoryKill {
    private let count: Int
    private let processes: [Int32]
    private let server: Int?
    private let limit: Int64?

    /// - Returns: nil if no kill was counted.
    init?(_ run: RunRow) {
        guard let evidence = run.evidence else { return nil }
        let killed = evidence.killedProcessIDs ?? []
        count = max(evidence.memoryKills ?? 0, killed.count)
        guard count > 0 else { return nil }
        processes = killed
        server = run.serverPID
        limit = evidence.memoryLimitBytes
    }

    private var workers: [Int32] { processes.filter { Int($0) != server } }
    private var limitWords: String { limit.map { " (limit \(ByteText.short($0)))" } ?? "" }

    /// `worker 4711 was killed for memory (limit 2.0 GB)`.
    var words: String {
        guard let others else {
            if !processes.isEmpty { return "it was killed for memory\(limitWords)" }
            let what = count == 1 ? "a process" : "\(count) processes"
            return "meanwhile the kernel killed \(what) of its control group for memory\(limitWords)"
        }
        return others + limitWords
    }

    /// The same of the workers that a message does not name yet, without the limit; nil if there are none.
    func others(besides message: String) -> String? {
        workers.allSatisfy { message.contains("\($0)") } ? nil : others
    }

    /// The same of the workers alone, without the limit; nil if none of them is known.
    private var others: String? {
        switch workers.count {
        case 0: return nil
        case 1: return "worker \(workers[0]) was killed for memory"
        case 2...4:
            let names = workers.map(String.init)
            return
                "workers \(names.dropLast().joined(separator: ", ")) and \(names[names.count - 1]) were killed for memory"
        default:
            let names = workers.prefix(3).map(String.init).joined(separator: ", ")
            return "workers \(names) and \(workers.count - 3) more were killed for memory"
        }
    }
}
