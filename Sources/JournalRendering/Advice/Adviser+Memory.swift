import JournalReports
import LifecycleJournal
import ModelLifecycle

/// Advice about memory: from the size of the model and the limit. What was in use right before a kill says only when
/// the kernel stepped in.
extension Adviser {
    /// If the kernel killed a process of the model, that is why it did not work, whatever the run ended with.
    var killedForMemory: NextStep? { MemoryKill(run).map { moreMemory("\($0.words): ") } }

    func moreMemory(_ beginning: String) -> NextStep {
        NextStep(
            "\(beginning)\(demand), or let a smaller model stand in: --fallback and its name, with", again())
    }

    private var demand: String {
        let limit = evidence.memoryLimitBytes
        switch (run.identity?.bytes, limit) {
        case (let size?, let limit?) where size >= limit:
            return "the model's file alone has \(ByteText.short(size)), the limit is \(ByteText.short(limit)): "
                + "give it at least \(ByteText.short(size)) and room to work"
        case (let size?, let limit?):
            return "give it more memory than the limit of \(ByteText.short(limit)) "
                + "(the model's file has \(ByteText.short(size)))"
        case (nil, let limit?): return "give it more memory than the limit of \(ByteText.short(limit))"
        case (let size?, nil):
            return "give it more memory: the model's file alone has \(ByteText.short(size))"
        case (nil, nil): return "give it more memory"
        }
    }
}
