import GRDB
import GRDBSQLite
import Synchronization
import TestSupport
import Testing

@testable import JournalCare
@testable import JournalReports
@testable import LifecycleJournal
@testable import ModelLifecycle

/// A long past costs an answer nothing. Counted in instructions of SQLite's machine, which are the same everywhere.
@Suite(.turn(of: "LifecycleJournalTests"))
struct ScalingTests {
    /// A few runs of one model, then many of another, whose last one failed.
    private func journal(runs: Int) async throws -> Sandbox {
        let sandbox = try Sandbox()
        let engine = try sandbox.engine()
        var rare = try await engine.claimDriver("rare")
        for _ in 0..<3 { try await rare.succeed() }
        var busy = try await engine.claimDriver("busy")
        // One transaction is enough, and faster.
        try engine.writer.writeWithoutTransaction { db in try db.execute(sql: "PRAGMA synchronous = OFF") }
        for _ in 0..<runs { try await busy.succeed() }
        try await busy.start()
        try await busy.fail()
        try engine.close()
        return sandbox
    }

    private func instructions(_ reader: JournalReader, _ answer: (JournalReader) throws -> Void) throws -> Int {
        let count = Counter()
        reader.queue.inDatabase { db in
            sqlite3_progress_handler(
                db.sqliteConnection, 1,
                { context in
                    if let context { Unmanaged<Counter>.fromOpaque(context).takeUnretainedValue().add() }
                    return 0
                }, Unmanaged.passUnretained(count).toOpaque())
        }
        try answer(reader)
        reader.queue.inDatabase { db in sqlite3_progress_handler(db.sqliteConnection, 0, nil, nil) }
        return count.value
    }

    private static func filter(models: [String] = [], providers: [String] = []) -> ReportFilter {
        var filter = ReportFilter()
        filter.models = models
        filter.providers = providers
        filter.lines = 10
        return filter
    }

    static let answers: [(String, @Sendable (JournalReader) throws -> Void)] = [
        ("history", { try #expect($0.history(filter()).count == 10) }),
        ("history of a busy model", { try #expect($0.history(filter(models: ["busy"])).count == 10) }),
        ("history of a rare model", { try #expect($0.history(filter(models: ["rare"])).count == 10) }),
        ("history of two models", { try #expect($0.history(filter(models: ["rare", "busy"])).count == 10) }),
        ("history of a provider", { try #expect($0.history(filter(providers: ["scripted"])).count == 10) }),
        ("runs", { try #expect($0.runs(filter()).count == 10) }),
        ("runs of a rare model", { try #expect($0.runs(filter(models: ["rare"])).count == 3) }),
        (
            "history of a correlation ID",
            { reader in
                var filter = ReportFilter()
                filter.correlationID = try #require(try reader.history(Self.filter()).last?.correlationID)
                try #expect(reader.history(filter).count == 2)
            }
        ),
        ("show", { try #expect($0.story(.last(1)).transitions.count == 2) }),
        ("status", { try #expect($0.status(models: []).count == 2) }),
        (
            "opening",
            { reader in
                try reader.read { db in
                    try OpeningCheck.check(db, JournalHeader(db), path: reader.path)
                    #expect(try Recovery.candidates(db, model: nil, notOf: nil).isEmpty)
                }
            }
        ),
        ("what a claim reads", { try #expect($0.lastConfiguration(of: "busy") != nil) }),
        ("postmortem", { try #expect($0.postmortem(nil)?.lastGoodRun != nil) }),
    ]

    /// What looks at the recent runs, to know what is usual, has as many of them in both.
    @Test func answersCostTheSameAfterALongPast() async throws {
        let short = try await journal(runs: PhaseExpectation.recent)
        let long = try await journal(runs: 5 * PhaseExpectation.recent)
        for (name, answer) in Self.answers {
            let before = try instructions(short.reader(), answer)
            let after = try instructions(long.reader(), answer)
            #expect(Double(after) < 1.2 * Double(before), "\(name): \(before) to \(after)")
        }
    }
}

private final class Counter: Sendable {
    private let count = Atomic<Int>(0)
    func add() { count.wrappingAdd(1, ordering: .relaxed) }
    var value: Int { count.load(ordering: .relaxed) }
}
