import Dispatch
import Foundation
import GRDB
import Synchronization
import TestSupport
import Testing

@testable import JournalCare
@testable import JournalReports
@testable import LifecycleJournal
@testable import ModelLifecycle

/// Rows of several models in one transaction.
@Suite(.turn(of: "LifecycleJournalTests"))
struct GroupCommitTests {
    /// Appends that were all asked for while the connection was in somebody else's hands.
    private final class Appends: Sendable {
        private let outcomes = Mutex<[Int: Result<Void, any Error>]>([:])

        func add(_ transition: Transition, to driver: ModelDriver, as number: Int) throws {
            let recorder = try #require(driver.claimed.recorder as? ModelRecorder)
            recorder.append(transition) { outcome in self.outcomes.withLock { $0[number] = outcome } }
        }

        var failures: Int {
            outcomes.withLock { outcomes in
                outcomes.values.filter { if case .failure = $0 { true } else { false } }.count
            }
        }

        /// In the order of their numbers; nil for one that was stored.
        var errors: [RecorderFailure?] {
            outcomes.withLock { outcomes in
                outcomes.sorted { $0.key < $1.key }.map { _, outcome in
                    if case .failure(let error) = outcome { error as? RecorderFailure } else { nil }
                }
            }
        }
    }

    private final class CommitCount: TransactionObserver {
        var count = 0
        func observes(eventsOfKind eventKind: DatabaseEventKind) -> Bool { false }
        func databaseDidChange(with event: DatabaseEvent) {}
        func databaseDidCommit(_ db: Database) { count += 1 }
        func databaseDidRollback(_ db: Database) {}
    }

    private func drivers(_ engine: EngineJournal, _ count: Int) async throws -> [ModelDriver] {
        var drivers: [ModelDriver] = []
        for number in 0..<count { drivers.append(try await engine.claimDriver("model-\(number)")) }
        for number in drivers.indices { drivers[number].begin() }
        return drivers
    }

    /// Appends during a transaction, which begins with `first`: the next one takes all of them.
    private func duringCommit(
        of engine: EngineJournal, _ first: @escaping GroupCommit.Append = { _ in }, _ body: () throws -> Void
    ) throws {
        let (begun, goOn) = (DispatchSemaphore(value: 0), DispatchSemaphore(value: 0))
        engine.commits.append { db in
            try first(db)
            begun.signal()
            goOn.wait()
        } completion: { _ in
        }
        begun.wait()
        defer {
            goOn.signal()
            engine.commits.settle()
        }
        try body()
    }

    @Test func rowsThatWaitTogetherShareATransaction() async throws {
        let sandbox = try Sandbox()
        let engine = try sandbox.engine()
        let drivers = try await drivers(engine, 40)
        let appends = Appends()
        nonisolated(unsafe) let commits = CommitCount()
        try duringCommit(of: engine) { db in
            db.add(transactionObserver: commits, extent: .databaseLifetime)
        } _: {
            for (number, driver) in drivers.enumerated() {
                try appends.add(driver.transition(.initialize, .loading, elapsed: nil), to: driver, as: number)
            }
        }
        #expect(appends.errors == Array(repeating: nil, count: 40))
        #expect(commits.count == 2)
        let rows = try sandbox.reader().history(ReportFilter())
        #expect(rows.map(\.model) == (0..<40).map { "model-\($0)" })
        try engine.close()
    }

    @Test func aRefusedRowTakesNobodyWithIt() async throws {
        let sandbox = try Sandbox()
        let engine = try sandbox.engine()
        let drivers = try await drivers(engine, 10)
        let appends = Appends()
        try duringCommit(of: engine) {
            for (number, driver) in drivers.enumerated() {
                // Two of them leave a state in which their model is not.
                let trigger: Trigger = number % 5 == 3 ? .retry : .initialize
                var row = driver.transition(trigger, .loading, elapsed: nil)
                if trigger == .retry { row.from = .error }
                try appends.add(row, to: driver, as: number)
            }
        }
        #expect(appends.errors.count == 10)
        for (number, error) in appends.errors.enumerated() { #expect((error != nil) == (number % 5 == 3)) }
        #expect(try engine.one("SELECT count(*) FROM transition") == 8)
        #expect(try engine.one("SELECT count(*) FROM run") == 8)
        try engine.close()
        #expect(try JournalVerifier(sandbox.reader()).verify().findings.isEmpty)
    }

    /// Whoever does not wait for each row gets them in the order in which they were given.
    @Test func rowsOfOneModelKeepTheirOrder() async throws {
        let sandbox = try Sandbox()
        let engine = try sandbox.engine()
        let driver = try await drivers(engine, 1)[0]
        let appends = Appends()
        var row = driver.transition(.initialize, .loading, elapsed: nil)
        try duringCommit(of: engine) {
            try appends.add(row, to: driver, as: 1)
            for (trigger, to) in [(Trigger.loaded, ModelState.warmingUp), (.warmed, .ready), (.unload, .unloading)] {
                (row.from, row.to, row.trigger, row.ordinal) = (row.to, to, trigger, row.ordinal + 1)
                row.elapsed = .milliseconds(1)
                try appends.add(row, to: driver, as: row.ordinal)
            }
        }
        #expect(appends.errors == [nil, nil, nil, nil])
        #expect(
            try sandbox.reader().history(ReportFilter()).map(\.to) == ["LOADING", "WARMING_UP", "READY", "UNLOADING"])
        try engine.close()
    }

