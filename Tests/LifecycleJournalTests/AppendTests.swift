import Crypto
import Foundation
import GRDB
import TestSupport
import Testing

@testable import HostProcesses
@testable import JournalCare
@testable import JournalReports
@testable import LifecycleJournal
@testable import ModelLifecycle

@Suite(.turn(of: "LifecycleJournalTests")) struct AppendTests {
    @Test func everyFieldComesBack() async throws {
        let sandbox = try Sandbox()
        let engine = try sandbox.engine()
        var driver = try await engine.claimDriver()
        try await driver.start(runID: "run-1", correlationID: "request-7", attempt: 2)
        try await driver.move(.loaded, .warmingUp, elapsed: .microseconds(1_234_567), version: "5prealpha")
        try await driver.move(
            .providerExited, .error, elapsed: .microseconds(89),
            failure: Failure(.oomKilled, "killed by the kernel", exitCode: nil, signal: 9, outputTail: "last words"),
            warmups: [
                WarmupMeasurement(elapsed: .microseconds(41)),
                WarmupMeasurement(elapsed: .microseconds(48), error: "gone"),
            ])

        let rows = try sandbox.reader().history(ReportFilter())
        #expect(rows.map(\.seq) == [1, 2, 3])
        #expect(rows.map(\.from) == ["UNINITIALIZED", "LOADING", "WARMING_UP"])
        #expect(rows.map(\.to) == ["LOADING", "WARMING_UP", "ERROR"])
        #expect(rows.map(\.trigger) == ["initialize", "loaded", "provider_exited"])
        #expect(rows.map(\.elapsed) == [nil, 1_234_567, 89])
        #expect(rows.map(\.at.microseconds) == [0, 1, 2].map { 1_795_401_067_120_482 + $0 * 1_000_000 })
        #expect(rows.map(\.reason) == [nil, nil, "OOMKilled"])
        #expect(rows.map(\.message) == [nil, nil, "killed by the kernel"])
        #expect(rows.map(\.signal) == [nil, nil, 9])
        #expect(rows.allSatisfy { $0.exitCode == nil && $0.runID == "run-1" && $0.correlationID == "request-7" })
        #expect(rows.allSatisfy { $0.attempt == 2 && $0.model == "en-us" && $0.provider == "scripted" })
        #expect(rows.allSatisfy { $0.engineID == engine.engineID.rawValue && $0.pid == Int(getpid()) })

        let story = try sandbox.reader().story(.prefix("run-1"))
        #expect(story.transitions == rows)
        #expect(story.warmups.map(\.elapsed) == [41, 48])
        #expect(story.warmups.map(\.error) == [nil, "gone"])
        #expect(story.outputTail == "last words")
        #expect(story.run.version == "5prealpha")
    }

    @Test func anExitStatusComesBack() async throws {
        let sandbox = try Sandbox()
        let engine = try sandbox.engine()
        var driver = try await engine.claimDriver()
        try await driver.start()
        try await driver.move(.loadFailed, .error, failure: Failure(.processExited, "exited", exitCode: 3))
        let run = try #require(try sandbox.reader().runs(ReportFilter()).first)
        #expect(run.exitCode == 3)
        #expect(run.signal == nil)
    }

    @Test func engineIsRecordedWithItsProcess() throws {
        let sandbox = try Sandbox()
        let engine = try EngineJournal(path: sandbox.journal, programVersion: "1.2.3")
        let here = ProcessIdentity.current
        let row = try #require(
            try engine.writer.read { db in try LifecycleJournal.Row.fetchOne(db, sql: "SELECT * FROM engine") })
        #expect(try Owner(row: row).identity == here)
        #expect(try row.checked["program_version"] == "1.2.3")
        #expect(here.start != nil && here.bootID != nil && !here.host.isEmpty)
    }

    @Test func theSameTransitionIsStoredOnce() async throws {
        let sandbox = try Sandbox()
        let engine = try sandbox.engine()
        var driver = try await engine.claimDriver()
        try await driver.reach(.warmingUp)
        // As after a COMMIT whose answer was lost.
        let row = driver.transition(.warmed, .ready, warmups: [WarmupMeasurement(elapsed: .milliseconds(2))])
        for _ in 0..<3 { try await driver.claimed.recorder.append(row) }
        #expect(try engine.one("SELECT count(*) FROM transition") == 3)
        #expect(try engine.one("SELECT count(*) FROM warmup_request") == 1)
    }

    @Test func theFirstRowOfARunIsStoredOnce() async throws {
        let sandbox = try Sandbox()
        let engine = try sandbox.engine()
        var driver = try await engine.claimDriver()
        try await driver.start()
        var again = driver.transition(.initialize, .loading, elapsed: nil)
        again.ordinal = 1
        again.from = .uninitialized
        again.at.microseconds -= 1_000_000
        try await driver.claimed.recorder.append(again)
        #expect(try engine.one("SELECT count(*) FROM transition") == 1)
        // Another row with the same key is no repetition.
        again.at.microseconds += 1
        await #expect(throws: RecorderFailure.fenced(detail: "history is append-only")) {
            try await driver.claimed.recorder.append(again)
        }
    }

    @Test func aRefusedRowLeavesNothingBehind() async throws {
        let sandbox = try Sandbox()
        let engine = try sandbox.engine()
        var driver = try await engine.claimDriver()
        await #expect(throws: RecorderFailure.self) { try await driver.start(.retry) }
        for table in ["run", "transition", "configuration", "run_progress"] {
            #expect(try engine.one("SELECT count(*) FROM \(table)") == 0)
        }
    }

    @Test func equalConfigurationsAreOneRow() async throws {
        let sandbox = try Sandbox()
        let engine = try sandbox.engine()
        var configuration = RunConfiguration(model: "en-us", provider: "scripted", options: ["b": "2", "a": "1"])
        var driver = try await engine.claimDriver(configuration)
        try await driver.succeed()
        try await driver.succeed()
        #expect(try engine.one("SELECT count(*) FROM configuration") == 1)
        try engine.close()

        let second = try sandbox.engine()
        configuration.options["a"] = "changed"
        driver = try await second.claimDriver(configuration)
        try await driver.succeed()
        let rows = try second.writer.read { db in try Row.fetchAll(db, sql: "SELECT * FROM configuration") }
        #expect(rows.count == 2)
        for row in rows {
            let digest = SHA256.hash(data: Data((row["json"] as String).utf8))
            #expect(row["digest"] == digest.map { String(format: "%02x", $0) }.joined())
        }
        #expect(try second.one("SELECT count(DISTINCT configuration_id) FROM run") == 2)
    }

    @Test func appendAfterCloseIsAnError() async throws {
        let sandbox = try Sandbox()
        let engine = try sandbox.engine()
        var driver = try await engine.claimDriver()
        try await driver.succeed()
        try engine.close()
        try engine.close()
        let error = await journalError { try await driver.start() }
        #expect(error?.code == .inputOutput)
    }

    /// Else it would be tried for ever, with everything behind it waiting.
    @Test func aRowThatTheSchemaRefusesIsRefusedForGood() async throws {
        let sandbox = try Sandbox()
        let engine = try sandbox.engine()
        var driver = try await engine.claimDriver()
        try await driver.start()
        await #expect(throws: RecorderFailure.self) {
            try await driver.move(.loaded, .ready, elapsed: .seconds(-1))
        }
    }
}
