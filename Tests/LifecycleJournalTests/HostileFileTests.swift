import Foundation
import GRDB
import TestSupport
import Testing

@testable import JournalCare
@testable import JournalReports
@testable import LifecycleJournal
@testable import ModelLifecycle

/// Files that no accident makes as they are: each has once ended, stopped or misled the program.
@Suite(.needsSQLiteProgram, .turn(of: "LifecycleJournalTests"))
struct HostileFileTests {
    /// A journal that no engine has open, with one run.
    private func journal() async throws -> Sandbox {
        let sandbox = try Sandbox()
        let engine = try sandbox.engine()
        var driver = try await engine.claimDriver()
        try await driver.start()
        try await driver.fail()
        try engine.close()
        return sandbox
    }

    enum Rules {
        /// What the triggers refuse is refused.
        case kept
        /// The triggers are there again afterwards.
        case suspended
        /// The tables take any value from then on.
        case gone
    }

    private func tamper(_ sandbox: Sandbox, _ rules: Rules = .suspended, _ change: String) throws {
        if rules == .suspended { return try VerificationTests.withoutTriggers(sandbox.journal, change) }
        if rules == .gone {
            let result = try sqlite3(
                sandbox.journal,
                """
                PRAGMA writable_schema = ON; DELETE FROM sqlite_schema WHERE type = 'trigger';
                UPDATE sqlite_schema SET sql = replace(sql, ' STRICT', '') WHERE sql NOT LIKE '%WITHOUT ROWID%'
                """)
            try #require(result.status == 0, "\(result)")
        }
        let result = try sqlite3(sandbox.journal, "PRAGMA ignore_check_constraints = ON; \(change)")
        try #require(result.status == 0, "\(result)")
    }

    /// Overwrites the first page of a table or an index.
    /// - Returns: what the file holds now.
    @discardableResult
    private func overwrite(_ name: String, in sandbox: Sandbox) throws -> Data {
        let root = try sqlite3(sandbox.journal, "SELECT rootpage FROM sqlite_schema WHERE name = '\(name)'")
        let page = try #require(Int(root.output.trimmingCharacters(in: .whitespacesAndNewlines)))
        var bytes = try Data(contentsOf: URL(fileURLWithPath: sandbox.journal))
        bytes.replaceSubrange(
            (page - 1) * JournalFile.pageSize..<page * JournalFile.pageSize,
            with: Data(repeating: 0xFF, count: JournalFile.pageSize))
        try bytes.write(to: URL(fileURLWithPath: sandbox.journal))
        return bytes
    }

    private func openingError(_ sandbox: Sandbox) -> JournalError? {
        do { try EngineJournal(path: sandbox.journal).close() } catch { return error as? JournalError }
        return nil
    }

