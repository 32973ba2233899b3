import Foundation
import TestSupport
import Testing

@testable import JournalCare
@testable import JournalReports
@testable import LifecycleJournal
@testable import ModelLifecycle

@Suite(.turn(of: "LifecycleJournalTests")) struct ConcurrentReadingTests {
    @Test(.timeLimit(.minutes(1)))
    func aReaderSeesWholeRowsInOrderWhileAnEngineWrites() async throws {
        let sandbox = try Sandbox()
        let engine = try sandbox.engine()
        var driver = try await engine.claimDriver()
        try await driver.succeed()
        let writing = Task {
            for _ in 0..<40 { try await driver.succeed() }
        }
        let reader = try sandbox.reader()
        var seen: Int64 = 0
        while seen < 41 * 5 {
            let rows = try reader.history(ReportFilter())
            #expect(rows.map(\.seq) == Array(1...Int64(rows.count)))
            // Each row begins where the one before has ended.
            #expect(zip(rows, rows.dropFirst()).allSatisfy { $0.to == $1.from })
            let last = try #require(rows.last).seq
            #expect(last >= seen)
            seen = last
            await Task.yield()
        }
        try await writing.value
    }

    @Test func aReaderNoticesCommits() async throws {
        let sandbox = try Sandbox()
        let engine = try sandbox.engine()
        let reader = try sandbox.reader()
        var driver = try await engine.claimDriver()
        let before = try reader.dataVersion()
        #expect(try reader.dataVersion() == before)
        try await driver.start()
        #expect(try reader.dataVersion() != before)
        #expect(try reader.lastSeq() == 1)
    }

    @Test func theSummaryBelongsToTheRowsOfTheSameMoment() async throws {
        let sandbox = try Sandbox()
        let engine = try sandbox.engine()
        var driver = try await engine.claimDriver()
        try await driver.start()
        let writing = Task {
            try await driver.move(.loaded, .ready)
            try await driver.finish()
            for _ in 0..<20 { try await driver.succeed() }
        }
        let reader = try sandbox.reader()
        for _ in 0..<30 {
            let story = try reader.story(.last(1))
            #expect(story.transitions.last?.to == story.run.state)
            await Task.yield()
        }
        try await writing.value
    }

    @Test func aReaderCreatesNoJournal() throws {
        let sandbox = try Sandbox()
        let error = #expect(throws: JournalError.self) { try sandbox.reader() }
        #expect(error?.code == .notFound)
        #expect(try sandbox.names().isEmpty)
    }

    @Test func aReaderOutlivesTheEngine() async throws {
        let sandbox = try Sandbox()
        let engine = try sandbox.engine()
        let reader = try sandbox.reader()
        var driver = try await engine.claimDriver()
        try await driver.succeed()
        try engine.close()
        #expect(try reader.history(ReportFilter()).count == 5)
        let next = try sandbox.engine()
        var again = try await next.claimDriver()
        try await again.succeed()
        #expect(try reader.history(ReportFilter()).count == 10)
    }
}
