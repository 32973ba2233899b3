import Foundation
import TestSupport
import Testing

#if canImport(Glibc)
    import Glibc
#elseif canImport(Darwin)
    import Darwin
#endif

/// What stands behind stdout and stderr may be full, closed or gone.
@Suite(.turn(of: "CommandLineTests")) struct StandardStreamTests {
    static let answers = [
        ["history"], ["history", "-o", "json"], ["history", "-o", "csv"], ["runs"], ["runs", "-o", "ndjson"],
        ["show", "-1"], ["stats", "-o", "json"], ["postmortem"], ["postmortem", "-o", "json"], ["status"],
        ["status", "-o", "json"], ["sql", "SELECT * FROM runs"], ["sql", "SELECT * FROM runs", "-o", "ndjson"],
        ["schema"], ["providers"], ["export"], ["history", "-f"],
        // One write that is larger than the buffer, after which nothing is left in it.
        ["plot", "timeline"], ["postmortem", "-o", "html"],
        ["sql", "-o", "csv", "SELECT printf('%.*c', 100000, 'x') AS x"],
    ]

    #if os(Linux)
        @Test(arguments: answers) func anAnswerThatCannotBeWrittenIsAnError(arguments: [String]) async throws {
            try await withWorkspace { workspace in
                try await workspace.seed([.unloaded(), .failed()])
                let full = try #require(FileHandle(forWritingAtPath: "/dev/full"))
                let finished = try await workspace.start(arguments, output: full).finished()
                #expect(finished.status == 74, "\(finished)")
                #expect(finished.errorLines == ["modeljournal: stdout cannot be written"])
            }
        }

        @Test func aLongAnswerThatCannotBeWrittenIsAnErrorToo() async throws {
            try await withWorkspace { workspace in
                try await workspace.seed(.failed())
                let full = try #require(FileHandle(forWritingAtPath: "/dev/full"))
                let numbers =
                    "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n LIMIT 20000) SELECT i FROM n"
                let finished = try await workspace.start(["sql", "-o", "csv", numbers], output: full).finished()
                #expect(finished.status == 74, "\(finished)")
            }
        }

        @Test func aRunGoesOnWithoutAPlaceForItsLog() async throws {
            try await withWorkspace { workspace in
                let full = try #require(FileHandle(forWritingAtPath: "/dev/full"))
                let finished = try await workspace.start(
                    ["run", "--once"], environment: Self.withoutLibrary, errors: full
                ).finished()
                #expect(finished.status == 1, "\(finished)")
                #expect(try await workspace.history().map(\.toState) == ["LOADING", "ERROR"])
            }
        }
    #endif

    private static let withoutLibrary = ["MODELJOURNAL_POCKETSPHINX_LIBRARY": "/nowhere/libpocketsphinx.so.3"]

    @Test func aRunGoesOnWhenTheReaderOfItsLogHasGone() async throws {
        try await withWorkspace { workspace in
            let pipe = Pipe()
            try pipe.fileHandleForReading.close()
            let finished = try await workspace.start(
                ["run", "--once"], environment: Self.withoutLibrary, errors: pipe.fileHandleForWriting
            ).finished()
            #expect(finished.status == 1, "\(finished)")
            #expect(try await workspace.history().map(\.toState) == ["LOADING", "ERROR"])
        }
    }

    @Test(arguments: ["<&-", ">&-", "2>&-", "<&- >&- 2>&-"])
    func aRunGoesOnWithClosedStreams(closing: String) async throws {
        try await withWorkspace { workspace in
            let script = "MODELJOURNAL_POCKETSPHINX_LIBRARY=/nowhere/x.so exec \"$0\" run --once \(closing)"
            let finished = try await workspace.run(tool: "/bin/sh", ["-c", script, Program.path])
            #expect(finished.status == 1, "\(finished)")
            #expect(try await workspace.history().map(\.toState) == ["LOADING", "ERROR"])
        }
    }

    @Test func anAnswerForAClosedStreamIsAnError() async throws {
        try await withWorkspace { workspace in
            try await workspace.seed(.failed())
            let finished = try await workspace.run(tool: "/bin/sh", ["-c", "exec \"$0\" history >&-", Program.path])
            #expect(finished.status == 74, "\(finished)")
            #expect(finished.errorLines == ["modeljournal: stdout cannot be written"])
        }
    }

    @Test func aReaderThatHasSeenEnoughEndsAQuery() async throws {
        try await withWorkspace { workspace in
            try await workspace.seed(Array(repeating: .failed(), count: 60))
            let script = "\"$0\" export | head -n 1 | wc -l"
            let finished = try await workspace.run(tool: "/bin/sh", ["-c", script, Program.path])
            #expect(finished.output.trimmingCharacters(in: .whitespacesAndNewlines) == "1")
            #expect(finished.errors.isEmpty, "\(finished)")
        }
    }
}

#if os(Linux)
    extension WithRealModel {
        @Suite struct ClosedStreams {
            @Test func nothingThatRunOpensIsTakenForThem() async throws {
                try await withWorkspace { workspace in
                    let run = try workspace.start("/bin/sh", ["-c", "exec \"$0\" run <&- >&- 2>&-", Program.path])
                    try await workspace.waitUntil(is: "READY")
                    for stream in 0...2 {
                        let file = "/proc/\(run.pid)/fd/\(stream)"
                        #expect(try FileManager.default.destinationOfSymbolicLink(atPath: file) == "/dev/null")
                    }
                    run.send(SIGTERM)
                    #expect(try await run.finished().status == 0)
                }
            }
        }
    }
#endif
