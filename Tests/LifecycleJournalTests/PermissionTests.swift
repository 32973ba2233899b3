import Foundation
import TestSupport
import Testing

@testable import JournalCare
@testable import JournalReports
@testable import LifecycleJournal
@testable import ModelLifecycle

/// Root passes every permission check, so a child without rights does the opening.
@Suite(
    .enabled(if: Unprivileged.isAvailable, "needs root and setpriv, to start a process of another user"),
    .turn(of: "LifecycleJournalTests"))
struct PermissionTests {
    @Test func aReadOnlyJournalIsNotWritten() throws {
        let sandbox = try Sandbox()
        try sandbox.engine().close()
        try allow(sandbox.directory, 0o777)
        try allow(sandbox.journal, 0o444)
        try refused(sandbox, "open \(sandbox.journal)")
    }

    @Test func anUnreadableJournalIsNotRead() throws {
        let sandbox = try Sandbox()
        try sandbox.engine().close()
        try allow(sandbox.directory, 0o777)
        try allow(sandbox.journal, 0o600)
        try refused(sandbox, "read \(sandbox.journal)")
        try refused(sandbox, "open \(sandbox.journal)")
    }

    @Test func nothingIsCreatedInAReadOnlyDirectory() throws {
        let sandbox = try Sandbox()
        try allow(sandbox.directory, 0o555)
        try refused(sandbox, "open \(sandbox.journal)")
        #expect(try sandbox.names().isEmpty)
    }

    @Test func aWritableJournalInAReadOnlyDirectoryIsNotEnough() throws {
        let sandbox = try Sandbox()
        #expect(FileManager.default.createFile(atPath: sandbox.journal, contents: nil))
        try allow(sandbox.journal, 0o666)
        try allow(sandbox.directory, 0o555)
        try refused(sandbox, "open \(sandbox.journal)")
    }

    /// SQLite would put a log and its index beside the file.
    @Test func aClosedJournalInAReadOnlyDirectoryIsRead() async throws {
        let sandbox = try Sandbox()
        let engine = try await AppendOnlyTests.filled(sandbox)
        try engine.close()
        try allow(sandbox.journal, 0o444)
        try allow(sandbox.directory, 0o555)
        let before = try sandbox.contents()
        let child = try EngineProcess(prefix: Unprivileged.prefix)
        #expect(child.order("read \(sandbox.journal)") == ["5"])
        #expect(child.order("sql \(sandbox.journal)") == ["5"])
        #expect(try sandbox.contents() == before)

        // Once an engine has it open there is more to read than the file holds.
        let next = try sandbox.engine()
        #expect(child.order("read \(sandbox.journal)") == ["5"])
        try allow(sandbox.journal + "-shm", 0o600)
        let answer = child.ask("read \(sandbox.journal)")
        #expect(answer.hasPrefix("error permissionDenied an engine has the journal open"), "\(answer)")
        try next.close()
        child.order("read \(sandbox.journal)")
    }

    /// What is read without a lock does not count if an engine has come meanwhile.
    @Test func aReaderOfAClosedJournalNoticesAnEngine() async throws {
        let sandbox = try Sandbox()
        try await AppendOnlyTests.filled(sandbox).close()
        try allow(sandbox.journal, 0o444)
        try allow(sandbox.directory, 0o555)
        let child = try EngineProcess(prefix: Unprivileged.prefix)
        child.order("reader \(sandbox.journal)")
        #expect(child.order("count") == ["5"])
        let engine = try sandbox.engine()
        #expect(child.ask("count").hasPrefix("error busy an engine has just opened the journal"))
        try engine.close()
    }

    @Test func aHiddenDirectoryCannotBeLookedInto() throws {
        let sandbox = try Sandbox()
        try sandbox.engine().close()
        try allow(sandbox.directory, 0o700)
        try refused(sandbox, "open \(sandbox.journal)")
        try refused(sandbox, "read \(sandbox.journal)")
    }

    private func allow(_ path: String, _ mode: Int) throws {
        try FileManager.default.setAttributes([.posixPermissions: mode], ofItemAtPath: path)
    }

    private func refused(_ sandbox: Sandbox, _ command: String) throws {
        let before = try sandbox.contents()
        let child = try EngineProcess(prefix: Unprivileged.prefix)
        let answer = child.ask(command)
        #expect(answer.hasPrefix("error permissionDenied "), "\(answer)")
        #expect(try sandbox.contents() == before)
    }
}

enum Unprivileged {
    static let prefix = ["setpriv", "--reuid=65534", "--regid=65534", "--clear-groups"]

    /// False in the quick lane, for any user but root, and if the other user may not even run the program.
    static let isAvailable: Bool = {
        guard !FastLane.isOn, geteuid() == 0 else { return false }
        return (try? EngineProcess(prefix: prefix)) != nil
    }()
}
