import Foundation
import TestSupport
import Testing

#if canImport(Glibc)
    import Glibc
#elseif canImport(Darwin)
    import Darwin
#endif

/// `run --server-output`: the output of a server as it comes, where the user wants it.
@Suite(.turn(of: "CommandLineTests")) struct ServerOutputOptionTests {
    private static let script = """
        printf 'loading\\r\\nbar 1%%\\rbar 2%%\\rbar 3%%\\n'
        printf '\\033[31mred\\033[0m \\033[2Kand\\007 password=hunter2-correct-horse\\n' >&2
        printf 'nul \\000 byte\\nno end'
        exit 1
        """
    private static let lines = ["loading", "bar 3%", "red and\\u{7} password=", "nul \\u{0} byte", "no end"]

    private func arguments(_ options: [String], model: String = "m", _ script: String = Self.script) -> [String] {
        ["run", "--once", "--model", model, "--probe", "tcp://127.0.0.1:1"] + options + ["--", "/bin/sh", "-c", script]
    }

    private func check(_ text: String) {
        let lines = text.split(separator: "\n").map(String.init)
        for expected in Self.lines { #expect(lines.contains { $0.hasPrefix(expected) }, "\(expected) in \(text)") }
        #expect(!text.contains("hunter2") && !text.contains("bar 1%") && !text.contains("\u{1b}[2K"))
    }

    @Test func withoutItNothingIsPassedOn() async throws {
        try await withWorkspace { workspace in
            for options in [[], ["--server-output", "none"]] {
                let run = try await workspace.run(arguments(options))
                #expect(run.status == 1 && !run.errors.contains("nul") && run.output.isEmpty)
            }
        }
    }

    @Test func inheritPassesItToStderr() async throws {
        try await withWorkspace { workspace in
            let run = try await workspace.run(arguments(["--server-output", "inherit"]))
            #expect(run.status == 1 && run.output.isEmpty)
            check(run.errors)
            #expect(!run.errors.contains("\u{1b}[31m"))
            // The journal has it as ever.
            #expect(try await workspace.postmortem().evidence?.outputTail?.contains("no end") == true)
        }
    }

    @Test func onATerminalColoursStayAndTheLiveLineIsBelow() async throws {
        try await withWorkspace { workspace in
            let terminal = try PseudoTerminal(columns: 100)
            let run = try workspace.start(
                arguments(["--server-output", "inherit"], "sleep 0.5;" + Self.script),
                environment: ["TERM": "xterm", "NO_COLOR": nil], errors: terminal.end)
            terminal.closeEnd()
            _ = try await run.finished()
            try await eventually("the end of the output") { terminal.collected.isComplete }
            let text = terminal.collected.text
            #expect(text.contains("\u{1b}[31mred\u{1b}[0m and\\u{7} password="))
            #expect(!text.contains("\u{1b}[2K") && text.contains("m  LOADING"))
            // Each line begins where the live line was.
            #expect(text.contains("\r\u{1b}[Kbar 3%\r\n"))
        }
    }

    @Test func aFileGetsIt() async throws {
        try await withWorkspace { workspace in
            let path = workspace.path("out.log")
            let run = try await workspace.run(arguments(["--server-output", path]))
            #expect(run.status == 1 && !run.errors.contains("nul"))
            let text = try String(contentsOfFile: path, encoding: .utf8)
            check(text)
            #expect(text.split(separator: "\n").count == Self.lines.count && text.hasSuffix("no end\n"))
        }
    }

    @Test func aDeviceGetsIt() async throws {
        try await withWorkspace { workspace in
            check(try await workspace.run(arguments(["--server-output", "/dev/stderr"])).errors)
            #expect(try await workspace.run(arguments(["--server-output", "/dev/null"])).status == 1)
        }
    }

    @Test func severalModelsAreToldApart() async throws {
        try await withWorkspace { workspace in
            // Of another command line, the journal would not keep enough to start it again.
            func words(_ model: String, _ options: [String] = []) throws -> [String] {
                ["run", "--once", "--model", model, "--probe", "tcp://127.0.0.1:1"] + options + [
                    "--", try workspace.script("\(model)-server", "#!/bin/sh\necho \(model) says this; exit 1\n"),
                ]
            }
            _ = try await workspace.run(words("small"))
            let run = try await workspace.run(
                words("large", ["--server-output", "inherit", "--fallback", "small"]))
            let lines = run.errors.split(separator: "\n")
            #expect(lines.contains("large says this") && lines.contains("small | small says this"), "\(run.errors)")
        }
    }

    @Test func aReaderThatStandsStillDoesNotStopTheServer() async throws {
        try await withWorkspace { workspace in
            let path = workspace.path("pipe")
            #expect(mkfifo(path, 0o600) == 0)
            let reader = open(path, O_RDWR)
            defer { close(reader) }
            // Far more than the pipe and the queue hold.
            let run = try await workspace.run(
                arguments(["--server-output", path], "yes | head -c 20000000; echo the end; exit 1"))
            #expect(run.status == 1)
            let tail = try await workspace.postmortem().evidence?.outputTail
            #expect(tail?.hasSuffix("the end\n") == true)
        }
    }

    @Test func aReaderThatIsGoneEndsNothing() async throws {
        try await withWorkspace { workspace in
            let script = try workspace.script(
                "run.sh",
                """
                #!/bin/bash
                exec "$@" --server-output >(head -n 1 >'\(workspace.path("first"))') -- /bin/sh -c \\
                    'echo one; sleep 0.5; for n in 1 2 3 4 5 6 7 8 9; do echo two; sleep 0.05; done; exit 1'
                """)
            let run = try await workspace.run(
                tool: "/bin/bash",
                [script, Program.path, "run", "--once", "--model", "m", "--probe", "tcp://127.0.0.1:1"])
            #expect(run.status == 1)
            #expect(try await workspace.postmortem().evidence?.outputTail?.contains("two\n") == true)
            #expect(try String(contentsOfFile: workspace.path("first"), encoding: .utf8) == "one\n")
        }
    }

    @Test func whatIsWrongIsSaidInOneLineBeforeAnythingStarts() async throws {
        try await withWorkspace { workspace in
            let cases: [(String, Int32)] = [
                (workspace.directory.path, 73), (workspace.path("no/such/file"), 73), (workspace.journal, 64),
                (workspace.journal + "-wal", 64), ("", 64),
            ]
            for (path, status) in cases {
                let run = try await workspace.run(arguments(["--server-output", path], "touch started"))
                #expect(run.status == status, "\(path): \(run.errors)")
                #expect(run.errors.split(separator: "\n").count == 1 && run.errors.hasPrefix("modeljournal: "))
            }
            let run = try await workspace.run("run", "--once", "--server-output", "inherit")
            #expect(run.status == 64 && run.errors.contains("--server-output is for a model server"))
            #expect(!FileManager.default.fileExists(atPath: workspace.path("started")))
            #expect(!FileManager.default.fileExists(atPath: workspace.journal))
        }
    }
}
