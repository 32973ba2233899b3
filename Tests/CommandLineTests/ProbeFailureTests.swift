import Foundation
import TestSupport
import Testing

#if canImport(Glibc)
    import Glibc
#elseif canImport(Darwin)
    import Darwin
#endif

/// What is known, after a start that failed, of the address that was asked and of those who listen there.
@Suite(.turn(of: "CommandLineTests")) struct ProbeFailureTests {
    @Test(
        arguments: [
            (401, "WWW-Authenticate: Bearer", "it wants authentication (Bearer)", nil),
            (403, "X: y", "answered 403", nil),
            (404, "X: y", "answered 404", nil), (405, "Allow: POST", "it allows POST only", nil),
            (307, "Location: /health", "a redirect to /health", "/health"),
        ] as [(Int, String, String, String?)])
    func theSameRefusalIsCountedAndNamed(status: Int, field: String, words: String, location: String?) async throws {
        try await withWorkspace { workspace in
            let server = try ScriptedServer()
            let run = try await workspace.run(
                server.arguments(
                    ["--once", "--startup-timeout", "5s"],
                    flags: ["--unready-for", "60s", "--unready-status", "\(status)", "--unready-header", field]))
            #expect(run.status == 1, "\(run)")
            let evidence = try #require(try await workspace.postmortem().evidence)
            let line = try #require(evidence.lastProbe)
            #expect(
                line.hasPrefix("GET \(server.url("/health")) answered \(status)") && line.contains(words), "\(line)")
            #expect(evidence.probeTarget == server.url("/health") && evidence.probeStatus == status)
            #expect(evidence.probeRepeats ?? 0 > 1)
            #expect(evidence.probeLocation == location.map(server.url))
            #if os(Linux)
                #expect(evidence.listening == ["127.0.0.1:\(server.port)"] && evidence.portHolderPid == nil)
            #endif
        }
    }

    #if os(Linux)
        @Test func aServerThatListensElsewhereIsSeen() async throws {
            try await withWorkspace { workspace in
                let server = try ScriptedServer()
                let other = try freePort()
                let run = try await workspace.run(
                    server.arguments(
                        ["--once", "--startup-timeout", "5s", "--probe", "http://127.0.0.1:\(other)/health"], flags: [])
                )
                #expect(run.status == 1, "\(run)")
                let evidence = try #require(try await workspace.postmortem().evidence)
                #expect(evidence.lastProbe == "GET http://127.0.0.1:\(other)/health: Connection refused")
                #expect(evidence.listening == ["127.0.0.1:\(server.port)"] && evidence.portHolderPid == nil)
            }
        }

        /// It is not ready yet, and would be taken for the server once it is.
        @Test func whatListensBeforeTheStartIsRefusedWithItsName() async throws {
            try await withWorkspace { workspace in
                let server = try ScriptedServer()
                let stranger = try workspace.start(
                    ScriptedServer.path, ["--port", "\(server.port)", "--unready-for", "60s"])
                try await eventually("the stranger listens") { try await server.ask("/health").contains("503") }
                let run = try await workspace.run(server.arguments(["--once"], flags: []))
                #expect(run.status == 1, "\(run)")
                let answer = try await workspace.postmortem()
                #expect(
                    answer.reason == "SpawnFailed" && answer.cause.contains("pid \(stranger.pid) (scripted-server)"))
                #expect(answer.evidence?.portHolderPid == stranger.pid)
                #expect(answer.evidence?.probeTarget == server.url("/health"))
            }
        }

        /// The stranger comes between the look at the port and the server's own try.
        @Test func whoHoldsThePortOfAServerThatEndedIsNamed() async throws {
            try await withWorkspace { workspace in
                let server = try ScriptedServer()
                let late = try workspace.script(
                    "late",
                    "#!/bin/sh\ntouch '\(workspace.path("waits"))'\n"
                        + "while [ ! -e '\(workspace.path("go"))' ]; do sleep 0.05; done\n"
                        + "exec '\(ScriptedServer.path)' \"$@\"\n")
                let run = try workspace.start(server.arguments(["--once"], flags: [], executable: late))
                try await eventually("the server waits") {
                    FileManager.default.fileExists(atPath: workspace.path("waits"))
                }
                let stranger = try workspace.start(
                    ScriptedServer.path, ["--port", "\(server.port)", "--unready-for", "60s"])
                try await eventually("the stranger listens") { try await server.ask("/health").contains("503") }
                #expect(FileManager.default.createFile(atPath: workspace.path("go"), contents: nil))
                #expect(try await run.finished().status == 1)
                let answer = try await workspace.postmortem()
                #expect(answer.reason == "ProcessExited", "\(answer)")
                #expect(answer.evidence?.portHolderPid == stranger.pid)
                #expect(answer.evidence?.portHolderProgram == "scripted-server")
            }
        }
    #endif

    // MARK: - Warm-up

    @Test func theAnswerToAFailedWarmUpIsKept() async throws {
        try await withWorkspace { workspace in
            let server = try ScriptedServer()
            let body =
                #"{"detail":"no model","token":"hunter2hunter2","trace":"\#(String(repeating: "x", count: 20_000))"}"#
            let run = try await workspace.run(
                server.arguments(
                    ["--once"] + server.warmup, flags: ["--warmup-status", "500", "--warmup-body", body]))
            #expect(run.status == 1, "\(run)")
            let evidence = try #require(try await workspace.postmortem().evidence)
            let answer = try #require(evidence.answer)
            #expect(answer.hasPrefix(#"{"detail":"no model""#) && answer.utf8.count <= 16 << 10)
            #expect(!answer.contains("hunter2"))
            #expect(evidence.probeTarget == server.url("/infer") && evidence.probeStatus == 500)
        }
    }

    @Test(arguments: [
        ("data: {\"error\":{\"message\":\"no model\"}}\n\n", ["--warmup-endless"]),
        ("{\"status\":\"starting\"}\n{\"error\":\"no model\"}\n", ["--warmup-endless"]),
        ("{\"status\":\"starting\"}\n{\"error\":\"no model\"}\n", []),
        ("{\"status\":\"failed\",\"error\":\"no model\"}", []),
    ])
    func anErrorInAGoodAnswerFailsTheWarmUp(body: String, flags: [String]) async throws {
        try await withWorkspace { workspace in
            let server = try ScriptedServer()
            let run = try await workspace.run(
                server.arguments(["--once"] + server.warmup, flags: ["--warmup-body", body] + flags))
            #expect(run.status == 1, "\(run)")
            let answer = try await workspace.postmortem()
            #expect(answer.reason == "WarmupFailed" && answer.cause.contains("no model"), "\(answer)")
            #expect(answer.evidence?.answer?.contains("no model") == true)
        }
    }

    @Test func aStreamWithoutAnEndAndWithoutAnErrorIsGood() async throws {
        try await withWorkspace { workspace in
            let server = try ScriptedServer()
            let event = "data: {\"token\":\"\(String(repeating: "a", count: 2000))\"}\n\n"
            let run = try await workspace.run(
                server.arguments(
                    ["--once"] + server.warmup, flags: ["--warmup-body", event, "--warmup-endless"]))
            #expect(run.status == 0, "\(run)")
        }
    }
}
