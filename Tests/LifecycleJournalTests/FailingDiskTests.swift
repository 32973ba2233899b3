import Foundation
import TestSupport
import Testing

@testable import JournalCare
@testable import JournalReports
@testable import LifecycleJournal
@testable import ModelLifecycle

/// A disk that reports errors: what was acknowledged is stored, and nothing is stored twice.
@Suite(
    .enabled(if: Strace.isAvailable, "needs strace, to let a chosen system call fail"),
    .turn(of: "LifecycleJournalTests"))
struct FailingDiskTests {
    static let moves = ["initialize LOADING", "loaded WARMING_UP", "warmed READY", "unload UNLOADING"]

    enum Fault: String, CaseIterable, Sendable { case once = "", forGood = "+" }

    /// An engine whose disk fails at one system call after the other.
    /// - Returns: the states that it acknowledged, and those that it tried.
    private func drive(_ sandbox: Sandbox, _ inject: String, log: String = "/dev/null") throws -> (
        acknowledged: [String], tried: [String]
    ) {
        let engine = try EngineProcess(
            prefix: Strace.prefix(only: sandbox.journal + "-wal", inject: inject, log: log))
        defer { engine.process.end() }
        var acknowledged: [String] = []
        var tried: [String] = []
        func insist(_ command: String, again: String? = nil) -> Bool {
            if engine.ask(command).hasPrefix("ok ") { return true }
            for _ in 0..<3 where engine.ask(again ?? command).hasPrefix("ok ") { return true }
            return false
        }
        guard insist("open \(sandbox.journal)"), insist("claim en-us") else { return ([], []) }
        for move in Self.moves {
            let state = String(move.split(separator: " ")[1])
            tried.append(state)
            guard insist("move " + move, again: "again") else { break }
            acknowledged.append(state)
        }
        return (acknowledged, tried)
    }

    @Test(.needsSQLiteProgram, arguments: ["fdatasync", "pwrite64"], Fault.allCases)
    func whatWasAcknowledgedIsStoredOnce(call: String, fault: Fault) throws {
        var faults = 0
        for number in stride(from: 1, through: 400, by: call == "pwrite64" ? 7 : 1) {
            let sandbox = try Sandbox()
            let log = sandbox.directory + "/strace.log"
            let (acknowledged, tried) = try drive(
                sandbox, "\(call):error=EIO:when=\(number)\(fault.rawValue)", log: log)
            guard try String(contentsOfFile: log, encoding: .utf8).contains("INJECTED") else { break }
            faults += 1
            guard !tried.isEmpty else { continue }
            let stored = try sandbox.reader().history(ReportFilter()).map(\.to.text)
            #expect(stored.starts(with: acknowledged), "\(call) \(number): \(stored), acknowledged \(acknowledged)")
            #expect(tried.starts(with: stored), "\(call) \(number): \(stored), tried \(tried)")
            if fault == .once { #expect(acknowledged.count == Self.moves.count, "\(call) \(number)") }
            let check = try sqlite3(sandbox.journal, "PRAGMA integrity_check").output
            #expect(check == "ok\n", "\(call) \(number)")
        }
        // Each commit was hit.
        #expect(faults >= Self.moves.count)
    }

    /// The connection that reported the error cannot tell what was stored.
    @Test func aCommitInDoubtIsLookedUpOnANewConnection() throws {
        var doubts = 0
        for number in 1...100 {
            let sandbox = try Sandbox()
            let log = sandbox.directory + "/strace.log"
            let (_, tried) = try drive(sandbox, "fdatasync:error=EIO:when=\(number)", log: log)
            let calls = try String(contentsOfFile: log, encoding: .utf8).split(separator: "\n")
            guard let fault = calls.firstIndex(where: { $0.contains("INJECTED") }) else { break }
            guard !tried.isEmpty, let write = calls[fault...].firstIndex(where: { $0.contains("pwrite64(") }) else {
                continue
            }
            doubts += 1
            #expect(calls[fault..<write].contains { $0.contains("openat(") }, "fdatasync \(number)")
        }
        #expect(doubts >= Self.moves.count)
    }

    /// SQLite takes some failed reads for damage; a journal that is read a moment later is whole.
    @Test func oneFailedReadIsNoDamage() throws {
        let sandbox = try Sandbox()
        let log = sandbox.directory + "/strace.log"
        let before = try EngineProcess()
        before.order("open \(sandbox.journal)")
        before.order("claim en-us")
        before.reach("UNLOADING")
        // Its rows are in the log alone.
        before.process.kill()
        var faults = 0
        for number in 1...25 {
            let engine = try EngineProcess(
                prefix: Strace.prefix(
                    only: sandbox.journal, sandbox.journal + "-wal", inject: "pread64:error=EIO:when=\(number)",
                    log: log))
            for command in ["open \(sandbox.journal)", "claim en-us", "move initialize LOADING"] {
                let answer = engine.ask(command)
                #expect(!answer.hasPrefix("error damaged"), "read \(number), \(command): \(answer)")
            }
            engine.process.end()
            if try String(contentsOfFile: log, encoding: .utf8).contains("INJECTED") { faults += 1 }
        }
        #expect(faults == 25)
    }

    /// A lock that the system does not give is not held by somebody else, who would be waited for.
    @Test func aLockThatCannotBeTakenIsAnError() throws {
        let sandbox = try Sandbox()
        let engine = try EngineProcess(
            prefix: Strace.prefix(
                only: sandbox.journal + "-engines/opening.lock", inject: "flock:error=ENOLCK:when=1+",
                log: sandbox.directory + "/strace.log"))
        let answer = engine.ask("open \(sandbox.journal)")
        engine.process.end()
        #expect(answer.hasPrefix("error inputOutput"), "\(answer)")
        #expect(!FileManager.default.fileExists(atPath: sandbox.journal))
    }
}
