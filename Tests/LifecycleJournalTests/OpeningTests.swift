import Foundation
import GRDB
import JournalMigrations
import TestSupport
import Testing

@testable import JournalCare
@testable import JournalReports
@testable import LifecycleJournal
@testable import ModelLifecycle

@Suite(.turn(of: "LifecycleJournalTests")) struct OpeningTests {
    @Test func aNewJournalIsCreatedOnce() throws {
        let sandbox = try Sandbox()
        let first = try sandbox.engine()
        let id: String? = try first.one("SELECT journal_id FROM journal_info")
        let second = try sandbox.engine()
        #expect(id?.count == 36)
        #expect(try second.one("SELECT journal_id FROM journal_info") == id)
        #expect(try second.one("SELECT count(*) FROM engine") == 2)
        #expect(first.engineID != second.engineID)
    }

    @Test func aClosedJournalIsOneFile() throws {
        let sandbox = try Sandbox()
        try sandbox.engine().close()
        #expect(try sandbox.names() == ["journal.sqlite", "journal.sqlite-engines"])
    }

    /// A journal of an older version is measured by what that version made.
    @Test func anOlderVersionIsNoDamage() throws {
        let sandbox = try Sandbox()
        let engine = try sandbox.engine()
        let table = "CREATE TABLE older (id INTEGER PRIMARY KEY)"
        let last = try #require(JournalMigrations.all.last)
        let next = "DROP TABLE older; PRAGMA user_version = \(JournalSchema.version + 1);"
        let migrations =
            JournalMigrations.all.dropLast() + [(last.name, last.sql + table + ";"), ("9999_next", next)]
        func check() throws {
            try engine.writer.read { db in
                try OpeningCheck.check(db, JournalHeader(db), path: sandbox.journal, migrations: Array(migrations))
            }
        }
        let error = #expect(throws: JournalError.self) { try check() }
        #expect(error?.message.contains("table older is missing") == true, "\(String(describing: error))")
        try engine.writer.write { db in try db.execute(sql: table) }
        try check()
    }

    /// Whatever the process's umask, nobody else may read what providers have printed.
    @Test func everythingIsForItsOwnerOnly() async throws {
        let sandbox = try Sandbox()
        let engine = try EngineProcess()
        engine.order("umask 0")
        let engineID = try #require(engine.order("open \(sandbox.journal)").first)
        engine.order("claim en-us")
        engine.reach("READY")
        #expect(try mode(sandbox.journal) == 0o600)
        #expect(try mode(sandbox.journal + "-wal") == 0o600)
        #expect(try mode(sandbox.journal + "-shm") == 0o600)
        #expect(try mode(sandbox.journal + "-engines") == 0o700)
        #expect(try mode(sandbox.journal + "-engines/\(engineID).lock") == 0o600)
        #expect(try mode(sandbox.journal + "-engines/opening.lock") == 0o600)
    }

    private func mode(_ path: String) throws -> Int? {
        try FileManager.default.attributesOfItem(atPath: path)[.posixPermissions] as? Int
    }

    @Test func anEmptyFileBecomesAJournal() throws {
        let sandbox = try Sandbox()
        #expect(FileManager.default.createFile(atPath: sandbox.journal, contents: nil))
        #expect(try sandbox.engine().one("SELECT count(*) FROM engine") == 1)
    }

    /// Below the limit a file cannot grow; the write that would exceed it kills the process, each time
    /// at another step of the creation.
    @Test(arguments: [0, 4, 16, 32, 40, 64, 80, 96])
    func aCreationThatIsKilledHalfWayIsFinishedByTheNextOpener(kibibytes: Int) throws {
        let sandbox = try Sandbox()
        let victim = try EngineProcess(prefix: ["sh", "-c", "ulimit -f \(kibibytes * 2); exec \"$0\""])
        victim.process.send("open \(sandbox.journal)")
        #expect(victim.process.line() == nil)
        let error = #expect(throws: JournalError.self) { try sandbox.reader() }
        #expect(error?.code == .notFound)
        #expect(try sandbox.engine().one("SELECT count(*) FROM engine") == 1)
        #expect(try sandbox.reader().isEmpty())
    }

    @Test func aSymbolicLinkLeadsToTheSameJournalAndTheSameLocks() async throws {
        let sandbox = try Sandbox()
        let direct = try sandbox.engine()
        var driver = try await direct.claimDriver()
        try await driver.reach(.ready)
        let link = sandbox.directory + "/link.sqlite"
        try FileManager.default.createSymbolicLink(atPath: link, withDestinationPath: "journal.sqlite")
        let linked = try sandbox.engine(path: link)
        #expect(linked.recovered.isEmpty)
        #expect(linked.path.hasSuffix("/journal.sqlite"))
        #expect(try !sandbox.names().contains { $0.hasPrefix("link.sqlite-") })
        #expect(try JournalReader(path: link).status(models: []).first?.owner?.liveness == .alive)
        // Seen through the link, too, a dead engine is dead.
        direct.die()
        #expect(try sandbox.engine(path: link).recovered.count == 1)
    }

    @Test func aDanglingLinkIsNotFollowed() throws {
        let sandbox = try Sandbox()
        try FileManager.default.createSymbolicLink(atPath: sandbox.journal, withDestinationPath: "elsewhere")
        let error = #expect(throws: JournalError.self) { try sandbox.engine() }
        #expect(error?.code == .cannotCreate)
        #expect(try sandbox.names() == ["journal.sqlite"])
    }

    @Test func pathsMayHoldAnyCharacter() throws {
        let sandbox = try Sandbox()
        for name in ["a b?mode=memory#x%20.sqlite", "ü'\".sqlite", "file:x"] {
            let path = sandbox.directory + "/" + name
            try sandbox.engine(path: path).close()
            #expect(try sandbox.engine(path: path).one("SELECT count(*) FROM engine") == 2)
            #expect(try JournalReader(path: path).isEmpty())
            #expect(FileManager.default.fileExists(atPath: path))
        }
    }

    @Test func manyFirstOpenersAllSucceed() throws {
        let sandbox = try Sandbox()
        let openers = try (0..<20).map { _ in try EngineProcess() }
        for opener in openers { opener.process.send("open \(sandbox.journal)") }
        let answers = openers.map { $0.process.line() ?? "" }
        #expect(answers.allSatisfy { $0.hasPrefix("ok ") }, "\(answers)")
        let engine = try sandbox.engine()
        #expect(try engine.one("SELECT count(*) FROM engine") == 21)
        #expect(try engine.one("SELECT count(*) FROM journal_info") == 1)
    }
}
