import Foundation
import TestSupport
import Testing

/// What cannot work is refused before anything is started: one line, the right exit status, no journal.
@Suite(.turn(of: "CommandLineTests")) struct ServerInputTests {
    struct Input: Sendable, CustomTestStringConvertible {
        var name: String
        var options: [String] = []
        /// In place of the server, in the workspace.
        var command: String?
        var status: Int32
        var words: String
        var testDescription: String { name }
    }

    private static let inputs = [
        Input(name: "a command that does not exist", command: "nowhere", status: 66, words: "there is no program"),
        Input(name: "a command that is not executable", command: "plain", status: 64, words: "chmod +x"),
        Input(name: "a command that is a directory", command: "folder", status: 64, words: "is a directory"),
        Input(
            name: "a malformed probe", options: ["--probe", "127.0.0.1:8080/health"], status: 64, words: "is no probe"),
        Input(name: "a probe without a host", options: ["--probe", "http:///health"], status: 64, words: "is no URL"),
        Input(
            name: "a probe of no known kind", options: ["--probe", "udp://host:1"], status: 64, words: "is no probe"),
        Input(name: "a malformed warm-up URL", options: ["--warmup-url", "/infer"], status: 64, words: "is no URL"),
        Input(
            name: "a missing warm-up body",
            options: ["--warmup-url", "http://host/", "--warmup-body", "@nowhere.json"],
            status: 66, words: "nowhere.json"),
        Input(
            name: "a warm-up body that is a directory",
            options: ["--warmup-url", "http://host/", "--warmup-body", "@folder"], status: 64, words: "is a directory"),
        Input(
            name: "a malformed warm-up header", options: ["--warmup-url", "http://host/", "--warmup-header", "secret"],
            status: 64, words: "NAME: VALUE"),
        Input(
            name: "a malformed condition", options: ["--probe", "http://h/", "--ready-when", "status"], status: 64,
            words: "'status' is not a condition: it has no '=' or '~'"),
        Input(
            name: "a condition for a port", options: ["--probe", "tcp://h:1", "--failed-when", "status=FAILED"],
            status: 64, words: "--failed-when is for a probe over HTTP or Wyoming"),
        Input(
            name: "a condition without a probe", options: ["--alive-when", "status=READY"], status: 64,
            words: "--alive-when needs --probe or --preset"),
        Input(
            name: "a malformed probe header", options: ["--probe", "http://h/", "--probe-header", "secret"],
            status: 64, words: "a probe header is written NAME: VALUE"),
        Input(
            name: "a missing probe body", options: ["--probe", "http://h/", "--probe-body", "@nowhere.json"],
            status: 66, words: "the probe body nowhere.json cannot be read"),
        Input(
            name: "a missing certificate file", options: ["--probe", "https://h/", "--probe-ca", "nowhere.pem"],
            status: 66, words: "the certificate file nowhere.pem does not exist"),
        Input(
            name: "an unchecked certificate without TLS", options: ["--probe", "http://h/", "--probe-insecure"],
            status: 64, words: "--probe-insecure is for a probe with https:// or wss://"),
        Input(name: "an unknown preset", options: ["--preset", "whisper"], status: 64, words: "there is no preset"),
    ]

    @Test(arguments: inputs)
    func nothingIsStarted(input: Input) async throws {
        try await withWorkspace { workspace in
            let script = try workspace.script("server", "#!/bin/sh\necho > '\(workspace.path("started"))'\n")
            _ = try workspace.script("plain", "#!/bin/sh\n", mode: 0o644)
            try FileManager.default.createDirectory(atPath: workspace.path("folder"), withIntermediateDirectories: true)
            let before = try DirectoryListing(workspace.directory)
            let command = input.command.map(workspace.path) ?? script
            let run = try await workspace.run(["run", "--once", "--model", "m"] + input.options + ["--", command])
            #expect(run.status == input.status && run.output.isEmpty && run.errorLines.count == 1, "\(run)")
            #expect(run.errors.contains(input.words), "\(run)")
            #expect(try DirectoryListing(workspace.directory) == before)
        }
    }

    /// What cannot be executed there, no change of its mode makes executable.
    @Test(.needsPrivateMounts) func aFileSystemWithoutExecutionIsNamed() async throws {
        try await withWorkspace { workspace in
            try FileManager.default.createDirectory(atPath: workspace.path("disk"), withIntermediateDirectories: true)
            let script = "mount -t tmpfs -o noexec none disk && cp /bin/sleep disk/server && exec \"$0\" \"$@\""
            let server = workspace.path("disk/server")
            let run = try await workspace.run(
                tool: "/usr/bin/unshare",
                ["--mount", "/bin/sh", "-c", script, Program.path, "run", "--once", "--model", "m", "--", server, "5"])
            #expect(run.status == 64, "\(run)")
            let words = "cannot execute \(server): the file system at \(workspace.path("disk")) is mounted noexec"
            #expect(run.errors.contains(words) && !run.errors.contains("chmod"), "\(run)")
        }
    }

    @Test func anotherServerOnThePortIsNotTakenForThisOne() async throws {
        try await withWorkspace { workspace in
            let server = try ScriptedServer()
            let first = try workspace.start(server.arguments(flags: []), environment: server.environment)
            try await workspace.waitUntil("m", is: "READY")
            let second = try await workspace.run(server.arguments(["--model", "other", "--once"], flags: []))
            #expect(second.status == 1, "\(second)")
            let answer = try await workspace.run("postmortem", "--model", "other", "-o", "json").object()
            #expect(answer["reason"] as? String == "SpawnFailed")
            let message = try #require(answer["message"] as? String)
            #expect(message.hasPrefix("something else answers at \(server.url("/health")) already"))
            #if os(Linux)
                let holder = try #require(server.servers.first)
                #expect(message.contains(": pid \(holder) (scripted-server); stop it"), "\(message)")
            #endif
            first.send(SIGTERM)
            #expect(try await first.finished().status == 0)
        }
    }
}
