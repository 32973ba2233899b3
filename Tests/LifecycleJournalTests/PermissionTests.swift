import Foundation
import TestSupport
import Testing

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

    /// False where this is no root, or where the other user may not even run the program.
    static let isAvailable: Bool = {
        guard geteuid() == 0 else { return false }
        return (try? EngineProcess(prefix: prefix)) != nil
    }()
}
