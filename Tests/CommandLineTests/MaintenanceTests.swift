import Foundation
import ModelLifecycle
import TestSupport
import Testing

#if canImport(Glibc)
    import Glibc
#elseif canImport(Darwin)
    import Darwin
#endif

/// `verify`, `backup` and `doctor`: what an operator asks of the journal itself.
@Suite(.turn(of: "CommandLineTests")) struct MaintenanceTests {
    @Test func aWholeJournalIsSaidToBeWhole() async throws {
        try await withWorkspace { workspace in
            try await workspace.seed([.unloaded(), .failed()])
            let answer = try await workspace.run("verify")
            #expect(answer.status == 0 && answer.errors.isEmpty, "\(answer)")
            #expect(answer.output.contains("is whole: 7 transitions of 2 runs"), "\(answer)")
            let json = try await workspace.run("verify", "-o", "json").object()
            #expect(json["whole"] as? Bool == true && json["transitions"] as? Int == 7)
            #expect(json["first_bad_seq"] is NSNull && (json["chain_head"] as? String)?.count == 64)
        }
    }

    @Test func aDamagedRowIsNamedAndItsJournalNotCopied() async throws {
        try await withWorkspace { workspace in
            try await workspace.seed([.unloaded(), .failed("en-us", Failure(.modelLoadFailed, "no such file: base"))])
            let file = URL(filePath: workspace.journal)
            var bytes = try Data(contentsOf: file)
            let place = try #require(bytes.range(of: Data("no such file: base".utf8)))
            bytes[place.lowerBound] = UInt8(ascii: "N")
            try bytes.write(to: file)
            let answer = try await workspace.run("verify")
            #expect(answer.status == 1 && answer.errors.isEmpty, "\(answer)")
            #expect(
                answer.output.contains("the first bad transition is 7, the last good one before it is 6"), "\(answer)")
            let json = try await workspace.run("verify", "-o", "json")
            #expect(json.status == 1)
            #expect(try json.object()["first_bad_seq"] as? Int == 7)

            let copy = try await workspace.run("backup", workspace.path("copy.sqlite"))
            #expect(copy.status == 1 && copy.errors.contains("damaged, so there is no copy"), "\(copy)")
            let names = try FileManager.default.contentsOfDirectory(atPath: workspace.directory.path)
            #expect(!names.contains { $0.hasPrefix("copy") }, "\(names)")
        }
    }

    /// With its log, as it is: whoever wants to salvage it has all of it.
    @Test func anEngineSetsADamagedJournalAsideAndBeginsANewOne() async throws {
        try await withWorkspace { workspace in
            let server = try ScriptedServer()
            let first = try workspace.start(
                server.arguments(["--correlation-id", "deploy-42"], flags: []), environment: server.environment)
            try await workspace.waitUntil("m", is: "READY")
            first.send(SIGKILL)
            _ = try await first.finished()
            try await workspace.run(tool: "/usr/bin/sqlite3", [workspace.journal, "PRAGMA wal_checkpoint(TRUNCATE)"])
            try await eventually("the server's end") { server.processes.isEmpty }
            var bytes = try Data(contentsOf: URL(filePath: workspace.journal))
            let places = bytes.ranges(of: Data("deploy-42".utf8))
            #expect(!places.isEmpty)
            for place in places { bytes[place.lowerBound] = UInt8(ascii: "D") }
            try bytes.write(to: URL(filePath: workspace.journal))
            let damaged = try Data(contentsOf: URL(filePath: workspace.journal))

            for query in [["history"], ["verify"], ["status"]] { _ = try await workspace.run(query) }
            #expect(try Data(contentsOf: URL(filePath: workspace.journal)) == damaged, "a query only reports")

            let run = try await workspace.run(server.arguments(["--once", "--resume"], flags: []))
            #expect(run.status == 0, "\(run)")
            #expect(run.errors.contains("the journal was damaged; it lies whole in "), "\(run)")
            let names = try FileManager.default.contentsOfDirectory(atPath: workspace.directory.path)
            let aside = try #require(
                names.first {
                    $0.hasPrefix("journal.sqlite.damaged-") && !$0.hasSuffix("-wal") && !$0.hasSuffix("-shm")
                })
            #expect(try Data(contentsOf: URL(filePath: workspace.path(aside))) == damaged)
            #expect(try await workspace.run("verify").status == 0)
            #expect(try await workspace.runs().map(\.outcome) == ["unloaded"])
            #expect(try await workspace.run("doctor").output.contains(aside))
        }
    }

    @Test func pruneSaysWhatItWouldDoAndDoesItWhenToldTo() async throws {
        try await withWorkspace { workspace in
            try await workspace.seed([.unloaded(), .failed(), .unloaded()])
            let all = try await workspace.exportedLines()
            let asked = try await workspace.run("prune", "--before", "tomorrow")
            #expect(
                asked.status == 0 && asked.output.hasPrefix("2 runs with 7 transitions would be removed"), "\(asked)")
            #expect(try await workspace.exportedLines() == all)
            let none = try await workspace.run("prune", "--before", "-99y", "--yes")
            #expect(none.status == 0 && none.output == "0 runs with 0 transitions removed\n", "\(none)")
            let done = try await workspace.run("prune", "--before", "tomorrow", "--yes")
            #expect(done.status == 0 && done.output == "2 runs with 7 transitions removed\n", "\(done)")
            // The first of them followed on a failed run, and says that this is missing.
            let marked = all.dropFirst(7).enumerated().map { index, line in
                index > 0 ? line : line.replacing("\"after_gap\":false", with: "\"after_gap\":true")
            }
            #expect(try await workspace.exportedLines() == marked)
            #expect(try await workspace.run("verify").status == 0)
            for arguments in [
                ["prune"], ["prune", "--before", "whenever"], ["prune", "--before", "now", "--model", "x"],
            ] {
                #expect(try await workspace.run(arguments).status == 64)
            }
        }
    }

    @Test(arguments: ["verify", "doctor", "backup"]) func whatIsNoJournalIsRefused(command: String) async throws {
        try await withWorkspace { workspace in
            let arguments = command == "backup" ? [command, workspace.path("copy")] : [command]
            let missing = try await workspace.run(arguments)
            #expect(missing.status == 66 && missing.errorLines.count == 1 && missing.output.isEmpty, "\(missing)")
            try Data("hello, this is no database".utf8).write(to: URL(filePath: workspace.journal))
            let text = try await workspace.run(arguments)
            #expect(text.status == 65 && text.errorLines.count == 1 && text.output.isEmpty, "\(text)")
            #expect(!FileManager.default.fileExists(atPath: workspace.path("copy")))
        }
    }

    @Test func aLivingJournalIsCopiedWhole() async throws {
        try await withWorkspace { workspace in
            let server = try ScriptedServer()
            let engine = try workspace.start(server.arguments(flags: []), environment: server.environment)
            try await workspace.waitUntil("m", is: "READY")
            let copy = workspace.path("copy.sqlite")
            let answer = try await workspace.run("backup", copy)
            #expect(answer.status == 0 && answer.output.contains("2 transitions of 1 run"), "\(answer)")
            let mode = try FileManager.default.attributesOfItem(atPath: copy)[.posixPermissions] as? Int
            #expect(mode == 0o600)
            #expect(try await workspace.run("verify", "--journal", copy).status == 0)
            let copied = try await workspace.run("export", "--journal", copy).output
            let living = try await workspace.run("export").output
            #expect(copied == living, "\(copied)\n\(living)")
            // One file, and nothing beside it.
            let names = try FileManager.default.contentsOfDirectory(atPath: workspace.directory.path)
            #expect(names.filter { $0.hasPrefix("copy") } == ["copy.sqlite"])

            let again = try await workspace.run("backup", copy)
            #expect(again.status == 73 && again.errors.contains("something lies there already"), "\(again)")
            let nowhere = try await workspace.run("backup", workspace.path("nowhere/copy.sqlite"))
            #expect(nowhere.status == 73, "\(nowhere)")
            engine.send(SIGTERM)
            let ended = try await engine.finished()
            #expect(ended.status == 0, "\(ended)")
            #expect(try await workspace.run("verify").status == 0)
        }
    }

    @Test func theDoctorLooksAtTheSetUp() async throws {
        try await withWorkspace { workspace in
            let server = try ScriptedServer()
            let engine = try workspace.start(server.arguments(flags: []), environment: server.environment)
            try await workspace.waitUntil("m", is: "READY")
            let well = try await workspace.run("doctor")
            #expect(well.status == 0, "\(well)")
            for words in ["sqlite", "journal_mode=wal synchronous=2", "owner of m", "alive", "file system"] {
                #expect(well.output.contains(words), "\(words): \(well)")
            }
            engine.send(SIGKILL)
            _ = try await engine.finished()
            chmod(workspace.journal, 0o644)
            let ill = try await workspace.run("doctor", "-o", "json")
            #expect(ill.status == 1)
            let problems = try ill.objects().compactMap { $0["problem"] as? String }
            #expect(problems.count == 2, "\(problems)")
            #expect(problems.contains { $0.contains("chmod 600") })
            #expect(problems.contains { $0.contains("died while READY") })
        }
    }
}
