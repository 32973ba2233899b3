import GRDB
import TestSupport
import Testing

@testable import JournalCare
@testable import JournalReports
@testable import LifecycleJournal
@testable import ModelLifecycle

/// Two engines never drive one model.
@Suite(.turn(of: "LifecycleJournalTests")) struct OwnershipTests {
    @Test(.needsSQLiteProgram) func anEpochNeverGoesBack() async throws {
        let sandbox = try Sandbox()
        let engine = try sandbox.engine()
        let other = try sandbox.engine()
        _ = try await engine.claim(RunConfiguration(model: "en-us", provider: "scripted"))
        for attack in [
            "UPDATE model_owner SET epoch = 0",
            "UPDATE model_owner SET epoch = epoch - 1",
            "UPDATE model_owner SET engine_id = \(other.engineRow)",
            "UPDATE model_owner SET model_id = model_id + 1",
            "DELETE FROM model_owner",
            "INSERT OR REPLACE INTO model_owner (model_id, engine_id, epoch) VALUES (1, \(other.engineRow), 99)",
        ] {
            let answer = try sqlite3(sandbox.journal, attack)
            #expect(answer.output.contains("an epoch never goes back"), "\(attack)")
        }
        #expect(try engine.one("SELECT engine_id FROM model_owner") == engine.engineRow)
    }

    @Test func theSameEngineMayLetGoAndTakeAgainWithANewEpoch() async throws {
        let sandbox = try Sandbox()
        let engine = try sandbox.engine()
        _ = try await engine.claim(RunConfiguration(model: "en-us", provider: "scripted"))
        try engine.sql("UPDATE model_owner SET engine_id = NULL")
        #expect(throws: DatabaseError.self) { try engine.sql("UPDATE model_owner SET engine_id = \(engine.engineRow)") }
        _ = try await engine.claim(RunConfiguration(model: "en-us", provider: "scripted"))
        #expect(try engine.one("SELECT epoch FROM model_owner") == 2)
    }

    @Test func aFormerOwnerIsFenced() async throws {
        let sandbox = try Sandbox()
        let first = try sandbox.engine()
        var former = try await first.claimDriver()
        try await former.reach(.ready)
        first.die()
        let second = try sandbox.engine()
        var heir = try await second.claimDriver()
        try await heir.reach(.ready)

        let rows: Int? = try second.one("SELECT count(*) FROM transition")
        let error = await #expect(throws: RecorderFailure.self) { try await former.move(.unload, .unloading) }
        #expect(error == .fenced(detail: "fenced, another engine drives this model"))
        #expect(try second.one("SELECT count(*) FROM transition") == rows)
        try await heir.finish()
    }

    @Test func aFormerEpochOfTheSameEngineIsFenced() async throws {
        let sandbox = try Sandbox()
        let engine = try sandbox.engine()
        var former = try await engine.claimDriver()
        try await former.reach(.uninitialized)
        try engine.sql("UPDATE model_owner SET engine_id = NULL")
        _ = try await engine.claimDriver()
        await #expect(throws: RecorderFailure.fenced(detail: "fenced, another engine drives this model")) {
            try await former.start()
        }
    }

    @Test func rowsOfAModelThatNobodyClaimedAreRefused() async throws {
        let sandbox = try Sandbox()
        let engine = try sandbox.engine()
        var driver = try await engine.claimDriver()
        try await driver.reach(.loading)
        let raw = try RawAppend(engine)
        try engine.sql("UPDATE model_owner SET engine_id = NULL")
        try await engine.writer.write { db in
            let error = raw.attempt(db, from: .loading, trigger: .loaded, to: .ready)
            #expect(error == "modeljournal: fenced, another engine drives this model")
        }
    }

    @Test func oneEngineDrivesSeveralModels() async throws {
        let sandbox = try Sandbox()
        let engine = try sandbox.engine()
        var first = try await engine.claimDriver("first")
        var second = try await engine.claimDriver("second")
        try await first.start()
        try await second.start()
        try await first.move(.loaded, .ready)
        try await second.move(.loaded, .warmingUp)
        try await second.move(.warmed, .ready)
        try await first.finish()
        try await second.finish()
        #expect(try sandbox.reader().runs(ReportFilter()).map(\.outcome) == ["unloaded", "unloaded"])
    }

    @Test func twoEnginesDriveTwoModelsSideBySide() async throws {
        let sandbox = try Sandbox()
        let here = try sandbox.engine()
        let there = try sandbox.engine()
        var first = try await here.claimDriver("first")
        var second = try await there.claimDriver("second")
        for _ in 0..<5 {
            try await first.succeed()
            try await second.succeed()
        }
        #expect(
            try sandbox.reader().runs(ReportFilter()).map(\.model)
                == Array(repeating: ["first", "second"], count: 5).flatMap { $0 })
    }

    @Test func anEngineDoesNotClaimTwice() async throws {
        let sandbox = try Sandbox()
        let engine = try sandbox.engine()
        _ = try await engine.claimDriver()
        let error = await journalError { _ = try await engine.claimDriver() }
        #expect(error?.code == .busy)
    }

    @Test(arguments: ["", String(repeating: "x", count: 201), String(repeating: "e\u{301}", count: 150), "\0"])
    func aModelHasAUsableName(name: String) async throws {
        let sandbox = try Sandbox()
        let engine = try sandbox.engine()
        let error = await journalError { _ = try await engine.claimDriver(name) }
        #expect(error?.code == .invalidRequest)
        #expect(try engine.one("SELECT count(*) FROM model") == 0)
    }
}
