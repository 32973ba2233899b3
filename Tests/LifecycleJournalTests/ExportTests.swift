import GRDB
import TestSupport
import Testing

@testable import JournalCare
@testable import JournalReports
@testable import LifecycleJournal
@testable import ModelLifecycle

@Suite(.turn(of: "LifecycleJournalTests")) struct ExportTests {
    private static func filled(_ sandbox: Sandbox) async throws -> EngineJournal {
        let engine = try await AppendOnlyTests.filled(sandbox)
        try engine.sql("UPDATE model_owner SET engine_id = NULL")
        var driver = try await engine.claimDriver()
        try await driver.start()
        try await driver.move(.loaded, .warmingUp, version: "1.0")
        try await driver.move(
            .warmupFailed, .error, failure: Failure(.warmupFailed, "x", outputTail: "tail"),
            warmups: [
                WarmupMeasurement(elapsed: .microseconds(5)), WarmupMeasurement(elapsed: .microseconds(6), error: "e"),
            ], retryAt: WallTime(microseconds: 7))
        return engine
    }

    private func export(_ sandbox: Sandbox, after cursor: Int64 = 0, page: Int = 1000) throws -> [ExportedTransition] {
        var rows: [ExportedTransition] = []
        try sandbox.reader().export(afterSeq: cursor, page: page) { rows.append($0) }
        return rows
    }

    @Test(arguments: [1, 2, 3, 7, 8, 9, 1000])
    func pagesMissNothingAndRepeatNothing(page: Int) async throws {
        let sandbox = try Sandbox()
        _ = try await Self.filled(sandbox)
        let rows = try export(sandbox, page: page)
        #expect(rows.map(\.row.seq) == Array(1...8))
        // Lists have fewer of its columns.
        let listed = rows.map { exported in
            var row = exported.row
            row.content = ChainRow(ordinal: 0, at: 0, from: "", to: "", trigger: "")
            for column in TransitionColumn.listed {
                switch column.value {
                case .integer(let get, let set): set(&row.content, get(exported.row.content))
                case .optionalInteger(let get, let set): set(&row.content, get(exported.row.content))
                case .text(let get, let set): set(&row.content, get(exported.row.content))
                case .optionalText(let get, let set): set(&row.content, get(exported.row.content))
                }
            }
            return row
        }
        #expect(listed == (try sandbox.reader().history(ReportFilter())))
        #expect(try export(sandbox, after: 5, page: page).map(\.row.seq) == [6, 7, 8])
        #expect(try export(sandbox, after: 8, page: page).isEmpty)
    }

    @Test func eachRowCarriesWhatACopyNeeds() async throws {
        let sandbox = try Sandbox()
        let engine = try await Self.filled(sandbox)
        let rows = try export(sandbox)
        #expect(rows.map(\.ordinal) == [1, 2, 3, 4, 5, 1, 2, 3])
        let configuration: String? = try engine.one("SELECT json FROM configuration")
        #expect(rows.map(\.configuration) == rows.map { $0.ordinal == 1 ? configuration : nil })
        #expect(rows.map(\.warmups.count) == [0, 0, 1, 0, 0, 0, 0, 2])
        #expect(rows[7].warmups == [WarmupRow(ordinal: 1, elapsed: 5), WarmupRow(ordinal: 2, elapsed: 6, error: "e")])
        #expect(rows.map(\.version) == [nil, nil, nil, nil, nil, nil, "1.0", nil])
        #expect(rows[7].outputTail == "tail")
        #expect(rows.map(\.retryAt) == [nil, nil, nil, nil, nil, nil, nil, 7])
    }

    /// What could not be stored can be put back as if it had been.
    @Test func anUnwrittenTransitionIsTheSameRowWithoutANumber() async throws {
        let sandbox = try Sandbox()
        let engine = try sandbox.engine()
        let configuration = RunConfiguration(
            model: "en-us", provider: "scripted", modelPath: "https://bob:hunter2@host/model")
        var driver = try await engine.claimDriver(configuration)
        let long = String(repeating: "x", count: 70_000)
        var unwritten: [ExportedTransition] = []
        func move(
            _ trigger: Trigger, _ to: ModelState, elapsed: Duration? = .milliseconds(10), failure: Failure? = nil,
            warmups: [WarmupMeasurement] = [], version: String? = nil, retryAt: WallTime? = nil
        ) async throws {
            let transition = driver.transition(
                trigger, to, elapsed: elapsed, failure: failure, warmups: warmups, version: version, retryAt: retryAt)
            unwritten.append(try ExportedTransition(unwritten: transition, of: configuration, by: engine.engineID))
            try await driver.move(
                trigger, to, elapsed: elapsed, failure: failure, warmups: warmups, version: version, retryAt: retryAt)
        }
        try await driver.start()
        try await driver.fail()
        driver.begin()
        try await move(.initialize, .loading, elapsed: nil)
        try await move(.loaded, .warmingUp, version: "1.0")
        try await move(
            .warmupFailed, .error,
            failure: Failure(
                .warmupFailed, "password=hunter2 \(long)", exitCode: 3, signal: 9,
                outputTail: "token=hunter2 \(long)"),
            warmups: [
                WarmupMeasurement(elapsed: .microseconds(5)),
                WarmupMeasurement(elapsed: .microseconds(6), error: "password=hunter2 \(long)"),
            ], retryAt: WallTime(microseconds: 7))

        let stored = try export(sandbox).filter { $0.row.runID == driver.run.runID.rawValue }
        #expect(stored.count == 3 && unwritten.allSatisfy { $0.row.seq == 0 })
        #expect(!"\(stored)".contains("hunter2"))
        for index in unwritten.indices {
            unwritten[index].row.seq = stored[index].row.seq
            // The journal that could not be written knows its engine.
            unwritten[index].engine = stored[index].engine
            // Only what is stored is in the chain.
            unwritten[index].hash = stored[index].hash
        }
        #expect(unwritten == stored)
        #expect(stored[0].configuration?.contains("https://[redacted]@host/model") == true)
    }

    /// The receiver may be slow, and may itself write to the journal.
    @Test func noTransactionIsOpenWhileARowIsHandedOver() async throws {
        let sandbox = try Sandbox()
        let engine = try await Self.filled(sandbox)
        let reader = try sandbox.reader()
        var isInside: [Bool] = []
        try reader.export(afterSeq: 0, page: 2) { _ in
            isInside.append(reader.queue.unsafeReentrantRead { $0.isInsideTransaction })
        }
        #expect(isInside == Array(repeating: false, count: 8))
        try engine.close()
    }

    @Test func anErrorOfTheReceiverEndsTheExport() async throws {
        struct Enough: Error {}
        let sandbox = try Sandbox()
        _ = try await Self.filled(sandbox)
        var count = 0
        #expect(throws: Enough.self) {
            try sandbox.reader().export(afterSeq: 0, page: 3) { _ in
                count += 1
                if count == 4 { throw Enough() }
            }
        }
        #expect(count == 4)
    }
}
