import Foundation
import TestSupport
import Testing

/// What `run` does with conditions on the answers of its probes.
@Suite(.turn(of: "CommandLineTests")) struct ProbeConditionTests {
    /// Answers 200 in every state, as Cog does; the state is the word in a file.
    private static let server = """
        import http.server, json, os, sys, threading
        class H(http.server.BaseHTTPRequestHandler):
            def do_GET(self):
                with open(sys.argv[2]) as file: body = file.read().encode()
                self.send_response(200); self.send_header("Content-Length", str(len(body))); self.end_headers(); self.wfile.write(body)
            def log_message(self, *x): pass
        threading.Timer(120, lambda: os._exit(0)).start()
        http.server.HTTPServer(("127.0.0.1", int(sys.argv[1])), H).serve_forever()
        """

    private func begin(_ workspace: Workspace, _ state: String, _ options: [String]) throws -> RunningProgram {
        try Data(Self.server.utf8).write(to: URL(filePath: workspace.path("server.py")))
        try say(workspace, state)
        let port = try freePort()
        let common = [
            "run", "--model", "m", "--startup-timeout", "60s", "--probe", "http://127.0.0.1:\(port)/",
            "--liveness-interval", "50ms",
        ]
        return try workspace.start(
            common + options + ["--", "python3", workspace.path("server.py"), "\(port)", workspace.path("state")])
    }

    private func say(_ workspace: Workspace, _ state: String) throws {
        try Data(state.utf8).write(to: URL(filePath: workspace.path("state")), options: .atomic)
    }

    @Test func aServerThatSaysThatItFailedEndsTheStartInItsWords() async throws {
        try await withWorkspace { workspace in
            let run = try begin(
                workspace, #"{"status":"SETUP_FAILED","error":"layer3 is short"}"#,
                ["--ready-when", "status=READY", "--failed-when", "status=SETUP_FAILED|DEFUNCT"])
            let end = try await run.finished()
            #expect(end.status == 1, "\(end)")
            let answer = try await workspace.postmortem()
            #expect(answer.reason == "ModelLoadFailed" && answer.cause.contains("layer3 is short"), "\(answer)")
        }
    }

    /// What is good enough for a server that works is not what makes it ready.
    @Test func busyIsAliveAndNotReady() async throws {
        try await withWorkspace { workspace in
            let run = try begin(
                workspace, #"{"status":"BUSY"}"#,
                [
                    "--ready-when", "status=READY", "--alive-when", "status=READY|BUSY", "--failed-when",
                    "status=DEFUNCT",
                ])
            try await workspace.waitUntil("m", is: "LOADING")
            try say(workspace, #"{"status":"READY"}"#)
            try await workspace.waitUntil("m", is: "READY")
            try say(workspace, #"{"status":"BUSY"}"#)
            // Many probes later it is READY still.
            let health = #"SELECT count(*) AS n FROM transitions"#
            for _ in 0..<3 { _ = try await workspace.run("sql", "-o", "json", health) }
            #expect(try await workspace.history().last?.toState == "READY")
            try say(workspace, #"{"status":"DEFUNCT"}"#)
            let end = try await run.finished()
            #expect(end.status == 1, "\(end)")
            let answer = try await workspace.postmortem()
            #expect(answer.reason == "RuntimeUnhealthy", "\(answer)")
        }
    }

    /// Waiting does not bring the command.
    @Test(arguments: ["exec:/none/such", "exec:exit 126"])
    func aProbeThatCannotSucceedFailsAtOnce(probe: String) async throws {
        try await withWorkspace { workspace in
            let run = try await workspace.run("run", "--model", "m", "--probe", probe, "--", "sleep", "60")
            #expect(run.status == 1, "\(run)")
            let answer = try await workspace.postmortem()
            #expect(answer.reason == "ProviderNotAvailable" && answer.cause.contains("cannot succeed"), "\(answer)")
        }
    }

    /// Its end is noticed all the same.
    @Test(arguments: [["--liveness", "off"], ["--liveness-url", "http://127.0.0.1:1/"]])
    func livenessIsAskedAsItIsTold(options: [String]) async throws {
        try await withWorkspace { workspace in
            let run = try begin(workspace, "ok", options)
            try await workspace.waitUntil("m", is: "READY", orPast: "ERROR")
            if options.contains("off") { run.send(SIGTERM) }
            let end = try await run.finished()
            #expect(end.status == (options.contains("off") ? 0 : 1), "\(end)")
        }
    }

    @Test(arguments: [
        (["--liveness", "sometimes"], "--liveness is probe, warmup or off"),
        (["--liveness", "warmup"], "--liveness warmup needs --warmup-url"),
        (["--liveness", "off", "--liveness-url", "http://h/"], "--liveness-url is for --liveness probe"),
        (["--liveness-url", "nowhere"], "'nowhere' is no probe"),
        (["--liveness-timeout", "0s"], "--liveness-timeout must be longer than nothing"),
    ])
    func badLivenessIsRefused(options: [String], words: String) async throws {
        try await withWorkspace { workspace in
            let run = try await workspace.run(["run", "--model", "m"] + options + ["--", "sleep", "60"])
            #expect(run.status == 64 && run.errors.contains(words), "\(run)")
            #expect(!FileManager.default.fileExists(atPath: workspace.journal))
        }
    }
}

/// Warm-ups that are no request with a body.
@Suite(.turn(of: "CommandLineTests")) struct WarmupKindTests {
    @Test func aCommandWarmsTheServerAtItsAddress() async throws {
        try await withWorkspace { workspace in
            let server = try ScriptedServer()
            let note = workspace.path("address")
            let run = try await workspace.run(
                server.arguments(["--once", "--warmup-exec", "echo \"$MODELJOURNAL_ADDRESS\" > '\(note)'"], flags: []))
            #expect(run.status == 0, "\(run)")
            #expect(try String(contentsOfFile: note, encoding: .utf8) == server.url("/health") + "\n")
            #expect(try await workspace.history().contains { $0.toState == "WARMING_UP" })
        }
    }

    @Test func aCommandThatFailsFailsTheWarmUpInItsWords() async throws {
        try await withWorkspace { workspace in
            let server = try ScriptedServer()
            let run = try await workspace.run(
                server.arguments(["--once", "--warmup-exec", "echo layer3 is short >&2; exit 3"], flags: []))
            #expect(run.status == 1, "\(run)")
            let answer = try await workspace.postmortem()
            #expect(answer.reason == "WarmupFailed" && answer.cause.contains("layer3 is short"), "\(answer)")
        }
    }

    @Test func aRecordingIsSentAsAForm() async throws {
        try await withWorkspace { workspace in
            let server = try ScriptedServer()
            let recording = workspace.path("hello.wav")
            try Data("RIFF-of-a-recording".utf8).write(to: URL(filePath: recording))
            let echo = workspace.path("echo")
            let run = try await workspace.run(
                server.arguments(
                    ["--once", "--warmup-url", server.url("/infer"), "--warmup-audio", recording],
                    flags: ["--echo-headers", echo]))
            #expect(run.status == 0, "\(run)")
            let sent = try String(contentsOfFile: echo, encoding: .utf8)
            // The boundary, the name and the recording.
            #expect(sent.contains("multipart") && sent.lowercased().contains("content-length"), "\(sent)")
        }
    }

    @Test(arguments: [
        (["--warmup-audio", "2"], "a warm-up needs --warmup-url"),
        (["--warmup-audio", "0", "--warmup-url", "http://127.0.0.1:1/"], "more than 0 and at most 600 seconds"),
        (["--warmup-audio", "none.wav", "--warmup-url", "http://127.0.0.1:1/"], "none.wav cannot be read"),
        (["--warmup-exec", "x", "--warmup-url", "http://127.0.0.1:1/"], "takes the place of a request"),
        (["--warmup-exec", " "], "--warmup-exec names no command"),
    ])
    func whatCannotBeIsRefused(options: [String], words: String) async throws {
        try await withWorkspace { workspace in
            let run = try await workspace.run(["run", "--model", "m"] + options + ["--", "sleep", "60"])
            #expect((64...66).contains(run.status) && run.errors.contains(words), "\(run)")
            #expect(!FileManager.default.fileExists(atPath: workspace.journal))
        }
    }
}
