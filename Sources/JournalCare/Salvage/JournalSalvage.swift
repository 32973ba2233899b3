import Foundation
import GRDB
import JournalReports
import LifecycleJournal
import ModelLifecycle

/// Puts a new journal together from what can still be read of a damaged one. The old one is only read.
package struct JournalSalvage: Sendable {
    private let old: String

    /// - Parameter path: of the damaged journal; its log is looked for beside it.
    package init(_ path: String) { old = JournalFile.resolved(path) }

    /// - Parameters:
    ///   - new: where nothing lies yet, in a directory that exists.
    ///   - progress: called with how far it is, from 0 to 1.
    /// - Throws: `JournalError`; nothing lies at `new` then. With code `busy` where an engine has the old one open, with
    ///   `notAJournal` where no transition can be found in it.
    package func write(to new: String, _ progress: (Double) -> Void = { _ in }) throws -> SalvageReport {
        guard try JournalFile.kind(old) != .missing else { throw JournalError(.notFound, old, "no such file") }
        if let engine = OwnerLocks(journal: old).livingEngine() {
            throw JournalError(.busy, old, "engine \(engine) has it open; stop that one first")
        }
        try NetworkFileSystem.refuse(new)
        let tables = try SalvagedTables()
        try tables.fill(from: DatabasePages(old)) { progress($0 / 2) }
        guard try !tables.ids(.transition, after: 0, limit: 1).isEmpty else {
            throw JournalError(.notAJournal, old, "no transition of a journal can be found in it")
        }
        var report = SalvageReport()
        let file = try UnpublishedFile(for: new)
        try journalErrors(file.path) {
            var configuration = ConnectionSettings.writer
            configuration.label = "modeljournal.recover"
            let queue = try DatabaseQueue(path: file.path, configuration: configuration)
            try queue.writeWithoutTransaction { db in
                try db.execute(sql: "PRAGMA page_size = \(JournalFile.pageSize)")
            }
            try JournalSchema.migrator.migrate(queue)
            try queue.write { db in
                var rebuilding = SalvagedHistory(
                    tables: tables, path: file.path,
                    foreign: ForeignHistory(path: file.path, locks: OwnerLocks(journal: new)))
                try EngineJournal.insertJournalInfo(db, at: .now, follows: "\(old): recovered")
                report = try rebuilding.append(to: db) { progress(0.5 + $0 / 2) }
                while try BlockBuilder(db).storeNext() {}
            }
            try queue.close()
        }
        let verification = try JournalVerifier(JournalReader(path: file.path, trustsViews: false)).verify()
        guard verification.isWhole else {
            throw JournalError(
                .inputOutput, new,
                "what was salvaged is no journal: \(verification.findings.first?.detail ?? "verify finds it damaged")")
        }
        try file.publish()
        return report
    }
}

/// What became of a damaged journal's transitions.
package struct SalvageReport: Sendable {
    /// No more than so many are named.
    static let limit = 100

    /// How many are in the new journal.
    package internal(set) var transitions = 0
    package internal(set) var runs = 0
    /// How many notes about runs are in the new journal.
    package internal(set) var notes = 0
    /// Numbers in the old journal that are not in the new one: neither found, nor pruned.
    package private(set) var lost: [ClosedRange<Int64>] = []
    package private(set) var lostCount: Int64 = 0
    /// Numbers, in the old journal, of transitions that were taken over as they read although they, or what they name,
    /// are not what was written.
    package internal(set) var doubtful: [Int64] = []
    package internal(set) var doubtfulCount = 0
    /// What was found, and makes no sense any more; counted as lost, too.
    package private(set) var leftOut: [(seq: Int64, why: String)] = []
    /// Runs that were in flight, or whose end is lost; a `recovered` row ends them.
    package internal(set) var settled = 0

    package var isComplete: Bool { lostCount == 0 && doubtfulCount == 0 }

    mutating func add(lost range: ClosedRange<Int64>) {
        lostCount += range.upperBound - range.lowerBound + 1
        if let last = lost.last, last.upperBound + 1 == range.lowerBound {
            lost[lost.count - 1] = last.lowerBound...range.upperBound
        } else if lost.count < Self.limit {
            lost.append(range)
        }
    }

    mutating func add(leftOut seq: Int64, _ why: String) {
        add(lost: seq...seq)
        if leftOut.count < Self.limit { leftOut.append((seq, why)) }
    }

    mutating func add(doubtful seq: Int64) {
        doubtfulCount += 1
        if doubtful.count < Self.limit { doubtful.append(seq) }
    }
}
