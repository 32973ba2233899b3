package import JournalReports
import LifecycleJournal
import ModelLifecycle

extension RunRow {
    /// When the run ended, for people; nil where it has not, or nobody has recorded that it did.
    package func endWords(utc: Bool) -> String? { endWords { TimeText.short($0, utc: utc) } }

    func endWords(_ text: (WallTime) -> String) -> String? {
        guard let endedAt else { return nil }
        let time = text(endedAt)
        // Of an engine that died nobody knows when: the next one wrote what it found.
        return outcome == .interrupted ? "before \(time), when it was found" : time
    }
}
