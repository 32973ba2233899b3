import Foundation
import GRDB
import TestSupport
import Testing

@testable import JournalCare
@testable import JournalReports
@testable import LifecycleJournal
@testable import ModelLifecycle

/// Whatever changes in a journal by accident is found.
@Suite(.turn(of: "LifecycleJournalTests")) struct VerificationTests {
    private static func verified(_ path: String) throws -> Verification {
        do { return try JournalVerifier(JournalReader(path: path, trustsViews: false)).verify() } catch let error
            as JournalError
            where error.code == .damaged || error.code == .notAJournal
        { return Verification(unreadable: error) }
    }

    /// How many rows `filled` makes.
    private static let total: Int64 = 19

    /// Every kind of end that a run can have, with all that can stand on its rows.
    private static func filled(_ sandbox: Sandbox) async throws {
        let dead = try sandbox.engine()
        var lost = try await dead.claimDriver("lost")
        try await lost.reach(.warmingUp)
        dead.die()

        let engine = try sandbox.engine()
        var driver = try await engine.claimDriver()
        try await driver.succeed()
        try await driver.start()
        try await driver.fail()
        try await driver.reach(.warmingUp)
        var failure = Failure(.warmupFailed, "500", exitCode: 1, signal: 2, outputTail: "output")
        failure.evidence = FailureEvidence(oomKill: .notSeen, lastProbe: "GET / answered 500")
        try await driver.move(
            .warmupFailed, .error, elapsed: .seconds(3), failure: failure,
            warmups: [
                WarmupMeasurement(elapsed: .milliseconds(4)), WarmupMeasurement(elapsed: .seconds(2), error: "500"),
            ])
        var other = try await engine.claimDriver("other")
        try await other.start()
        try await other.claimed.recorder.note(processID: 4711, of: other.run.runID)
        var note = RunNote(
            .output, message: "a note", output: "loading\n", evidence: FailureEvidence(rssPeakBytes: 4096))
        note.processID = 4711
        for _ in 0..<2 {
            try await other.claimed.recorder.append(note, at: other.wall, of: other.run.runID)
            note.output = "loaded\n"
        }
        try await other.move(.unload, .unloading, elapsed: .seconds(1), failure: Failure(.cancelled, "unloaded"))
        try await other.move(.unloaded, .uninitialized, elapsed: .zero)
        try await other.reach(.ready)
        // The last connection to be closed empties the log.
        try dead.writer.close()
        try engine.close()
    }

    @Test func aJournalIsWholeAtEveryMoment() async throws {
        let sandbox = try Sandbox()
        let engine = try sandbox.engine()
        #expect(try Self.verified(sandbox.journal).isWhole)
        var driver = try await engine.claimDriver()
        for step in 0..<5 {
            switch step {
            case 0: try await driver.start()
            case 1: try await driver.move(.loaded, .warmingUp)
            case 2: try await driver.move(.warmed, .ready, warmups: [WarmupMeasurement(elapsed: .seconds(1))])
            case 3: try await driver.move(.unload, .unloading)
            default: try await driver.move(.unloaded, .uninitialized)
            }
            let verification = try Self.verified(sandbox.journal)
            #expect(verification.isWhole, "\(verification.findings)")
        }
        try engine.close()
        let all = try Sandbox()
        try await Self.filled(all)
        let verification = try Self.verified(all.journal)
        #expect(verification.isWhole, "\(verification.findings)")
        #expect(verification.transitions == Self.total)
        #expect(verification.runs == 6)
        #expect(verification.head?.count == 64)
    }

    /// What is changed, where it shows, and the first transition that it spoils.
    private static let changes: [(String, Verification.Finding.Kind, Int64?)] = [
        ("UPDATE transition SET at_us = at_us + 1 WHERE seq = 5", .chain, 5),
        (
            "UPDATE transition SET message = message || ' ' WHERE seq = (SELECT min(seq) FROM transition WHERE message <> '')",
            .chain, 3
        ),
        ("UPDATE transition SET elapsed_us = NULL WHERE seq = 6", .chain, 6),
        ("UPDATE transition SET output_tail = 'nothing' WHERE output_tail IS NOT NULL", .chain, nil),
        ("UPDATE transition SET evidence = '{}' WHERE evidence IS NOT NULL", .chain, nil),
        ("UPDATE transition SET hash = zeroblob(32) WHERE seq = 4", .chain, 4),
        ("UPDATE transition SET trigger = 'retry' WHERE seq = 1", .path, 1),
        ("UPDATE transition SET epoch = epoch + 1 WHERE seq = 2", .chain, 2),
        ("UPDATE transition SET model_id = model_id % 2 + 1 WHERE seq = 5", .chain, 5),
        ("DELETE FROM transition WHERE seq = 7", .chain, 7),
        ("DELETE FROM transition WHERE seq = (SELECT max(seq) FROM transition)", .chain, total),
        ("DELETE FROM transition", .chain, 1),
        ("DELETE FROM warmup_request WHERE error IS NOT NULL", .chain, nil),
        ("UPDATE warmup_request SET elapsed_us = elapsed_us + 1", .chain, nil),
        ("INSERT INTO warmup_request (run, ordinal, elapsed_us) VALUES (1, 9, 1)", .chain, nil),
        ("UPDATE warmup_request SET ordinal = ordinal + 4", .chain, nil),
        ("UPDATE run SET provider = 'another' WHERE id = 2", .chain, 4),
        ("UPDATE run SET correlation_id = 'x' WHERE id = 1", .chain, 1),
        ("UPDATE run SET wanted = 'x' WHERE id = 1", .chain, 1),
        ("UPDATE model SET name = 'another' WHERE name = 'en-us'", .chain, 4),
        ("UPDATE engine SET host = 'elsewhere' WHERE id = 1", .chain, 1),
        ("UPDATE configuration SET json = '{ }' WHERE id = 1", .chain, nil),
        ("UPDATE journal_info SET created_us = created_us + 1", .chain, 1),
        ("UPDATE chain_head SET hash = zeroblob(32)", .chain, nil),
        ("UPDATE chain_head SET count = count + 1", .chain, nil),
        ("UPDATE chain_head SET seq = seq + 1, count = count + 1", .chain, total + 1),
        ("UPDATE run_progress SET outcome = 'ready' WHERE run = 2", .derived, nil),
        ("UPDATE run_progress SET load_us = load_us + 1 WHERE load_us IS NOT NULL", .derived, nil),
        ("UPDATE run_progress SET version = 'x' WHERE run = 1", .derived, nil),
        ("DELETE FROM run_progress WHERE run = 3", .derived, nil),
        ("UPDATE model_owner SET epoch = 0", .derived, nil),
        ("UPDATE chain_head SET only_row = 3", .derived, nil),
        ("UPDATE sqlite_sequence SET name = 'x' WHERE name = 'configuration'", .derived, nil),
        ("UPDATE sqlite_sequence SET seq = seq + 1 WHERE name = 'run'", .derived, nil),
        ("UPDATE sqlite_sequence SET seq = seq - 1 WHERE name = 'run'", .derived, nil),
        ("DELETE FROM legal_move WHERE trigger = 'resume'", .schema, nil),
        ("CREATE TRIGGER more AFTER INSERT ON run BEGIN SELECT 1; END", .schema, nil),
        ("DROP VIEW load_timings", .schema, nil),
        ("ALTER TABLE warmup_request RENAME COLUMN error TO errer", .schema, nil),
        ("DROP INDEX run_by_correlation_id", .schema, nil),
        (
            "PRAGMA writable_schema = ON; UPDATE sqlite_schema SET name = CAST(name AS BLOB) WHERE name = 'load_timings'",
            .schema, nil
        ),
        ("UPDATE grdb_migrations SET identifier = '0001_jour' WHERE identifier = '0001_journal'", .schema, nil),
    ]

    @Test(arguments: changes.indices)
    func aChangeIsFoundWhereItIs(place: Int) async throws {
        let (change, kind, seq) = Self.changes[place]
        let sandbox = try Sandbox()
        try await Self.filled(sandbox)
        try Self.withoutTriggers(sandbox.journal, change)
        let verification = try Self.verified(sandbox.journal)
        #expect(!verification.isWhole, "\(change)")
        #expect(verification.findings.contains { $0.kind == kind }, "\(change): \(verification.findings)")
        if let seq {
            #expect(verification.firstBadSeq == seq, "\(change): \(verification.findings)")
            #expect(verification.lastGoodSeq == (seq > 1 ? seq - 1 : nil), "\(change)")
        }
    }

    /// A tree whose last row claims the number of its first would be read for ever by pages that begin behind the
    /// last number seen.
    @Test(arguments: ["run", "transition"]) func rowsOutOfOrderAreReadOnce(table: String) async throws {
        let sandbox = try Sandbox()
        try await Self.filled(sandbox)
        let root = try await DatabaseQueue(path: sandbox.journal).read { db in
            try Int.fetchOne(db, sql: "SELECT rootpage FROM sqlite_schema WHERE name = ?", arguments: [table])
        }
        var bytes = [UInt8](try Data(contentsOf: URL(fileURLWithPath: sandbox.journal)))
        var page = (try #require(root) - 1) * JournalFile.pageSize
        func word(_ place: Int) -> Int { Int(bytes[place]) << 8 | Int(bytes[place + 1]) }
        // Inner pages end with their rightmost child.
        while bytes[page] == 5 { page = (word(page + 10) - 1) * JournalFile.pageSize }
        var cell = page + word(page + 8 + 2 * (word(page + 3) - 1))
        while bytes[cell] >= 0x80 { cell += 1 }
        #expect(bytes[cell + 1] > 1 && bytes[cell + 1] < 0x80)
        bytes[cell + 1] = 1
        try Data(bytes).write(to: URL(fileURLWithPath: sandbox.journal))

        #expect(try !Self.verified(sandbox.journal).isWhole)
        if table == "transition" {
            var exported = 0
            #expect(throws: JournalError.self) {
                try sandbox.reader().export(afterSeq: 0, page: 1) { _ in
                    exported += 1
                    if exported > 100 { throw CancellationError() }
                }
            }
        }
    }

    /// What an engine looks at before it adds to the chain.
    @Test(arguments: [
        "DELETE FROM transition WHERE seq = (SELECT max(seq) FROM transition)",
        "UPDATE transition SET at_us = at_us + 1 WHERE seq = (SELECT max(seq) - 1 FROM transition)",
        "UPDATE chain_head SET hash = zeroblob(32)", "DELETE FROM chain_head",
        "UPDATE run SET attempt = 9 WHERE id = (SELECT max(id) FROM run)",
    ])
    func anEngineDoesNotBuildOnADamagedEnd(change: String) async throws {
        let sandbox = try Sandbox()
        try await Self.filled(sandbox)
        try Self.withoutTriggers(sandbox.journal, change)
        let refused = #expect(throws: JournalError.self) { try sandbox.engine() }
        #expect(refused?.code == .damaged, "\(String(describing: refused))")

        let engine = try EngineJournal(path: sandbox.journal, setsDamageAside: true)
        let aside = try #require(engine.setAside)
        #expect(FileManager.default.fileExists(atPath: aside))
        var driver = try await engine.claimDriver()
        try await driver.succeed()
        #expect(try Self.verified(sandbox.journal).isWhole)
        #expect(try !Self.verified(aside).isWhole)
        #expect(
            try engine.one("SELECT follows FROM journal_info").map { (text: String) in text.hasPrefix(aside) } == true)
    }

    /// It would go on writing into the file under its new name.
    @Test func nothingIsSetAsideUnderALivingEngine() async throws {
        let sandbox = try Sandbox()
        try await Self.filled(sandbox)
        let living = try sandbox.engine()
        try Self.withoutTriggers(sandbox.journal, "UPDATE chain_head SET hash = zeroblob(32)")
        let error = #expect(throws: JournalError.self) {
            try EngineJournal(path: sandbox.journal, setsDamageAside: true)
        }
        #expect(error?.code == .damaged && error?.message.contains("\(living.engineID) still has it open") == true)
        #expect(!(try sandbox.names().contains { $0.contains("damaged") }))
        try living.close()
    }

    /// Each bit of the file by chance; what reads differently afterwards, by SQLite alone, must be found.
    @Test(.takesLong) func noFlippedBitThatChangesARowGoesUnnoticed() async throws {
        let sandbox = try Sandbox()
        try await Self.filled(sandbox)
        let before = try Data(contentsOf: URL(fileURLWithPath: sandbox.journal))
        let whole = try Self.content(sandbox.journal)
        var generator = SplitMix(seed: 4711)
        var changed = 0
        let copy = sandbox.journal + ".flipped"
        for _ in 0..<400 {
            let bit = Int(generator.next() % UInt64(before.count * 8))
            var bytes = before
            bytes[bit / 8] ^= 1 << UInt8(bit % 8)
            try bytes.write(to: URL(fileURLWithPath: copy))
            let content = try? Self.content(copy)
            if content == whole { continue }
            changed += 1
            let verification = try Self.verified(copy)
            #expect(!verification.isWhole, "bit \(bit)")
        }
        // A file of which most is unused would prove little.
        #expect(changed > 50, "\(changed)")
    }

    /// Every value of every table, as SQLite reads them; nil where it cannot.
    private static func content(_ path: String) throws -> [String] {
        var configuration = Configuration()
        configuration.readonly = true
        let queue = try DatabaseQueue(path: "file:\(path)?immutable=1", configuration: configuration)
        return try queue.read { db in
            let tables = try String.fetchAll(
                db, sql: "SELECT name FROM sqlite_schema WHERE type = 'table' ORDER BY name")
            return try tables.flatMap { table in
                try Row.fetchAll(db, sql: "SELECT * FROM \"\(table)\"").map { row in
                    row.databaseValues.map { "\($0.storage)" }.joined(separator: "|")
                }
            } + String.fetchAll(db, sql: "SELECT coalesce(sql, name) FROM sqlite_schema ORDER BY name")
        }
    }

    /// Does what the triggers would refuse, and leaves the schema as it was.
    static func withoutTriggers(_ path: String, _ change: String) throws {
        var configuration = Configuration()
        configuration.foreignKeysEnabled = false
        let queue = try DatabaseQueue(path: path, configuration: configuration)
        try queue.write { db in
            let triggers = try Row.fetchAll(db, sql: "SELECT name, sql FROM sqlite_schema WHERE type = 'trigger'")
            for trigger in triggers { try db.execute(sql: "DROP TRIGGER \(trigger["name"] as String)") }
            try db.execute(sql: "PRAGMA ignore_check_constraints = ON")
            try db.execute(sql: change)
            for trigger in triggers { try db.execute(sql: trigger["sql"] as String) }
        }
        try queue.close()
    }
}
