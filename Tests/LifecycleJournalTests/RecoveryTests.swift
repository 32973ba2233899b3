import Foundation
import GRDB
import TestSupport
import Testing

@testable import HostProcesses
@testable import JournalCare
@testable import JournalReports
@testable import LifecycleJournal
@testable import ModelLifecycle

/// What an engine does on opening with the runs that a dead one left in flight.
@Suite(.turn(of: "LifecycleJournalTests")) struct RecoveryTests {
    static let inFlight: [ModelState] = ModelState.allCases.filter(\.isInFlight)

    @Test(arguments: inFlight)
    func aDeadOwnersRunIsClosedWithOneRow(state: ModelState) async throws {
        let sandbox = try Sandbox()
        let dead = try sandbox.engine()
        var driver = try await dead.claimDriver()
        try await driver.reach(state)
        dead.die()

        let heir = try sandbox.engine()
        let expected = RecoveredRun(
            model: "en-us", run: driver.run, state: state, engineID: dead.engineID, pid: getpid(),
            host: ProcessIdentity.current.host)
        #expect(heir.recovered == [expected])
        let rows = try sandbox.reader().history(ReportFilter())
        #expect(rows.count == driver.ordinal + 1)
        let row = try #require(rows.last)
        #expect(row.from == state)
        #expect(row.to == (state == .unloading ? "UNINITIALIZED" : "ERROR"))
        #expect(row.trigger == "recovered")
        #expect(row.reason == "Interrupted")
        #expect(row.message == "engine \(dead.engineID) (pid \(getpid()) on \(row.host)) ended while \(state)")
        #expect(row.elapsed == nil)
        #expect(row.engineID == heir.engineID.rawValue)
        #expect(try sandbox.reader().runs(ReportFilter()).map(\.outcome) == ["interrupted"])

        // Nobody drives it now, and nobody finds anything to do.
        #expect(try heir.one("SELECT engine_id FROM model_owner WHERE engine_id IS NOT NULL") as Int64? == nil)
        #expect(try sandbox.engine().recovered.isEmpty)
        #expect(try sandbox.reader().history(ReportFilter()).count == rows.count)
    }

    @Test(arguments: [ModelState.uninitialized, .error])
    func aModelAtRestIsLeftAlone(state: ModelState) async throws {
        let sandbox = try Sandbox()
        let dead = try sandbox.engine()
        var driver = try await dead.claimDriver()
        try await driver.reach(state)
        dead.die()
        let heir = try sandbox.engine()
        #expect(heir.recovered.isEmpty)
        let claimed = try await heir.claim(RunConfiguration(model: "en-us", provider: "scripted"))
        #expect(claimed.state == state)
        #expect(claimed.run == driver.run)
        #expect(claimed.ordinal == driver.ordinal)
    }

    @Test func allModelsOfADeadEngineAreSettledOldestFirst() async throws {
        let sandbox = try Sandbox()
        let dead = try sandbox.engine()
        for name in ["c", "a", "b"] {
            var driver = try await dead.claimDriver(name)
            try await driver.reach(.ready)
        }
        dead.die()
        #expect(try sandbox.engine().recovered.map(\.model) == ["c", "a", "b"])
    }

    @Test func aLivingEnginesRunIsNotTouched() async throws {
        let sandbox = try Sandbox()
        let alive = try sandbox.engine()
        let dead = try sandbox.engine()
        var mine = try await alive.claimDriver("alive")
        var its = try await dead.claimDriver("dead")
        try await mine.reach(.loading)
        try await its.reach(.loading)
        dead.die()
        #expect(try sandbox.engine().recovered.map(\.model) == ["dead"])
        try await mine.move(.loaded, .ready)
    }

    @Test func claimSaysWhoDrivesTheModel() async throws {
        let sandbox = try Sandbox()
        let owner = try sandbox.engine()
        var driver = try await owner.claimDriver()
        try await driver.reach(.ready)
        let other = try sandbox.engine()
        let error = await journalError { _ = try await other.claimDriver() }
        #expect(error?.code == .busy)
        #expect(error?.message.contains("pid \(getpid())") == true)
        #expect(error?.message.contains("'en-us'") == true)
        #expect(error?.message.contains(owner.engineID.rawValue) == true)
        try await driver.finish()
    }

    @Test(arguments: inFlight)
    func claimSettlesAnOwnerThatDiedMeanwhile(state: ModelState) async throws {
        let sandbox = try Sandbox()
        let owner = try sandbox.engine()
        let heir = try sandbox.engine()
        var driver = try await owner.claimDriver()
        try await driver.reach(state)
        owner.die()
        let claimed = try await heir.claim(RunConfiguration(model: "en-us", provider: "scripted"))
        #expect(claimed.state == (state == .unloading ? .uninitialized : .error))
        #expect(claimed.lastFailure?.reason == .interrupted)
        #expect(claimed.ordinal == driver.ordinal + 1)
        var carriedOn = ModelDriver(claimed)
        try await carriedOn.start(.resume, correlationID: driver.run.correlationID.rawValue, attempt: 2)
        #expect(try sandbox.reader().history(ReportFilter()).filter { $0.trigger == "recovered" }.count == 1)
    }

    @Test func closingGivesModelsAtRestAway() async throws {
        let sandbox = try Sandbox()
        let first = try sandbox.engine()
        var driver = try await first.claimDriver()
        try await driver.reach(.error)
        try first.close()
        let second = try sandbox.engine()
        #expect(second.recovered.isEmpty)
        var next = try await second.claimDriver()
        #expect(next.claimed.lastFailure == Failure(.modelLoadFailed, "no such file"))
        try await next.start(.retry, attempt: 2)
    }

    @Test func aRunInFlightAtCloseStaysOwnedAndIsInterrupted() async throws {
        let sandbox = try Sandbox()
        let first = try sandbox.engine()
        var driver = try await first.claimDriver()
        try await driver.reach(.ready)
        try first.close()
        first.awaitFreeLock()
        // `first` still exists; closing alone has let go of the lock.
        #expect(try sandbox.engine().recovered.map(\.engineID) == [first.engineID])
        _ = first
    }

    /// Between the look and the transaction another engine may have done the work, and gone on.
    @Test func aRecovererThatComesLateChangesNothing() async throws {
        let sandbox = try Sandbox()
        let late = try sandbox.engine()
        let dead = try sandbox.engine()
        var driver = try await dead.claimDriver()
        try await driver.reach(.ready)
        dead.die()
        let recovery = Recovery(
            path: late.path, writer: late.writer, locks: late.locks, engineRow: late.engineRow)
        let seen = try await late.writer.read { db in try Recovery.candidates(db, model: nil, notOf: late.engineRow) }
        #expect(seen.map(\.owner.engine) == [dead.engineID])

        let heir = try sandbox.engine()
        var next = try await heir.claimDriver()
        try await next.reach(.loading)
        let settled = try await late.writer.write { db in
            var parts = NamedParts()
            return try seen.compactMap { try recovery.settle(db, $0, &parts) }
        }
        #expect(settled.isEmpty)
        try await next.move(.loaded, .ready)
        #expect(try sandbox.reader().history(ReportFilter()).filter { $0.trigger == "recovered" }.count == 1)
    }

    @Test func lockFilesGoWithTheirEngines() async throws {
        let sandbox = try Sandbox()
        let locks = sandbox.journal + "-engines"
        func files() throws -> Set<String> {
            Set(try FileManager.default.contentsOfDirectory(atPath: locks)).subtracting(["opening.lock"])
        }
        let resting = try sandbox.engine()
        var driver = try await resting.claimDriver("resting")
        try await driver.reach(.error)
        let flying = try sandbox.engine()
        var other = try await flying.claimDriver("flying")
        try await other.reach(.ready)
        #expect(try files().count == 2)
        resting.die()
        flying.die()
        let heir = try sandbox.engine()
        // The failed model may have been waiting for a retry: its owner can still be judged.
        #expect(try files() == ["\(resting.engineID).lock", "\(heir.engineID).lock"])
        _ = try await heir.claimDriver("resting")
        #expect(try files() == ["\(heir.engineID).lock"])
        try heir.close()
        #expect(try files().isEmpty)
    }
}
