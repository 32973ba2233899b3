import Foundation
import Synchronization
import TestSupport
import Testing

@testable import modeljournal

#if canImport(Glibc)
    import Glibc
#elseif canImport(Darwin)
    import Darwin
#endif

/// The file of `--server-output` is appended to and rotated, and takes the place of nothing else.
@Suite(.turn(of: "CommandLineTests")) struct OutputFileTests {
    private final class Warnings: Sendable {
        private let lines = Mutex<[String]>([])
        func add(_ line: String) { lines.withLock { $0.append(line) } }
        var all: [String] { lines.withLock { $0 } }
    }

    private func text(_ path: String) -> String? { try? String(contentsOfFile: path, encoding: .utf8) }

    @Test func itIsAppendedToAndIsItsOwnersAlone() async throws {
        try await withWorkspace { workspace in
            let path = workspace.path("out.log")
            for line in ["one", "two"] {
                try OutputFile(path, journal: workspace.journal) { _ in }.write([line, "and more"])
            }
            #expect(text(path) == "one\nand more\ntwo\nand more\n")
            let mode = try FileManager.default.attributesOfItem(atPath: path)[.posixPermissions] as? Int
            #expect(mode == 0o600)
        }
    }

    @Test func aFullFileMakesWayAndThreeOldOnesStay() async throws {
        try await withWorkspace { workspace in
            let path = workspace.path("out.log")
            let file = try OutputFile(path, journal: workspace.journal, sizeLimit: 100) { _ in }
            for number in 0..<200 { file.write(["line \(number)", "again \(number)"]) }
            let names = ["", ".1", ".2", ".3"].map { path + $0 }
            let texts = names.reversed().map { text($0) ?? "" }
            #expect(texts.allSatisfy { !$0.isEmpty && $0.utf8.count <= 100 })
            #expect(text(path + ".4") == nil)
            // Together they are the last lines, whole and in order.
            let lines = texts.joined().split(separator: "\n").map(String.init)
            let all = (0..<200).flatMap { ["line \($0)", "again \($0)"] }
            #expect(lines == all.suffix(lines.count))
        }
    }

    @Test func aLineThatIsLongerThanTheLimitHasAFileOfItsOwn() async throws {
        try await withWorkspace { workspace in
            let path = workspace.path("out.log")
            let file = try OutputFile(path, journal: workspace.journal, sizeLimit: 10) { _ in }
            file.write(["short", String(repeating: "x", count: 50), "end"])
            #expect(text(path) == "end\n")
            #expect(text(path + ".1") == String(repeating: "x", count: 50) + "\n")
            #expect(text(path + ".2") == "short\n")
        }
    }

    @Test func aFileThatWasMovedAwayIsBegunAgain() async throws {
        try await withWorkspace { workspace in
            let path = workspace.path("out.log")
            let file = try OutputFile(path, journal: workspace.journal) { _ in }
            file.write(["one"])
            try FileManager.default.moveItem(atPath: path, toPath: path + ".old")
            file.write(["two"])
            #expect(text(path) == "two\n" && text(path + ".old") == "one\n")
        }
    }

    @Test func aFileThatCannotBeRotatedGrows() async throws {
        try await withWorkspace { workspace in
            let path = workspace.path("out.log")
            try FileManager.default.createDirectory(atPath: path + ".1/x", withIntermediateDirectories: true)
            try FileManager.default.createDirectory(atPath: path + ".2/x", withIntermediateDirectories: true)
            try FileManager.default.createDirectory(atPath: path + ".3/x", withIntermediateDirectories: true)
            let warnings = Warnings()
            let file = try OutputFile(path, journal: workspace.journal, sizeLimit: 10) { warnings.add($0) }
            for _ in 0..<10 { file.write(["123456789"]) }
            #expect(text(path)?.split(separator: "\n").count == 10)
            #expect(warnings.all.count == 1 && warnings.all[0].contains("cannot be rotated"))
        }
    }

    /// Linux has a device that is always full.
    @Test(.enabled(if: FileManager.default.fileExists(atPath: "/dev/full"), "needs /dev/full"))
    func aFullDiskIsWarnedOfOnce() throws {
        let warnings = Warnings()
        let file = try OutputFile("/dev/full", journal: "/nowhere/journal") { warnings.add($0) }
        for _ in 0..<100 { file.write(["line"]) }
        #expect(warnings.all.count == 1 && warnings.all[0].contains("No space left"))
    }

    @Test func aPipeWithoutAReaderIsNotWaitedForAndNotRotated() async throws {
        try await withWorkspace { workspace in
            let path = workspace.path("pipe")
            #expect(mkfifo(path, 0o600) == 0)
            let file = try OutputFile(path, journal: workspace.journal, sizeLimit: 10) { _ in }
            let reader = open(path, O_RDONLY | O_NONBLOCK)
            defer { close(reader) }
            file.write(["first line", "second line"])
            var bytes = [UInt8](repeating: 0, count: 100)
            let count = read(reader, &bytes, bytes.count)
            #expect(String(decoding: bytes.prefix(max(0, count)), as: UTF8.self) == "first line\nsecond line\n")
            #expect(FileManager.default.fileExists(atPath: path + ".1") == false)
        }
    }

    @Test(arguments: ["", "-wal", "-shm", "-journal", "-engines/x.lock"])
    func aFileOfTheJournalIsRefused(suffix: String) async throws {
        try await withWorkspace { workspace in
            let journal = workspace.path("j")
            try FileManager.default.createDirectory(atPath: journal + "-engines", withIntermediateDirectories: true)
            let link = workspace.path("link")
            try FileManager.default.createSymbolicLink(atPath: link, withDestinationPath: workspace.directory.path)
            for path in [journal + suffix, link + "/j" + suffix] {
                let failure = #expect(throws: CommandFailure.self) {
                    _ = try OutputFile(path, journal: journal) { _ in }
                }
                #expect(failure?.status == .usage, "\(path): \(String(describing: failure))")
            }
        }
    }

    @Test func aRotationNeverMeetsTheJournalOrAnotherDatabase() async throws {
        try await withWorkspace { workspace in
            let failure = #expect(throws: CommandFailure.self) {
                _ = try OutputFile(workspace.path("out"), journal: workspace.path("out.2")) { _ in }
            }
            #expect(failure?.status == .usage)
            try Data("SQLite format 3\0 and more".utf8).write(to: URL(filePath: workspace.path("other")))
            let other = #expect(throws: CommandFailure.self) {
                _ = try OutputFile(workspace.path("other"), journal: workspace.journal) { _ in }
            }
            #expect(other?.status == .usage && other?.message.contains("database") == true)
        }
    }

    @Test func whatCannotBeWrittenIsSaidBeforeAnythingStarts() async throws {
        try await withWorkspace { workspace in
            for (path, status) in [
                (workspace.directory.path, ExitStatus.cannotCreate),
                (workspace.path("no/such/folder"), .cannotCreate), ("/dev/fd/999", .cannotCreate),
            ] {
                let failure = #expect(throws: CommandFailure.self) {
                    _ = try OutputFile(path, journal: workspace.journal) { _ in }
                }
                #expect(failure?.status == status, "\(path): \(String(describing: failure))")
            }
        }
    }
}
