import ModelLifecycle

/// Bounds how often something that happens again and again is told of: once in 10 s and 100 times in a run.
struct NoteLimit: Sendable {
    private static let interval = Duration.seconds(10)
    private static let maximum = 100

    private struct Record {
        var told = 0
        var untold = 0
        var last: ContinuousClock.Instant?
    }
    private var records: [RunNote.Kind: Record] = [:]

    /// The next one may come at once: it is the last.
    mutating func reopen(_ kind: RunNote.Kind) { records[kind]?.last = nil }

    /// Whether one may be told of now.
    func isOpen(_ kind: RunNote.Kind, at now: ContinuousClock.Instant) -> Bool {
        guard let record = records[kind] else { return true }
        return record.told < Self.maximum && record.last.map { now - $0 >= Self.interval } ?? true
    }

    /// - Returns: nil if this one is only counted; otherwise what is to be said of those that were.
    mutating func allows(_ kind: RunNote.Kind, at now: ContinuousClock.Instant) -> String? {
        var record = records[kind] ?? Record()
        defer { records[kind] = record }
        if record.told >= Self.maximum || record.last.map({ now - $0 < Self.interval }) ?? false {
            record.untold += 1
            return nil
        }
        let untold = record.untold
        record = Record(told: record.told + 1, untold: 0, last: now)
        return untold == 0 ? "" : "; \(untold) more of the kind before it are not listed"
    }
}
