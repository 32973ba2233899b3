import Foundation
import TestSupport
import Testing

@testable import JournalCare
@testable import JournalReports
@testable import LifecycleJournal
@testable import ModelLifecycle

/// A checkpoint that is cut short leaves a database whose first page counts pages that only the log
/// holds. With its log beside it the journal is whole.
@Suite(.turn(of: "LifecycleJournalTests")) struct InterruptedCheckpointTests {
    /// Kills at the writes to the database file in turn, until none is left to be killed at.
    @Test(.needsSQLiteProgram, .enabled(if: Strace.isAvailable, "needs strace, to kill at a chosen write"))
    func aKillAtAnyWriteOfACheckpointDamagesNothing() async throws {
        var kills = 0
        for write in stride(from: 1, through: 200, by: 3) {
            let sandbox = try Sandbox()
            let engine = try EngineProcess(
                prefix: Strace.prefix(
                    only: sandbox.journal, inject: "pwrite64:signal=SIGKILL:when=\(write)"))
            var acknowledged = 0
            var answer = engine.ask("open \(sandbox.journal)")
            if answer.hasPrefix("ok ") { answer = engine.ask("claim en-us") }
            for move in ["initialize LOADING", "loaded WARMING_UP", "warmed READY"] where answer.hasPrefix("ok ") {
                answer = engine.ask("move " + move)
                if answer.hasPrefix("ok ") { acknowledged += 1 }
            }
            // The last connection to close checkpoints.
            if answer.hasPrefix("ok ") { answer = engine.ask("close") }
            engine.process.kill()
            if answer.hasPrefix("ok ") { break }
            kills += 1

            if acknowledged > 0 {
                let rows = try sandbox.reader().history(ReportFilter())
                #expect(rows.count == acknowledged, "write \(write)")
            }
            let heir = try sandbox.engine()
            #expect(heir.recovered.count == (acknowledged > 0 ? 1 : 0), "write \(write)")
            try heir.close()
            #expect(try sqlite3(sandbox.journal, "PRAGMA integrity_check").output == "ok\n", "write \(write)")
        }
        #expect(kills > 5)
    }

    /// The log fits on the disk, and the database that it is to be moved into does not.
    @Test(.needsSQLiteProgram, .enabled(if: SmallDisk.isAvailable, "needs root, to mount a small tmpfs"))
    func aJournalWhoseDiskWasFullAtTheEndOpensAgain() async throws {
        let disk = try SmallDisk(kilobytes: 1024)
        let engine = try EngineProcess()
        engine.order("open \(disk.journal)")
        engine.order("claim en-us")
        engine.reach("READY")
        try disk.fill()
        _ = engine.ask("close")
        engine.process.kill()

        #expect(try JournalReader(path: disk.journal).history(ReportFilter()).count == 2)
        try disk.makeRoom()
        let heir = try EngineJournal(path: disk.journal)
        #expect(heir.recovered.count == 1)
        #expect(try await heir.resumableRuns().count == 1)
        try heir.close()
        #expect(try sqlite3(disk.journal, "PRAGMA integrity_check").output == "ok\n")
    }
}