    /// Closing the last connection would have copied the log over the journal.
    @Test func anotherProgramsLogIsNotCopiedIntoTheJournal() async throws {
        let sandbox = try await journal()
        let other = try DatabaseQueue(path: sandbox.directory + "/other")
        try await other.writeWithoutTransaction { db in
            try db.execute(sql: "PRAGMA journal_mode = WAL; CREATE TABLE notes (x)")
        }
        try FileManager.default.copyItem(
            atPath: sandbox.directory + "/other-wal", toPath: sandbox.journal + "-wal")
        let before = try sandbox.contents()
        #expect(openingError(sandbox)?.code == .notAJournal)
        let after = try sandbox.contents()
        for name in before.keys where !name.hasSuffix("-shm") { #expect(after[name] == before[name], "\(name)") }
    }

    static let changes: [(rules: Rules, change: String)] = [
        (.suspended, "UPDATE model_owner SET engine_id = 999, epoch = epoch + 1"),
        (.gone, "UPDATE model_owner SET engine_id = 'abc'"),
        (.gone, "UPDATE model_owner SET epoch = 'abc'"),
        (.suspended, "UPDATE model_owner SET epoch = 9223372036854775807"),
        (.suspended, "UPDATE chain_head SET seq = 9223372036854775807"),
        (.kept, "PRAGMA user_version = 0"),
        (.kept, "PRAGMA user_version = -1"),
        (.suspended, "DELETE FROM legal_move WHERE trigger = 'resume'"),
        (.kept, "DROP TRIGGER transition_is_appended"),
        (.kept, "CREATE TRIGGER more AFTER INSERT ON engine BEGIN DELETE FROM model_owner; END"),
        (.kept, "DROP INDEX run_by_correlation_id"),
        (.suspended, "DELETE FROM journal_info"),
    ]

    /// What an engine would stumble over later it sees when it opens the journal, which then can be set aside, as it was.
    @Test(arguments: changes.indices)
    func whatWouldStopAnEngineIsDamage(place: Int) async throws {
        let (rules, change) = Self.changes[place]
        let sandbox = try await journal()
        // Not in WAL mode, as a backup is.
        try #require(try sqlite3(sandbox.journal, "PRAGMA journal_mode = DELETE").status == 0)
        try tamper(sandbox, rules, change)
        let before = try sandbox.contents()[URL(fileURLWithPath: sandbox.journal).lastPathComponent]
        let error = openingError(sandbox)
        #expect(error?.code == .damaged, "\(change): \(String(describing: error))")
        let engine = try EngineJournal(path: sandbox.journal, setsDamageAside: true)
        let aside = try #require(engine.setAside, "\(change)")
        #expect(try sandbox.contents()[URL(fileURLWithPath: aside).lastPathComponent] == before, "\(change)")
        #expect(!FileManager.default.fileExists(atPath: aside + "-wal"))
        try engine.close()
    }

    @Test func aFormatThatSQLiteDoesNotKnowIsDamage() async throws {
        let sandbox = try await journal()
        var bytes = try Data(contentsOf: URL(fileURLWithPath: sandbox.journal))
        bytes[47] ^= 64
        try bytes.write(to: URL(fileURLWithPath: sandbox.journal))
        #expect(openingError(sandbox)?.code == .damaged)
        let error = #expect(throws: JournalError.self) { try sandbox.reader().history(ReportFilter()) }
        #expect(error?.code == .damaged)
    }

    /// What settling an interrupted run reads is read before the engine writes its own row.
    @Test(arguments: ["one_live_run_per_model", "server_process"])
    func damageThatRecoveryWouldMeetIsSeenFirst(name: String) async throws {
        let sandbox = try Sandbox()
        let engine = try EngineProcess()
        engine.order("open \(sandbox.journal)")
        engine.order("claim en-us")
        engine.reach("READY")
        engine.process.kill()
        // As one file without a log.
        try #require(try sqlite3(sandbox.journal, "PRAGMA journal_mode = DELETE").status == 0)
        let bytes = try overwrite(name, in: sandbox)
        let next = try EngineJournal(path: sandbox.journal, setsDamageAside: true)
        let aside = try #require(next.setAside)
        #expect(try Data(contentsOf: URL(fileURLWithPath: aside)) == bytes)
        try next.close()
    }

    /// How long a model's earlier runs took is not needed to start it.
    @Test func aDamagedHintStopsNoModel() async throws {
        let sandbox = try await journal()
        let trigger = "run_progress_follows_its_run"
        let sql = try sqlite3(sandbox.journal, "SELECT sql FROM sqlite_schema WHERE name = '\(trigger)'").output
        let answer = try sqlite3(
            sandbox.journal, "DROP TRIGGER \(trigger); UPDATE run_progress SET load_us = 1 << 61 WHERE run = 1; \(sql)")
        #expect(answer.status == 0)
        let engine = try sandbox.engine()
        _ = try await engine.claimDriver()
        try engine.close()
    }

    /// Closing what was refused would have emptied it into the file.
    @Test func theLogOfARefusedJournalIsLeft() async throws {
        let sandbox = try await journal()
        let engine = try EngineProcess()
        engine.order("open \(sandbox.journal)")
        engine.order("claim other")
        engine.reach("READY")
        engine.process.kill()
        // A connection like an engine's leaves the change in the log.
        let writer = try DatabaseQueue(path: sandbox.journal, configuration: ConnectionSettings.writer)
        try await writer.write { db in try db.execute(sql: "PRAGMA user_version = -1") }
        try writer.close()
        let before = try sandbox.contents()
        #expect(openingError(sandbox)?.code == .damaged)
        let after = try sandbox.contents()
        for name in before.keys where !name.hasSuffix("-shm") { #expect(after[name] == before[name], "\(name)") }
    }

    @Test(arguments: [
        "UPDATE chain_head SET seq = 9223372036854775807",
        "UPDATE transition SET elapsed_us = 9223372036854775807",
        "UPDATE transition SET at_us = -9223372036854775807",
        "UPDATE transition SET ordinal = 9223372036854775807 WHERE seq = 2",
        "UPDATE run SET attempt = 9223372036854775807",
    ]) func theLargestNumbersEndNothing(change: String) async throws {
        let sandbox = try await journal()
        try tamper(sandbox, .gone, change)
        let reader = try sandbox.reader()
        #expect(try !JournalVerifier(reader).verify().isWhole)
        // They answer, or say what is wrong.
        for report in [
            { _ = try reader.history(ReportFilter()) }, { _ = try reader.runs(ReportFilter()) },
            { _ = try reader.status(models: []) },
            { _ = try reader.story(.last(1)) }, { _ = try reader.postmortem(nil) },
        ] as [() throws -> Void] {
            do { try report() } catch let error as JournalError { #expect(error.code == .damaged, "\(error)") }
        }
    }

    /// Each of them may be read, and all of them together are too much.
    @Test func theSumOfLargeNumbersEndsNothing() async throws {
        let sandbox = try Sandbox()
        let engine = try sandbox.engine()
        var driver = try await engine.claimDriver()
        try await driver.succeed()
        try engine.close()
        try tamper(
            sandbox, .gone,
            "INSERT INTO warmup_request SELECT 1, value, 1 << 60, NULL FROM generate_series(10, 40)")
        let story = try sandbox.reader().story(.last(1))
        #expect(story.warmups.count > 30)
        #expect(StartupPhases(story) != nil)
    }

    /// A report that reads through it would never end.
    @Test func aViewWithoutAnEndIsNotRead() async throws {
        let sandbox = try await journal()
        try tamper(
            sandbox, .kept,
            """
            PRAGMA writable_schema = ON;
            UPDATE sqlite_schema SET sql = 'CREATE VIEW run_rows AS WITH RECURSIVE n(id) AS
            (SELECT 1 UNION ALL SELECT id + 1 FROM n) SELECT * FROM n' WHERE name = 'run_rows'
            """)
        let error = #expect(throws: JournalError.self) { try sandbox.reader() }
        #expect(error?.code == .damaged && error?.message.contains("run_rows") == true)
    }

    /// Nobody has to give up a journal for an index or a view of their own.
    @Test func whatPeopleAddIsNoDamage() async throws {
        let sandbox = try await journal()
        try tamper(
            sandbox, .kept,
            "CREATE TABLE notes (x); CREATE TRIGGER own AFTER INSERT ON notes BEGIN DELETE FROM notes; END; CREATE INDEX mine ON transition (reason); CREATE VIEW worst AS SELECT * FROM runs"
        )
        #expect(openingError(sandbox) == nil)
        #expect(try JournalVerifier(sandbox.reader()).verify().isWhole)
    }

    /// Of two engines that find the same damage, one sets it aside, and the other one finds a journal that is whole.
    @Test func whatAnotherEngineHasPutThereIsLeft() async throws {
        let sandbox = try await journal()
        let old = try #require(FileIdentity(sandbox.journal))
        try tamper(sandbox, .kept, "PRAGMA user_version = -1")
        let first = try EngineJournal(path: sandbox.journal, setsDamageAside: true)
        #expect(first.setAside != nil)
        let quarantine = Quarantine(path: sandbox.journal, locks: OwnerLocks(journal: sandbox.journal))
        #expect(try quarantine.setAside(JournalError(.damaged, sandbox.journal, "damaged"), old) == nil)
        try first.close()
        let after = try sandbox.contents()
        #expect(try quarantine.setAside(JournalError(.damaged, sandbox.journal, "damaged"), old) == nil)
        #expect(try sandbox.contents() == after)
    }

    /// A database without its log is an older one.
    @Test func whatCannotBeSetAsideAsAWholeStays() throws {
        let sandbox = try Sandbox()
        for suffix in ["", "-wal", "-shm"] {
            try Data(("damaged" + suffix).utf8).write(to: URL(fileURLWithPath: sandbox.journal + suffix))
        }
        // Where one of its files would go there is a directory, whatever second it is meanwhile.
        let now = Date()
        for second in 0..<900 {
            let time = now.addingTimeInterval(Double(second)).ISO8601Format().filter { $0 != "-" && $0 != ":" }
            let name = "\(sandbox.journal).damaged-\(time)-shm"
            try FileManager.default.createDirectory(atPath: name, withIntermediateDirectories: false)
        }
        let quarantine = Quarantine(path: sandbox.journal, locks: OwnerLocks(journal: sandbox.journal))
        let error = #expect(throws: JournalError.self) {
            try quarantine.setAside(
                JournalError(.damaged, sandbox.journal, "damaged"), FileIdentity(sandbox.journal))
        }
        #expect(error?.code == .cannotCreate, "\(String(describing: error))")
        for suffix in ["", "-wal", "-shm"] {
            let content = try String(contentsOfFile: sandbox.journal + suffix, encoding: .utf8)
            #expect(content == "damaged" + suffix)
        }
    }

    @Test func whatCannotBeClosedLetsGoOfItsLock() throws {
        let sandbox = try Sandbox()
        let engine = try sandbox.engine()
        engine.writer.abandon()
        #expect(throws: JournalError.self) { try engine.close() }
        engine.awaitFreeLock()
        let lock = try HeldLock(engine.locks.directory + "/\(engine.engineID).lock", flags: O_RDONLY)
        #expect(try lock.tryLock(LOCK_EX))
    }

    @Test func salvageDoesNotWaitForAPipe() async throws {
        let sandbox = try await journal()
        mkfifo(sandbox.journal + "-wal", 0o600)
        let report = try JournalSalvage(sandbox.journal).write(to: sandbox.directory + "/new.sqlite")
        #expect(report.transitions == 2)
    }
}
