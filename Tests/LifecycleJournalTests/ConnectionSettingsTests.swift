import CSQLiteSettings
import GRDB
import TestSupport
import Testing

@testable import JournalCare
@testable import JournalReports
@testable import LifecycleJournal

/// Values asserted on live connections: what a configuration asks for is not always what it gets.
@Suite(.turn(of: "LifecycleJournalTests")) struct ConnectionSettingsTests {
    static let names = [
        "synchronous", "wal_autocheckpoint", "journal_size_limit", "recursive_triggers", "foreign_keys",
        "cell_size_check", "busy_timeout", "query_only", "fullfsync", "checkpoint_fullfsync",
    ]

    @Test func writerSyncsEveryCommitAndNeverCheckpointsByItself() async throws {
        let sandbox = try Sandbox()
        let engine = try sandbox.engine()
        let fresh = try engine.writer.writeWithoutTransaction(Self.live)
        #expect(fresh.journalMode == "wal")
        #expect(fresh.pragmas["synchronous"] == 2)
        #expect(fresh.pragmas["wal_autocheckpoint"] == 0)
        #expect(fresh.pragmas["journal_size_limit"] == 8_388_608)
        #expect(fresh.pragmas["recursive_triggers"] == 1)
        #expect(fresh.pragmas["foreign_keys"] == 1)
        #expect(fresh.pragmas["cell_size_check"] == 1)
        // It has a way of waiting of its own, for as long.
        #expect(fresh.pragmas["busy_timeout"] == 0 && ConnectionSettings.writerPatience == 5)
        #expect(fresh.pragmas["query_only"] == 0)
        #if canImport(Darwin)
            #expect(fresh.pragmas["fullfsync"] == 1)
            #expect(fresh.pragmas["checkpoint_fullfsync"] == 1)
        #endif
        // DEFENSIVE on; TRUSTED_SCHEMA and both kinds of double-quoted strings off.
        #expect(fresh.bits == 0b0001)

        // They outlive migrations, reads, transactions and checkpoints.
        var driver = try await engine.claimDriver()
        try await driver.succeed()
        try engine.writer.checkpoint()
        #expect(try engine.writer.writeWithoutTransaction(Self.live) == fresh)
    }

    @Test func readerCannotWrite() throws {
        let sandbox = try Sandbox()
        let engine = try sandbox.engine()
        let reader = try sandbox.reader()
        let live = try reader.queue.unsafeRead(Self.live)
        #expect(live.journalMode == "wal")
        #expect(live.pragmas["query_only"] == 1)
        #expect(live.pragmas["cell_size_check"] == 1)
        #expect(live.pragmas["busy_timeout"] == 2000)
        #expect(live.pragmas["wal_autocheckpoint"] == 0)
        #expect(live.bits == 0b0001)
        #expect(throws: JournalError.self) {
            try reader.read { db in try db.execute(sql: "DELETE FROM run_progress") }
        }
        try engine.close()
    }

    @Test func doubleQuotedTextIsNoString() throws {
        let sandbox = try Sandbox()
        let engine = try sandbox.engine()
        #expect(throws: DatabaseError.self) {
            try engine.writer.read { db in try Row.fetchAll(db, sql: #"SELECT "no such column" FROM run"#) }
        }
    }

    @Test(.needsSQLiteProgram) func fileSaysWhatItIs() throws {
        let sandbox = try Sandbox()
        try sandbox.engine().close()
        #expect(try sqlite3(sandbox.journal, "PRAGMA application_id").output == "\(0x4D4A_524E)\n")
        #expect(try sqlite3(sandbox.journal, "PRAGMA user_version").output == "\(JournalSchema.version)\n")
        #expect(try sqlite3(sandbox.journal, "PRAGMA integrity_check").output == "ok\n")
    }

    struct Live: Equatable, Sendable {
        var journalMode: String?
        var pragmas: [String: Int]
        var bits: Int32
    }

    static func live(_ db: Database) throws -> Live {
        var pragmas: [String: Int] = [:]
        for name in names { pragmas[name] = try Int.fetchOne(db, sql: "PRAGMA \(name)") }
        return Live(
            journalMode: try String.fetchOne(db, sql: "PRAGMA journal_mode"), pragmas: pragmas,
            bits: modeljournal_sqlite_settings(db.sqliteConnection))
    }
}