    /// A disk without room takes none of them, and everybody hears of it.
    @Test func anErrorOfTheDiskIsEverybodys() async throws {
        let sandbox = try Sandbox()
        let engine = try sandbox.engine()
        let drivers = try await drivers(engine, 5)
        let appends = Appends()
        try duringCommit(of: engine) { db in
            try db.execute(sql: "PRAGMA max_page_count = 1")
        } _: {
            for (number, driver) in drivers.enumerated() {
                var row = driver.transition(.initialize, .loading, elapsed: nil)
                row.version = String(repeating: "v", count: 100_000)
                try appends.add(row, to: driver, as: number)
            }
        }
        #expect(appends.failures == 5)
        #expect(try engine.one("SELECT count(*) FROM transition") == 0)
        try engine.close()
    }

    // MARK: - On whose thread

    private static let hasOthers = ProcessInfo.processInfo.activeProcessorCount > 1

    /// Appends something that ends only when it may, on another thread than this one.
    /// - Returns: whether `append` came back before.
    private func comesBack(_ engine: EngineJournal) -> Bool {
        let (goOn, done) = (DispatchSemaphore(value: 0), DispatchSemaphore(value: 0))
        let cameBack = Mutex(false)
        engine.commits.append({ _ in _ = goOn.wait(timeout: .now() + 10) }, mayWait: true) { _ in done.signal() }
        if done.wait(timeout: .now()) == .timedOut { cameBack.withLock { $0 = true } }
        goOn.signal()
        engine.commits.settle()
        return cameBack.withLock { $0 }
    }

    @Test(.enabled(if: hasOthers, "with one processor another thread always does it"))
    func whoMayWaitCommitsByThemselves() throws {
        let sandbox = try Sandbox()
        let engine = try sandbox.engine()
        let thread = Mutex<ObjectIdentifier?>(nil)
        var isDone = false
        // One of a process's threads at a time: other tests append too.
        for _ in 0..<1000 where thread.withLock({ $0 }) != ObjectIdentifier(Thread.current) {
            let done = Mutex(false)
            engine.commits.append(
                { _ in thread.withLock { $0 = ObjectIdentifier(Thread.current) } }, mayWait: true
            ) { _ in done.withLock { $0 = true } }
            isDone = done.withLock { $0 }
            engine.commits.settle()
        }
        #expect(thread.withLock { $0 } == ObjectIdentifier(Thread.current))
        #expect(isDone, "it is durable when the call comes back")
        try engine.close()
    }

    @Test func whoMustNotWaitDoesNot() throws {
        let sandbox = try Sandbox()
        let engine = try sandbox.engine()
        let (goOn, done) = (DispatchSemaphore(value: 0), DispatchSemaphore(value: 0))
        engine.commits.append({ _ in goOn.wait() }) { _ in done.signal() }
        // It would never come here.
        goOn.signal()
        done.wait()
        try engine.close()
    }

    @Test func aSlowDiskIsNotWaitedFor() throws {
        let sandbox = try Sandbox()
        let engine = try sandbox.engine()
        engine.commits.append({ _ in usleep(40_000) }) { _ in }
        engine.commits.settle()
        #expect(comesBack(engine))
        try engine.close()
    }

    @Test(.enabled(if: hasOthers, "with one processor none does"))
    func oneThreadOfTheProcessWaitsAtMost() {
        let slot = WaitingSlot()
        let first = CommittingOnOwnThread(slot)
        let second = CommittingOnOwnThread(slot)
        var (outer, inner) = (false, true)
        outer = first.commits {
            inner = second.commits { true }
            return true
        }
        #expect(outer && !inner)
        #expect(second.commits { true }, "the place is free again")
        second.note(.seconds(1))
        #expect(!second.commits { true })
        second.note(.milliseconds(1))
        #expect(second.commits { true })
    }
}
