import Foundation
import TestSupport
import Testing

#if canImport(Glibc)
    import Glibc
#elseif canImport(Darwin)
    import Darwin
#endif

/// Secrets that a server's command line, environment, requests and output carry are written nowhere.
@Suite(.turn(of: "CommandLineTests")) struct ServerSecretTests {
    /// All of them contain it, and nothing else does.
    private static let secret = "hunter2seeded"
    private static let token = "hf_\(secret)Aa0Bb1Cc2Dd3Ee4Ff5Gg6"
    /// In the environment, and printed without its name.
    private static let nameless = "opaque5678value"
    /// Neither a name nor its form marks it as a secret. It stays, which shows that the line was stored.
    private static let harmless = "opaque5678word"
    private static let answers = [
        ["show", "-1"], ["show", "-1", "-o", "json"], ["postmortem"], ["postmortem", "-o", "json"],
        ["postmortem", "-o", "html"], ["export"],
        ["history", "-o", "json"], ["runs", "-o", "json"], ["status", "-o", "json"],
    ]

    @Test func noSecretIsWrittenAnywhere() async throws {
        try await withWorkspace { workspace in
            let server = try ScriptedServer()
            let arguments = try self.arguments(server, workspace)
            var environment = server.environment
            environment["SERVER_API_KEY"] = "\(Self.secret)-environment"
            environment["MODEL_HUB_PASSWORD"] = Self.nameless

            // A run that fails, with the server's own words; then one whose engine is killed, so that the
            // write-ahead log is still there.
            let failed = try await workspace.run(
                arguments(
                    ["--once"],
                    ["--warmup-status", "401", "--warmup-body", "Invalid token \(Self.token), not \(Self.nameless)"]),
                environment: environment)
            #expect(failed.status == 1 && !"\(failed)".contains(Self.secret), "\(failed)")
            #expect(try await workspace.postmortem().cause.contains("answered 401"))
            #expect(try await workspace.run("postmortem", "-o", "json").output.contains(Self.harmless))
            try await expectSilence(workspace)

            let killed = try workspace.start(arguments([], []), environment: environment)
            try await workspace.waitUntil("m", is: "READY", after: workspace.lastSeq)
            killed.send(SIGKILL)
            let rest = try await killed.finished()
            #expect(!"\(rest)".contains(Self.secret), "\(rest)")
            #expect(FileManager.default.fileExists(atPath: workspace.journal + "-wal"))
            try await expectSilence(workspace)
            try await eventually("the server's end") { server.processes.isEmpty }
        }
    }

    private func arguments(
        _ server: ScriptedServer, _ workspace: Workspace
    ) throws -> ([String], [String]) -> [String] {
        // The key is for the script alone; the rest is for the server.
        let script = try workspace.script(
            "server.sh",
            """
            #!/bin/sh
            [ "$3" = --api-key ] || exit 64
            port=$2
            shift 4
            exec '\(ScriptedServer.path)' --port "$port" --print-stderr 'Loading with token \(Self.token)' \\
                --print 'Authorization: Bearer \(Self.secret)Aa0Bb1Cc2' \\
                --print-stderr 'GET https://bob:\(Self.secret)@models.example/base.bin' \\
                --print-stderr "args: {'api_key': ['\(Self.secret)'], 'port': 80}" \\
                --print-stderr 'Your admin key is: \(Self.secret)' --print 'it is \(Self.secret).' \\
                --print-stderr "asked with $MODEL_HUB_PASSWORD (not \(Self.harmless))" \\
                --print-stderr "SERVER_API_KEY=$SERVER_API_KEY" "$@"
            """)
        return { options, flags in
            server.arguments(
                server.warmup + [
                    "--warmup-header", "Authorization: Bearer \(Self.secret)",
                    "--probe-header", "Authorization: Bearer \(Self.secret)", "--probe-header", "X-Any: \(Self.secret)",
                ] + options,
                flags: ["--api-key", Self.secret] + flags, executable: script)
        }
    }

    private func expectSilence(_ workspace: Workspace) async throws {
        // Before anything is asked: a reader may tidy up.
        let names = try FileManager.default.contentsOfDirectory(atPath: workspace.directory.path)
        let files = names.filter { $0.hasPrefix("journal.sqlite") && !$0.hasSuffix("-engines") }
        #expect(files.contains("journal.sqlite"))
        for name in files {
            let bytes = try Data(contentsOf: URL(filePath: workspace.path(name)))
            for secret in [Self.secret, Self.nameless] {
                #expect(bytes.range(of: Data(secret.utf8)) == nil, "\(name): \(secret)")
            }
        }
        for arguments in Self.answers {
            let answer = try await workspace.run(arguments)
            #expect(!answer.output.isEmpty && !"\(answer)".contains(Self.secret), "\(arguments): \(answer)")
            #expect(!"\(answer)".contains(Self.nameless), "\(arguments): \(answer)")
        }
    }
}
