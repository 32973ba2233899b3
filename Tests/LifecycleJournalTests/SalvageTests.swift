import Foundation
import GRDB
import TestSupport
import Testing

@testable import JournalCare
@testable import JournalReports
@testable import LifecycleJournal
@testable import ModelLifecycle

/// What can be read of a damaged journal is in the new one, and what cannot is said.
@Suite(.turn(of: "LifecycleJournalTests")) struct SalvageTests {
    /// Some runs, the last one in flight, in one file that nobody has open.
    private static func filled(_ sandbox: Sandbox) async throws -> [TransitionRow] {
        let engine = try sandbox.engine()
        var driver = try await engine.claimDriver()
        for _ in 0..<40 { try await driver.succeed() }
        try await driver.reach(.ready)
        let rows = try sandbox.reader().history(ReportFilter())
        try engine.writer.checkpoint()
        try engine.close()
        engine.awaitFreeLock()
        return rows
    }

    /// The new journal's rows, after the file's bytes were changed.
    private func recover(
        _ sandbox: Sandbox, _ damage: (inout Data) -> Void
    ) throws -> (report: SalvageReport, rows: [TransitionRow]) {
        var bytes = try Data(contentsOf: URL(fileURLWithPath: sandbox.journal))
        damage(&bytes)
        try bytes.write(to: URL(fileURLWithPath: sandbox.journal))
        let new = sandbox.directory + "/new.sqlite"
        let report = try JournalSalvage(sandbox.journal).write(to: new)
        let verification = try JournalVerifier(JournalReader(path: new)).verify()
        #expect(verification.isWhole, "\(verification.findings)")
        return (report, try JournalReader(path: new).history(ReportFilter()))
    }

    @Test(arguments: ["nothing", "header", "schema"]) func nothingIsLostThatCanBeRead(damage: String) async throws {
        let sandbox = try Sandbox()
        let before = try await Self.filled(sandbox)
        let (report, rows) = try recover(sandbox) { bytes in
            if damage == "header" { bytes.replaceSubrange(0..<100, with: Data(repeating: 0, count: 100)) }
            if damage == "schema" {
                bytes.replaceSubrange(
                    100..<JournalFile.pageSize, with: Data(repeating: 7, count: JournalFile.pageSize - 100))
            }
        }
        #expect(report.isComplete && report.settled == 1, "\(report)")
        #expect(rows.dropLast() == before[...])
        #expect(rows.last?.trigger == "recovered" && rows.last?.from == "READY")
    }

    /// The log's header says which of its frames count; where it is what is damaged, they say so themselves.
    @Test func aDamagedHeaderOfTheLogLosesNothing() async throws {
        let sandbox = try Sandbox()
        let engine = try sandbox.engine()
        var driver = try await engine.claimDriver()
        for _ in 0..<5 { try await driver.succeed() }
        let copy = sandbox.directory + "/copy.sqlite"
        for suffix in ["", "-wal"] {
            try FileManager.default.copyItem(atPath: sandbox.journal + suffix, toPath: copy + suffix)
        }
        var log = try Data(contentsOf: URL(fileURLWithPath: copy + "-wal"))
        log[17] ^= 1
        try log.write(to: URL(fileURLWithPath: copy + "-wal"))
        let report = try JournalSalvage(copy).write(to: sandbox.directory + "/new.sqlite")
        let rows = try JournalReader(path: sandbox.directory + "/new.sqlite").history(ReportFilter())
        #expect(rows == (try sandbox.reader().history(ReportFilter())), "\(report)")
    }

    /// A page of transitions: the ones before and behind it are kept, with a mark.
    @Test func whatIsLostIsNamed() async throws {
        let sandbox = try Sandbox()
        let before = try await Self.filled(sandbox)
        let (report, rows) = try recover(sandbox) { bytes in
            let wanted = Data(before[100].runID.utf8)
            // The run's own row stands in another page than its transitions, whose hashes are unique.
            #expect(bytes.range(of: wanted) != nil)
            for page in stride(from: JournalFile.pageSize, to: bytes.count, by: JournalFile.pageSize).reversed()
            where bytes[page] == 0x0D
                && bytes[page..<page + JournalFile.pageSize].range(of: Data("UNLOADING".utf8)) != nil
                && bytes[page..<page + JournalFile.pageSize].range(of: Data("WARMING_UP".utf8)) != nil
            {
                bytes.replaceSubrange(
                    page..<page + JournalFile.pageSize, with: Data(repeating: 0, count: JournalFile.pageSize))
                break
            }
        }
        #expect(report.lostCount > 0 && !report.isComplete, "\(report)")
        #expect(report.transitions + Int(report.lostCount) == before.count)
        #expect(rows.count == report.transitions + report.settled)
    }

    @Test func aFlippedTextIsKeptAndNamed() async throws {
        let sandbox = try Sandbox()
        _ = try await Self.filled(sandbox)
        let number: Int64 = 57
        let (report, rows) = try recover(sandbox) { bytes in
            // The hash of a row stands in it and nowhere else; its last byte is the row's last one.
            let hash = try? DatabaseQueue(path: sandbox.journal).read { db in
                try Data.fetchOne(db, sql: "SELECT hash FROM transition WHERE seq = ?", arguments: [number])
            }
            guard let hash, let place = bytes.range(of: hash) else { return }
            bytes[place.lowerBound] ^= 1
        }
        // The hash alone is damaged: the next one tells that the row is what was written.
        #expect(report.isComplete, "\(report)")
        #expect(rows.count == 204)
    }

    /// One bad value costs what it stands for, and neither the row that names it nor all the others.
    @Test(arguments: [
        "UPDATE configuration SET json = 'x' || substr(json, 2)", "UPDATE journal_info SET created_us = 1 << 61",
        "UPDATE engine SET started_us = 1 << 61", "UPDATE run SET attempt = 1 << 61 WHERE id = 3",
        "UPDATE warmup_request SET elapsed_us = -5", "UPDATE chain_head SET seq = 1 << 61",
        "UPDATE run SET run_id = 'no ID' WHERE id = 1", "UPDATE model SET name = ''",
    ]) func aBadValueCostsNoTransition(change: String) async throws {
        let sandbox = try Sandbox()
        let before = try await Self.filled(sandbox)
        try VerificationTests.withoutTriggers(sandbox.journal, change)
        let (report, rows) = try recover(sandbox) { _ in }
        #expect(report.transitions == before.count, "\(report)")
        #expect(rows.dropLast().map(\.to) == before.map(\.to))
    }

    /// A row that is refused leaves nothing behind that would make the next ones be refused, or the chain broken.
    @Test(arguments: [
        "UPDATE transition SET warmups = 3, from_state = 'LOADING' WHERE seq % 7 = 3",
        "UPDATE transition SET at_us = -1 WHERE seq = 1", "UPDATE transition SET trigger = 'x' WHERE ordinal = 2",
        "UPDATE transition SET model_digest = 'short' WHERE seq = 1",
    ]) func aRefusedRowCostsNoOther(change: String) async throws {
        let sandbox = try Sandbox()
        let before = try await Self.filled(sandbox)
        try VerificationTests.withoutTriggers(sandbox.journal, change)
        let (report, rows) = try recover(sandbox) { _ in }
        #expect(report.transitions > before.count / 2, "\(report)")
        #expect(!rows.isEmpty)
    }

    /// Rows that are passed over, more than are looked at together, were looked at again for ever.
    @Test(.timeLimit(.minutes(2))) func manyRowsThatCannotBeReadAreNoEnd() throws {
        let sandbox = try Sandbox()
        let engine = try EngineProcess()
        engine.order("open \(sandbox.journal)")
        engine.order("claim en-us")
        engine.process.send("stress 1500")
        while let line = engine.process.line(), line.hasPrefix("ack ") {}
        engine.process.kill()
        try VerificationTests.withoutTriggers(
            sandbox.journal, "UPDATE transition SET elapsed_us = 1 << 61 WHERE seq BETWEEN 100 AND 1300")
        let (report, _) = try recover(sandbox) { _ in }
        #expect(report.transitions >= 298 && report.lostCount == 1201, "\(report)")
    }

    @Test func anotherFileIsNoJournal() throws {
        let sandbox = try Sandbox()
        try "a text".write(toFile: sandbox.journal, atomically: true, encoding: .utf8)
        let error = #expect(throws: JournalError.self) {
            try JournalSalvage(sandbox.journal).write(to: sandbox.directory + "/new.sqlite")
        }
        #expect(error?.code == .notAJournal)
        #expect(try sandbox.names() == ["journal.sqlite"])
    }

    @Test func aLivingEnginesJournalIsLeftAlone() async throws {
        let sandbox = try Sandbox()
        let engine = try sandbox.engine()
        let error = #expect(throws: JournalError.self) {
            try JournalSalvage(sandbox.journal).write(to: sandbox.directory + "/new.sqlite")
        }
        #expect(error?.code == .busy)
        try engine.close()
    }
}
