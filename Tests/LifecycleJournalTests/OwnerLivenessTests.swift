import Foundation
import TestSupport
import Testing

@testable import HostProcesses
@testable import JournalCare
@testable import JournalReports
@testable import LifecycleJournal
@testable import ModelLifecycle

/// Dead, alive, or not to be told from here.
@Suite(.turn(of: "LifecycleJournalTests")) struct OwnerLivenessTests {
    private let sandbox: Sandbox
    private let engine: EngineJournal
    private let here = ProcessIdentity.current

    init() throws {
        sandbox = try Sandbox()
        engine = try sandbox.engine()
    }

    private func liveness(_ change: (inout ProcessIdentity) -> Void = { _ in }) -> OwnerLiveness {
        var identity = here
        change(&identity)
        return engine.locks.probe(engine.engineID, identity).liveness
    }

    private func removeLock() { unlink(engine.locks.directory + "/\(engine.engineID).lock") }

    @Test func aHeldLockIsAlive() {
        #expect(liveness() == .alive)
        // Whatever the diagnostics say.
        #expect(liveness { $0.host = "elsewhere" } == .alive)
        #expect(liveness { $0.pid = 1 } == .alive)
    }

    @Test func aFreeLockIsDead() {
        engine.die()
        #expect(liveness() == .dead)
        #expect(liveness { $0.bootID = "an earlier one" } == .dead)
        // A reused process number is no life.
        #expect(liveness { $0.start = 1 } == .dead)
    }

    @Test func aFreeLockOfAnotherHostIsUnknown() {
        engine.die()
        #expect(
            liveness {
                $0.host = "elsewhere"
                $0.bootID = "another"
            } == .unknown)
    }

    /// Two machines may have the same name, and see the same directory without seeing each other's locks.
    @Test func onASharedFileSystemAnotherBootIsNotThisMachinesPast() {
        engine.die()
        var identity = here
        identity.bootID = "another"
        let shared = OwnerLocks(journal: sandbox.journal, isLocal: false)
        #expect(engine.locks.probe(engine.engineID, identity).liveness == .dead)
        #expect(shared.probe(engine.engineID, identity).liveness == .unknown)
        #expect(shared.probe(engine.engineID, here).liveness == .dead)
        removeLock()
        #expect(engine.locks.probe(engine.engineID, identity).liveness == .dead)
        #expect(shared.probe(engine.engineID, identity).liveness == .unknown)
    }

    @Test func aDeadOwnersLockIsHeldWhileItIsJudged() throws {
        engine.die()
        let probe = engine.locks.probe(engine.engineID, here)
        let file = engine.locks.directory + "/\(engine.engineID).lock"
        let other = try HeldLock(file, flags: O_RDONLY)
        #expect(try !other.tryLock(LOCK_EX))
        // Other observers may judge it too.
        #expect(try other.tryLock(LOCK_SH))
        withExtendedLifetime(probe) {}
    }

    /// A lock on a file that was removed, or replaced, excludes nobody.
    @Test func aLockKnowsWhetherItIsStillTheOneAtItsPath() throws {
        let path = sandbox.directory + "/some.lock"
        let lock = try HeldLock(path, flags: O_CREAT | O_RDWR)
        #expect(lock.isStill(at: path))
        unlink(path)
        #expect(!lock.isStill(at: path))
        let other = try HeldLock(path, flags: O_CREAT | O_RDWR)
        #expect(!lock.isStill(at: path))
        #expect(other.isStill(at: path))
    }

    @Test func withoutALockFileTheProcessTableDecides() {
        removeLock()
        #expect(liveness() == .alive)
        #expect(liveness { $0.start = ($0.start ?? 0) + 1 } == .dead)
        #expect(liveness { $0.pid = .max } == .dead)
        #expect(liveness { $0.bootID = "an earlier one" } == .dead)
    }

    @Test func withoutALockFileDoubtIsUnknown() {
        removeLock()
        #expect(liveness { $0.start = nil } == .unknown)
        #expect(liveness { $0.bootID = nil } == .unknown)
        #if os(Linux)
            #expect(liveness { $0.pidNamespace = "pid:[1]" } == .unknown)
        #endif
        #expect(
            liveness {
                $0.host = "elsewhere"
                $0.bootID = "another"
            } == .unknown)
    }

    /// An owner that may be alive on another host keeps its model, whoever asks.
    @Test func anOwnerOnAnotherHostIsNeverClosed() async throws {
        var elsewhere = ProcessIdentity.current
        elsewhere.host = "elsewhere"
        elsewhere.bootID = "another"
        let engine = try EngineJournal(
            path: sandbox.journal, programVersion: "1", setsDamageAside: false, identity: elsewhere)
        var driver = try await engine.claimDriver()
        try await driver.reach(.ready)
        engine.die()
        let other = try sandbox.engine()
        #expect(other.recovered.isEmpty)
        let error = await journalError { _ = try await other.claimDriver() }
        #expect(error?.code == .busy)
        #expect(error?.message.contains("on elsewhere") == true)
        #expect(error?.message.contains("cannot be told") == true)
        #expect(try await other.resumableRuns().isEmpty)
        let status = try #require(try sandbox.reader().status(models: []).first)
        #expect(status.owner?.liveness == .unknown)
        #expect(!status.isAbandoned)
    }

    @Test func aDeletedLockFileDoesNotKillALivingEngine() async throws {
        var driver = try await engine.claimDriver()
        try await driver.reach(.ready)
        removeLock()
        let other = try sandbox.engine()
        #expect(other.recovered.isEmpty)
        let error = await journalError { _ = try await other.claimDriver() }
        #expect(error?.code == .busy)
        try await driver.finish()
    }
}
