import Foundation
import TestSupport
import Testing

/// A journal that this user may not write, or not even read.
@Suite(.needsAnotherUser, .turn(of: "CommandLineTests")) struct PermissionTests {
    private func asAnotherUser(_ workspace: Workspace, _ arguments: [String]) async throws -> Finished {
        try await workspace.run(tool: AnotherUser.tool, AnotherUser.prefix + [Program.path] + arguments)
    }

    private func withSeeds(mode: Int, folder: Int = 0o755, _ body: (Workspace) async throws -> Void) async throws {
        try await withWorkspace { workspace in
            try await workspace.seed([.unloaded(), .failed()])
            let files = FileManager.default
            for name in try files.contentsOfDirectory(atPath: workspace.directory.path)
            where !name.hasSuffix("-engines") {
                try files.setAttributes([.posixPermissions: mode], ofItemAtPath: workspace.path(name))
            }
            try files.setAttributes([.posixPermissions: folder], ofItemAtPath: workspace.directory.path)
            try await body(workspace)
        }
    }

    @Test(arguments: [["history"], ["runs"], ["show", "-1"], ["export"], ["sql", "SELECT 1"], ["run", "--once"]])
    func aPrivateJournalIsRefused(command: [String]) async throws {
        try await withSeeds(mode: 0o600) { workspace in
            let before = try DirectoryListing(workspace.directory)
            let finished = try await asAnotherUser(workspace, command)
            #expect(finished.status == 77, "\(finished)")
            #expect(finished.errorLines.count == 1 && finished.output.isEmpty, "\(finished)")
            #expect(finished.errors.contains("\(workspace.journal): no permission to "), "\(finished)")
            #expect(try DirectoryListing(workspace.directory) == before)
        }
    }

    @Test func aReadOnlyJournalIsNotWritten() async throws {
        try await withSeeds(mode: 0o644) { workspace in
            let before = try DirectoryListing(workspace.directory)
            for arguments in [["run", "--once"], ["run", "--once", "--resume"]] {
                let finished = try await asAnotherUser(workspace, arguments)
                #expect(finished.status == 77, "\(finished)")
                #expect(finished.errorLines.count == 1, "\(finished)")
                #expect(finished.errors.contains("\(workspace.journal): no permission to write"), "\(finished)")
                #expect(try DirectoryListing(workspace.directory) == before)
            }
        }
    }

    @Test func aDirectoryWithoutPermissionTakesNoJournal() async throws {
        try await withWorkspace { workspace in
            let finished = try await asAnotherUser(workspace, ["run", "--once"])
            #expect(finished.status == 77 && finished.errorLines.count == 1, "\(finished)")
            #expect(finished.errors.contains("no permission to create"), "\(finished)")
            #expect(try DirectoryListing(workspace.directory).names.isEmpty)
        }
    }

    @Test func aHomeWithoutPermissionTakesNoJournal() async throws {
        try await withWorkspace { workspace in
            let finished = try await workspace.start(
                AnotherUser.tool, AnotherUser.prefix + [Program.path, "run", "--once"],
                environment: ["MODELJOURNAL_PATH": nil]
            ).finished()
            #expect(finished.status == 77 && finished.errorLines.count == 1, "\(finished)")
            #expect(finished.errors.contains("/.local/state/modeljournal: cannot create"), "\(finished)")
            #expect(try DirectoryListing(workspace.directory).names.isEmpty)
        }
    }

    /// To replace a file one needs no right to read it.
    @Test func aPictureReplacesNothingThatCannotBeRead() async throws {
        try await withSeeds(mode: 0o644, folder: 0o777) { workspace in
            let file = workspace.path("notes")
            try Data("mine".utf8).write(to: URL(filePath: file))
            try FileManager.default.setAttributes([.posixPermissions: 0o600], ofItemAtPath: file)
            let finished = try await asAnotherUser(workspace, ["plot", "timeline", "--file", file])
            #expect(finished.status == 73 && finished.errorLines.count == 1, "\(finished)")
            #expect(finished.errors.contains("cannot be read, and is not replaced: Permission denied"), "\(finished)")
            #expect(try String(contentsOfFile: file, encoding: .utf8) == "mine")
        }
    }

    @Test func aHiddenDirectoryIsNotLookedInto() async throws {
        try await withSeeds(mode: 0o644, folder: 0o700) { workspace in
            for arguments in [["history"], ["run", "--once"]] {
                // From elsewhere, as this user may not even stand in the directory.
                let finished = try await workspace.run(
                    tool: "/bin/sh",
                    ["-c", "cd / && exec \"$@\"", "sh", AnotherUser.tool] + AnotherUser.prefix + [Program.path]
                        + arguments)
                #expect(finished.status == 77 && finished.errorLines.count == 1, "\(finished)")
                #expect(finished.errors.contains(workspace.journal), "\(finished)")
            }
        }
    }

    /// Behind a link the log lies elsewhere than the name says.
    @Test func sqlThroughALinkSeesTheLogOfALivingEngine() async throws {
        try await withWorkspace { workspace in
            let server = try ScriptedServer()
            let engine = try workspace.start(server.arguments(flags: []), environment: server.environment)
            try await workspace.waitUntil("m", is: "READY")
            let files = FileManager.default
            for name in try files.contentsOfDirectory(atPath: workspace.directory.path)
            where name.hasPrefix("journal.sqlite") && !name.hasSuffix("-engines") {
                try files.setAttributes([.posixPermissions: 0o644], ofItemAtPath: workspace.path(name))
            }
            try files.setAttributes([.posixPermissions: 0o755], ofItemAtPath: workspace.directory.path)
            try files.createDirectory(atPath: workspace.path("elsewhere"), withIntermediateDirectories: true)
            let link = workspace.path("elsewhere/link.sqlite")
            try files.createSymbolicLink(atPath: link, withDestinationPath: workspace.journal)
            let answer = try await asAnotherUser(
                workspace, ["sql", "--journal", link, "SELECT count(*) FROM transitions"])
            #expect(answer.status == 0 && answer.output.contains("2"), "\(answer)")
            engine.send(SIGTERM)
            _ = try await engine.finished()
        }
    }
}
