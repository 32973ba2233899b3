import Foundation
import TestSupport
import Testing

@testable import JournalCare
@testable import JournalReports
@testable import LifecycleJournal
@testable import ModelLifecycle

@Suite(.turn(of: "LifecycleJournalTests")) struct CheckpointTests {
    private static func logSize(_ sandbox: Sandbox) throws -> Int {
        try #require(FileManager.default.attributesOfItem(atPath: sandbox.journal + "-wal")[.size] as? Int)
    }

    /// A run whose rows fill some seventeen pages.
    private static func fill(_ driver: inout ModelDriver) async throws {
        try await driver.start()
        let tail = String(repeating: "x", count: 64 << 10)
        try await driver.move(.loadFailed, .error, failure: Failure(.processExited, "exited", outputTail: tail))
    }

    @Test(.needsSQLiteProgram) func theLogStaysSmallUnderTwoWriters() async throws {
        let sandbox = try Sandbox()
        let engines = try [sandbox.engine(), sandbox.engine()]
        var drivers = [try await engines[0].claimDriver("first"), try await engines[1].claimDriver("second")]
        var largest = 0
        var written = 0
        for round in 0..<200 {
            try await Self.fill(&drivers[round % 2])
            written += 64 << 10
            largest = max(largest, try Self.logSize(sandbox))
        }
        #expect(written > 12 << 20)
        #expect(largest <= 8 << 20)
        let reader = try sandbox.reader()
        #expect(try reader.history(ReportFilter()).map(\.seq) == Array(1...400))
        #expect(try reader.runs(ReportFilter()).count == 200)
        for engine in engines { try engine.close() }
        #expect(
            try sqlite3(sandbox.journal, "PRAGMA integrity_check; SELECT count(*) FROM transitions").output
                == "ok\n400\n")
    }

    /// SQLite starts the log over without cutting its file: the file's size says nothing afterwards.
    @Test func aCheckpointIsDueOnlyWhenTheLogHasGrownAgain() async throws {
        let sandbox = try Sandbox()
        let engine = try sandbox.engine()
        var driver = try await engine.claimDriver()
        try engine.writer.checkpoint()
        var checkpoints = 0
        var size = try databaseSize(sandbox)
        for _ in 0..<120 {
            try await Self.fill(&driver)
            engine.commits.settle()
            #expect(!engine.writer.isCheckpointDue)
            let now = try databaseSize(sandbox)
            if now != size { checkpoints += 1 }
            size = now
        }
        // 120 runs are some 2500 pages. Each checkpoint makes the database itself grow.
        #expect((1...5).contains(checkpoints))
    }

    /// An engine that appends nothing folds in the log that it finds grown.
    @Test(.needsSQLiteProgram) func enginesThatComeAndGoKeepTheLogSmall() throws {
        let sandbox = try Sandbox()
        let staying = try sandbox.engine()
        let filler = "PRAGMA wal_autocheckpoint = 0; CREATE TABLE theirs AS SELECT zeroblob(5000000) AS filler"
        #expect(try sqlite3(sandbox.journal, filler).status == 0)
        #expect(try databaseSize(sandbox) < 1_000_000)
        try sandbox.engine().close()
        #expect(try databaseSize(sandbox) > 5_000_000)
        try staying.close()
    }

    private func databaseSize(_ sandbox: Sandbox) throws -> Int {
        try #require(FileManager.default.attributesOfItem(atPath: sandbox.journal)[.size] as? Int)
    }

    /// A snapshot that another process holds keeps the log from starting over; nothing else suffers.
    @Test(.needsSQLiteProgram) func aStalledReaderStopsNoWriterAndTheLogIsCutAfterwards() async throws {
        let sandbox = try Sandbox()
        let engine = try sandbox.engine()
        var driver = try await engine.claimDriver()
        try await driver.reach(.error)
        let reader = try ChildProcess(["sqlite3", "-batch", sandbox.journal])
        reader.send("BEGIN; SELECT count(*) FROM transition;")
        #expect(reader.line() == "2")
        for _ in 0..<140 { try await Self.fill(&driver) }
        #expect(try Self.logSize(sandbox) > 9 << 20)
        reader.send("SELECT count(*) FROM transition; COMMIT; SELECT count(*) FROM transition;")
        #expect(reader.line() == "2")
        #expect(reader.line() == "282")
        try engine.writer.checkpoint()
        try await Self.fill(&driver)
        #expect(try Self.logSize(sandbox) <= 8 << 20)
    }
}
