import Foundation
import TestSupport
import Testing

/// Journals as released programs have left them: `Tests/Fixtures/schema-N.journal`, and what `export` said of each then.
/// `tools/make-fixture` makes the one of the present schema.
@Suite(.turn(of: "CommandLineTests")) struct UpgradeTests {
    private static let folder = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
        .deletingLastPathComponent().appending(path: "Fixtures")

    /// The versions that there are fixtures of.
    private static let versions: [Int] = {
        let names = (try? FileManager.default.contentsOfDirectory(atPath: folder.path)) ?? []
        return names.compactMap { $0.wholeMatch(of: /schema-(\d+)\.journal/).flatMap { Int($0.1) } }.sorted()
    }()

    /// A copy that may be written, in the place of the workspace's journal; what was exported of it, line by line.
    private func place(_ version: Int, _ workspace: Workspace) throws -> [String] {
        let fixture = Self.folder.appending(path: "schema-\(version).journal")
        try FileManager.default.copyItem(atPath: fixture.path, toPath: workspace.journal)
        let text = try String(
            contentsOf: Self.folder.appending(path: "schema-\(version).ndjson"), encoding: .utf8)
        return text.split(separator: "\n").map(String.init)
    }

    /// SQLite keeps `user_version` as a big-endian number at this offset of the file.
    private static let versionOffset = 60

    private func version(of path: String) throws -> Int {
        let header = try Data(contentsOf: URL(filePath: path)).dropFirst(Self.versionOffset).prefix(4)
        return header.reduce(0) { $0 << 8 | Int($1) }
    }

    /// So that no release goes out without one.
    @Test func everySchemaUpToThePresentOneHasItsFixture() async throws {
        try await withWorkspace { workspace in
            let server = try ScriptedServer()
            let run = try await workspace.run(
                server.arguments(["--once"] + server.warmup, flags: []), environment: server.environment)
            #expect(run.status == 0, "\(run)")
            // What the engine has written may still be in the log alone.
            let backup = workspace.path("copy.sqlite")
            #expect(try await workspace.run("backup", backup).status == 0)
            #expect(Self.versions == Array(1...(try version(of: backup))))
            for known in Self.versions {
                #expect(try version(of: Self.folder.appending(path: "schema-\(known).journal").path) == known)
            }
        }
    }

    @Test(arguments: versions) func aReaderSaysTheSameOfItAsThen(version: Int) async throws {
        try await withWorkspace { workspace in
            let lines = try place(version, workspace)
            #expect(lines.count > 30)
            let before = try Data(contentsOf: URL(filePath: workspace.journal))

            let export = try await workspace.run("export")
            try expect(export.output.split(separator: "\n").map(String.init), saysAll: lines)
            let outcomes = Set(
                try await workspace.run("runs", "-o", "json").objects().compactMap { $0["outcome"] as? String })
            #expect(outcomes.isSuperset(of: ["unloaded", "failed", "cancelled", "interrupted"]), "\(outcomes)")
            for question in [["verify"], ["history"], ["stats"], ["postmortem"], ["show", "-1"]] {
                let answer = try await workspace.run(question)
                #expect(answer.status == 0 && answer.errors.isEmpty, "\(question): \(answer)")
            }
            // Not all of its models are READY.
            let status = try await workspace.run("status")
            #expect(status.status == 1 && status.errors.isEmpty, "\(status)")
            #expect(try Data(contentsOf: URL(filePath: workspace.journal)) == before)
        }
    }

    @Test(arguments: versions) func anEngineCarriesOnWithIt(version: Int) async throws {
        try await withWorkspace { workspace in
            let added = try await carriedOn(workspace, version) { try workspace.start($0, environment: $1) }
            // What was in flight on another machine may be so still.
            #expect(added.filter { $0.hasPrefix("m ") } == Self.start, "\(added)")
        }
    }

    /// On the machine that has made it, which has booted since.
    @Test(
        .enabled(if: succeeds(Self.unshare, ["--uts", "hostname", "recorder"]), "needs unshare --uts"),
        arguments: versions)
    func whatWasInFlightIsSettled(version: Int) async throws {
        try await withWorkspace { workspace in
            let added = try await carriedOn(workspace, version) { arguments, environment in
                try workspace.start(
                    Self.unshare,
                    ["--uts", "sh", "-c", #"hostname recorder && exec "$0" "$@""#, Program.path] + arguments,
                    environment: environment)
            }
            #expect(added == ["speech ERROR"] + Self.start)
        }
    }

    private static let unshare = "/usr/bin/unshare"
    private static let start = ["m LOADING", "m WARMING_UP", "m READY", "m UNLOADING", "m UNINITIALIZED"]

    /// A run of an engine on it: what that has added.
    private func carriedOn(
        _ workspace: Workspace, _ version: Int,
        _ start: ([String], [String: String?]) throws -> RunningProgram
    ) async throws -> [String] {
        let lines = try place(version, workspace)
        let server = try ScriptedServer()
        let run = try await start(
            server.arguments(["--once"] + server.warmup, flags: []), server.environment
        ).finished()
        #expect(run.status == 0, "\(run)")

        let export = try await workspace.run("export").output.split(separator: "\n").map(String.init)
        try expect(Array(export.prefix(lines.count)), saysAll: lines)
        let verify = try await workspace.run("verify")
        #expect(verify.status == 0, "\(verify)")
        #expect(try await workspace.run("doctor").output.contains("set aside") == false)
        return try await workspace.history().dropFirst(lines.count).map { "\($0.model) \($0.toState)" }
    }

    /// Later programs export more of a transition, and what they export of it besides is the same.
    private func expect(
        _ lines: [String], saysAll before: [String], sourceLocation: SourceLocation = #_sourceLocation
    ) throws {
        #expect(lines.count == before.count, sourceLocation: sourceLocation)
        func object(_ line: String) throws -> Any { try JSONSerialization.jsonObject(with: Data(line.utf8)) }
        for (line, old) in zip(lines, before) {
            #expect(covers(try object(line), try object(old)), "\(line)", sourceLocation: sourceLocation)
        }
    }

    private func covers(_ new: Any, _ old: Any) -> Bool {
        switch (new, old) {
        case (let new as [String: Any], let old as [String: Any]):
            old.allSatisfy { key, value in new[key].map { covers($0, value) } ?? false }
        case (let new as [Any], let old as [Any]):
            new.count == old.count && zip(new, old).allSatisfy { covers($0, $1) }
        default: (new as? NSObject) == (old as? NSObject)
        }
    }

    /// The present program in the place of an older one: a journal of a schema that it does not know.
    @Test(arguments: versions.suffix(1)) func aNewerOneIsReadAndNotWritten(version: Int) async throws {
        try await withWorkspace { workspace in
            let lines = try place(version, workspace)
            let file = try FileHandle(forUpdating: URL(filePath: workspace.journal))
            try file.seek(toOffset: UInt64(Self.versionOffset))
            try file.write(contentsOf: Data([0, 0, 0, 99]))
            try file.close()
            let before = try Data(contentsOf: URL(filePath: workspace.journal))

            let export = try await workspace.run("export")
            try expect(export.output.split(separator: "\n").map(String.init), saysAll: lines)
            let server = try ScriptedServer()
            let run = try await workspace.run(
                server.arguments(["--once"] + server.warmup, flags: []), environment: server.environment)
            #expect(run.status == 65, "\(run)")
            #expect(run.errors.contains("99") && run.errors.split(separator: "\n").count == 1, "\(run)")
            #expect(try Data(contentsOf: URL(filePath: workspace.journal)) == before)
        }
    }
}
