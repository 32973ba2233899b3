import Foundation
import TestSupport
import Testing

/// Whatever else lies where a journal should be: one line says so, and nothing is created, changed or lost.
@Suite(.turn(of: "CommandLineTests")) struct NotAJournalTests {
    /// What lies at the path.
    enum Place: String, CaseIterable, Sendable {
        case directory, text, random, almostSQLite, othersDatabase, othersLogDatabase, newerJournal, nothing
        case missingDirectory, fileAsParent, empty, device
    }

    private static let queries = [
        ["history"], ["runs", "-o", "json"], ["show", "-1"], ["stats"], ["postmortem"], ["status"], ["export"],
        ["sql", "SELECT 1"], ["history", "-f"],
    ]

    @Test(arguments: Place.allCases) func queriesSayWhatIsThere(place: Place) async throws {
        try await withWorkspace { workspace in
            let path = try await lay(place, in: workspace)
            let before = try DirectoryListing(workspace.directory)
            for query in Self.queries {
                let finished = try await workspace.run(query + ["--journal", path])
                switch place {
                case .newerJournal:
                    // Reading a newer journal is welcome.
                    #expect(finished.status <= 1, "\(query): \(finished)")
                    return
                case .nothing, .missingDirectory, .fileAsParent, .empty:
                    #expect(finished.status == 66, "\(query): \(finished)")
                case .directory, .text, .random, .almostSQLite, .othersDatabase, .othersLogDatabase, .device:
                    #expect(finished.status == 65, "\(query): \(finished)")
                }
                expectOneLine(finished, about: path)
                #expect(try unchanged(before, place, workspace), "\(query)")
            }
        }
    }

    @Test(arguments: Place.allCases.filter { $0 != .nothing && $0 != .empty })
    func runRefusesToTouchIt(place: Place) async throws {
        try await withWorkspace { workspace in
            let path = try await lay(place, in: workspace)
            let before = try DirectoryListing(workspace.directory, sideFiles: place != .newerJournal)
            for arguments in [["run", "--once"], ["run", "--resume"]] {
                let finished = try await workspace.run(arguments + ["--journal", path])
                switch place {
                case .missingDirectory, .fileAsParent: #expect(finished.status == 73, "\(finished)")
                default: #expect(finished.status == 65, "\(finished)")
                }
                expectOneLine(finished, about: path)
                #expect(try unchanged(before, place, workspace))
            }
        }
    }

    private func expectOneLine(_ finished: Finished, about path: String) {
        #expect(finished.output.isEmpty)
        #expect(finished.errorLines.count == 1, "\(finished)")
        #expect(finished.errors.hasPrefix("modeljournal: \(path): "), "\(finished)")
    }

    private func unchanged(_ before: DirectoryListing, _ place: Place, _ workspace: Workspace) throws -> Bool {
        // SQLite itself puts two files beside a database with a write-ahead log to read it.
        let sideFiles = place != .newerJournal
        return try DirectoryListing(workspace.directory, sideFiles: sideFiles) == before
    }

    private func lay(_ place: Place, in workspace: Workspace) async throws -> String {
        let file = workspace.directory.appending(path: "file")
        switch place {
        case .directory: try FileManager.default.createDirectory(at: file, withIntermediateDirectories: false)
        case .text: try Data("This is not a journal.\n".utf8).write(to: file)
        case .random: try Data((0..<20_000).map { UInt8(truncatingIfNeeded: $0 &* 31 &+ 7) }).write(to: file)
        case .almostSQLite:
            try (Data("SQLite format 3\0".utf8) + Data(repeating: 0xA5, count: 8000)).write(to: file)
        case .othersDatabase:
            try await sqlite(workspace, file.path, "CREATE TABLE photos (name); INSERT INTO photos VALUES ('x')")
        case .othersLogDatabase:
            try await sqlite(workspace, file.path, "PRAGMA journal_mode = WAL; CREATE TABLE photos (name)")
        case .newerJournal:
            try await workspace.seed([.unloaded(), .failed()])
            try await sqlite(workspace, workspace.journal, "PRAGMA user_version = 99")
            return workspace.journal
        case .nothing: break
        case .missingDirectory: return workspace.path("nowhere/file")
        case .fileAsParent:
            try Data("x".utf8).write(to: file)
            return file.appending(path: "journal").path
        case .empty: try Data().write(to: file)
        case .device: return "/dev/null"
        }
        return file.path
    }

    private func sqlite(_ workspace: Workspace, _ path: String, _ sql: String) async throws {
        let finished = try await workspace.run(tool: "/usr/bin/env", ["sqlite3", path, sql])
        try #require(finished.status == 0, "\(finished)")
    }

    @Test func anUnfinishedJournalIsFinished() async throws {
        try await withWorkspace { workspace in
            // What a kill in the very first moments leaves: the id in the header and the migrations' own table.
            try await sqlite(
                workspace, workspace.journal,
                """
                PRAGMA application_id = 1296716366; PRAGMA journal_mode = WAL;
                CREATE TABLE grdb_migrations (identifier TEXT NOT NULL PRIMARY KEY)
                """)
            let query = try await workspace.run("history")
            #expect(query.status == 66 && query.errorLines.count == 1, "\(query)")
            let environment = ["MODELJOURNAL_POCKETSPHINX_LIBRARY": "/nowhere/x.so"]
            let run = try await workspace.run(["run", "--once"], environment: environment)
            #expect(run.status == 1, "\(run)")
            #expect(try await workspace.history().count == 2)
        }
    }

    @Test func aJournalWithoutRunsIsSaidToBeEmpty() async throws {
        try await withWorkspace { workspace in
            try await workspace.seed(.failed())
            let other = try await workspace.run("history", "--journal", workspace.path("none.sqlite"))
            #expect(other.status == 66)
            #expect(other.errors.contains("`modeljournal run "))
            let still = try DirectoryListing(workspace.directory).names
            #expect(!still.contains("none.sqlite"))
        }
    }
}
