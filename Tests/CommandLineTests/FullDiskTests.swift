import Foundation
import TestSupport
import Testing

#if canImport(Glibc)
    import Glibc
#elseif canImport(Darwin)
    import Darwin
#endif

/// A disk without room, which only the program under test sees.
@Suite(.needsPrivateMounts, .turn(of: "CommandLineTests")) struct FullDiskTests {
    /// Mounts a small disk on `disk`, prepares it, and runs the program there: `$0` is its path.
    private func onSmallDisk(_ workspace: Workspace, size: String, _ script: String) async throws -> Finished {
        try FileManager.default.createDirectory(atPath: workspace.path("disk"), withIntermediateDirectories: true)
        return try await workspace.run(
            tool: "/usr/bin/unshare",
            ["--mount", "/bin/sh", "-c", "mount -t tmpfs -o size=\(size) none disk\n\(script)", Program.path])
    }

    @Test func aJournalThatDoesNotFitIsNotCreated() async throws {
        try await withWorkspace { workspace in
            let finished = try await onSmallDisk(
                workspace, size: "64k",
                """
                head -c 65536 /dev/zero > disk/filler 2> /dev/null
                "$0" run --once --journal disk/journal.sqlite
                echo "status $?"
                ls -A disk
                """)
            #expect(finished.lines == ["status 74", "filler"], "\(finished)")
            #expect(finished.errorLines.count == 1 && finished.errors.contains("the disk is full"), "\(finished)")
        }
    }

    @Test func aJournalWithoutRoomForTheSchemaIsNotCreated() async throws {
        try await withWorkspace { workspace in
            // Room for the file and its first pages, not for all of them.
            for room in [4, 8, 16, 40, 64, 100, 140] {
                let finished = try await onSmallDisk(
                    workspace, size: "\(room)k",
                    """
                    "$0" run --once --journal disk/journal.sqlite
                    echo "status $?"
                    ls -A disk
                    """)
                #expect(finished.lines == ["status 74"], "\(room) KiB: \(finished)")
                #expect(finished.errorLines.count == 1 && finished.errors.contains("disk"), "\(room): \(finished)")
            }
        }
    }

    @Test func aFullDiskLosesNothingOfAJournal() async throws {
        try await withWorkspace { workspace in
            try await workspace.seed([.unloaded(), .failed()])
            let before = try await workspace.exportedLines()
            let finished = try await onSmallDisk(
                workspace, size: "1m",
                """
                cp -r journal.sqlite journal.sqlite-engines disk/
                head -c 1048576 /dev/zero > disk/filler 2> /dev/null
                "$0" run --once --journal disk/journal.sqlite
                echo "status $?"
                "$0" run --once --resume --journal disk/journal.sqlite
                echo "status $?"
                rm disk/filler
                "$0" export --journal disk/journal.sqlite
                """)
            #expect(finished.lines == ["status 74", "status 74"] + before, "\(finished)")
            #expect(finished.errorLines.count == 2, "\(finished)")
            #expect(finished.errorLines.allSatisfy { $0.contains("full") }, "\(finished)")
        }
    }

    @Test(.needsPocketSphinx) func aModelServesOnWhileTheDiskIsFullAndItsEndGoesToStderr() async throws {
        try await withWorkspace { workspace in
            try FileManager.default.createDirectory(atPath: workspace.path("disk"), withIntermediateDirectories: true)
            let script = "mount -t tmpfs -o size=2m none disk && exec \"$0\" run --journal disk/journal.sqlite"
            let run = try workspace.start("/usr/bin/unshare", ["--mount", "/bin/sh", "-c", script, Program.path])
            try await eventually("READY") { run.standardError.text.contains("en-us is READY") }
            // The process's own view of the file system, from outside.
            let filler = "/proc/\(run.pid)/root\(workspace.path("disk"))/filler"
            let filled = try await workspace.run(tool: "/bin/sh", ["-c", "head -c 4m /dev/zero > \"$0\"", filler])
            #expect(filled.status != 0)
            run.send(SIGTERM)
            let finished = try await run.finished()
            let rows = finished.errorLines.filter { $0.hasPrefix("{") }
            // The write-ahead log may still have had room for a row in its last page.
            #expect(!rows.isEmpty, "\(finished)")
            let last = try #require(
                try JSONSerialization.jsonObject(with: Data(rows.last?.utf8 ?? "".utf8)) as? [String: Any])
            #expect(last["to_state"] as? String == "UNINITIALIZED" && last["trigger"] as? String == "unloaded")
            // All that an exported row has, so that it can be put back; only the number was never given.
            try await workspace.seed(.failed())
            let exported = try #require(
                try JSONSerialization.jsonObject(with: Data(try await workspace.exportedLines()[0].utf8))
                    as? [String: Any])
            #expect(Set(last.keys) == Set(exported.keys) && last["seq"] is NSNull)
            #expect(last["model"] as? String == "en-us" && last["provider"] as? String == "pocketsphinx")
            #expect(last["pid"] as? Int == Int(run.pid) && last["engine_id"] is String && last["ordinal"] as? Int == 5)
            #expect(finished.errors.contains("the journal cannot be written"), "\(finished)")
            #expect(finished.status == 74, "\(finished)")
        }
    }
}
