import Foundation
import TestSupport
import Testing

@testable import JournalCare
@testable import JournalReports
@testable import LifecycleJournal
@testable import ModelLifecycle

/// Recovery among real processes: killed, stopped, and competing.
@Suite(.turn(of: "LifecycleJournalTests")) struct ProcessRecoveryTests {
    @Test(arguments: ["LOADING", "WARMING_UP", "READY", "UNLOADING"])
    func aKilledEngineIsRecoveredOnce(state: String) async throws {
        let sandbox = try Sandbox()
        let victim = try EngineProcess()
        let engineID = victim.order("open \(sandbox.journal)").first
        victim.order("claim en-us")
        victim.reach(state)
        victim.process.kill()

        let heir = try sandbox.engine()
        let run = try #require(heir.recovered.first)
        #expect(heir.recovered.count == 1)
        #expect(run.engineID.rawValue == engineID)
        #expect(run.pid == victim.process.pid)
        #expect(run.state.rawValue == state)
        #expect(try sandbox.engine().recovered.isEmpty)
        #expect(recoveredRows(try sandbox.reader()) == 1)
        #expect(try sandbox.reader().history(ReportFilter()).last?.elapsed == nil)
    }

    @Test func aLivingEngineIsNeverClosed() async throws {
        let sandbox = try Sandbox()
        let owner = try EngineProcess()
        owner.order("open \(sandbox.journal)")
        owner.order("claim en-us")
        owner.reach("READY")
        let other = try sandbox.engine()
        #expect(other.recovered.isEmpty)
        let error = await journalError { _ = try await other.claimDriver() }
        #expect(error?.code == .busy)
        #expect(error?.message.contains("pid \(owner.process.pid)") == true)
        owner.order("move unload UNLOADING")
        owner.order("move unloaded UNINITIALIZED")
    }

    @Test func aStoppedEngineIsNeverClosed() async throws {
        let sandbox = try Sandbox()
        let owner = try EngineProcess()
        owner.order("open \(sandbox.journal)")
        owner.order("claim en-us")
        owner.reach("LOADING")
        owner.process.stop()
        for _ in 0..<3 { #expect(try sandbox.engine().recovered.isEmpty) }
        let other = try sandbox.engine()
        let error = await journalError { _ = try await other.claimDriver() }
        #expect(error?.code == .busy)
        owner.process.signal(SIGCONT)
        owner.order("move loaded READY")
    }

    @Test func aStoppedEngineWhoseLockFileWasDeletedIsNotClosedEither() async throws {
        let sandbox = try Sandbox()
        let owner = try EngineProcess()
        let engineID = try #require(owner.order("open \(sandbox.journal)").first)
        owner.order("claim en-us")
        owner.reach("READY")
        owner.process.stop()
        unlink(sandbox.journal + "-engines/\(engineID).lock")
        #expect(try sandbox.engine().recovered.isEmpty)
        // Once it is dead the process table says so.
        owner.process.kill()
        #expect(try sandbox.engine().recovered.count == 1)
    }

    /// Declared dead while it was only stopped: the worst that a wrong verdict can do is to end its run.
    @Test func aZombieIsFenced() async throws {
        let sandbox = try Sandbox()
        let zombie = try EngineProcess()
        let engineID = try #require(zombie.order("open \(sandbox.journal)").first)
        zombie.order("claim en-us")
        zombie.reach("READY")
        zombie.process.stop()
        // A lock that was lost: another file stands in its place, which nobody holds.
        let file = sandbox.journal + "-engines/\(engineID).lock"
        unlink(file)
        #expect(FileManager.default.createFile(atPath: file, contents: nil))

        let heir = try sandbox.engine()
        #expect(heir.recovered.count == 1)
        var driver = try await heir.claimDriver()
        try await driver.reach(.ready)
        zombie.process.signal(SIGCONT)
        #expect(zombie.ask("move unload UNLOADING") == "error fenced fenced, another engine drives this model")
        try await driver.finish()
        #expect(recoveredRows(try sandbox.reader()) == 1)
    }

    /// All are ready before the first may go, so that they meet.
    @Test(arguments: 0..<4)
    func concurrentRecoverersWriteOneRow(round: Int) async throws {
        let sandbox = try Sandbox()
        let victim = try EngineProcess()
        victim.order("open \(sandbox.journal)")
        victim.order("claim en-us")
        victim.reach(["LOADING", "WARMING_UP", "READY", "UNLOADING"][round])
        victim.process.kill()

        let heirs = try (0..<4).map { _ in try EngineProcess() }
        for heir in heirs { heir.process.send("open \(sandbox.journal)") }
        let answers = heirs.map { $0.process.line() ?? "" }
        #expect(answers.allSatisfy { $0.hasPrefix("ok ") }, "\(answers)")
        #expect(answers.filter { $0.hasSuffix(" 1") }.count == 1)
        #expect(recoveredRows(try sandbox.reader()) == 1)

        // And one of them gets the model.
        for heir in heirs { heir.process.send("claim en-us") }
        let claims = heirs.map { $0.process.line() ?? "" }
        #expect(claims.filter { $0.hasPrefix("ok ") }.count == 1)
        #expect(claims.filter { $0.hasPrefix("error busy ") }.count == 3, "\(claims)")
    }

    @Test func acknowledgedRowsSurviveTheKill() throws {
        let sandbox = try Sandbox()
        for round in 1...3 {
            let victim = try EngineProcess()
            victim.order("open \(sandbox.journal)")
            victim.order("claim en-us")
            victim.reach("READY")
            victim.process.kill()
            let rows = try sandbox.reader().history(ReportFilter())
            // Three states of each run, and the recovery of the earlier ones.
            #expect(rows.count == round * 2 + round - 1)
            #expect(rows.last?.to == "READY")
        }
    }

    private func recoveredRows(_ reader: JournalReader) -> Int {
        (try? reader.history(ReportFilter()).filter { $0.trigger == "recovered" }.count) ?? -1
    }
}
