import Foundation
import LifecycleJournal
import ModelLifecycle
import TestSupport
import Testing

/// A journal that an engine has opened and written nothing into.
enum EmptyJournal {
    static func make(_ path: String) throws { try EngineJournal(path: path).close() }
}

/// `run --listen` and `serve`, as processes.
@Suite(.turn(of: "CommandLineTests, alone")) struct StatusServerTests {
    @Test func anEngineServesItsOwnModels() async throws {
        try await withWorkspace { workspace in
            try await workspace.seed(.failed("another"))
            let server = try ScriptedServer()
            let site = try await StatusSite(
                workspace, server.arguments(server.warmup, flags: []), environment: server.environment)
            try await eventually("READY", { try await site.get("/health").status == 200 })
            let json = try #require(
                try JSONSerialization.jsonObject(with: Data(try await site.get("/model-status").body.utf8))
                    as? [String: Any])
            let models = try #require(json["models"] as? [[String: Any]])
            #expect(models.count == 1)
            let health = try #require(json["health"] as? [String: Any])
            #expect(health["model"] as? String == "m" && health["warmup_complete"] as? Bool == true)
            #expect(health["process_rss_mb"] is Double)
            #expect(!(try await site.get("/metrics").body.contains("another")))
            #expect(!(try await site.get("/").body.contains("another")))
            site.program.send(SIGTERM)
            #expect(try await site.program.finished().status == 0)
        }
    }

    /// Whoever listens hears of the end as well, and then nothing more.
    @Test func theLastTransitionsAreTold() async throws {
        try await withWorkspace { workspace in
            let server = try ScriptedServer()
            let site = try await StatusSite(
                workspace, server.arguments(server.warmup, flags: []), environment: server.environment)
            try await eventually("READY", { try await site.get("/health").status == 200 })
            let events = try await HTTP.stream(site.url("/events"))
            site.program.send(SIGTERM)
            try await events.wait(for: #""to_state":"UNINITIALIZED""#)
            #expect(try await site.program.finished().status == 0)
        }
    }

    @Test func aModelThatWasUnloadedLeavesTheOthersHealthy() async throws {
        try await withWorkspace { workspace in
            try await workspace.seed(.unloaded("old"))
            let server = try ScriptedServer()
            let engine = try workspace.start(
                server.arguments(server.warmup, flags: []), environment: server.environment)
            try await eventually("the engine serves") {
                try await workspace.run(["status", "--model", "m"]).status == 0
            }
            let site = try await StatusSite(workspace, ["serve"])
            #expect(try await site.get("/health").status == 200)
            #expect(try await site.get("/health?model=old").status == 503)
            engine.send(SIGTERM)
            _ = try await engine.finished()
            try await eventually("nobody serves") { try await site.get("/health").status == 503 }
            site.program.send(SIGTERM)
            #expect(try await site.program.finished().status == 0)
        }
    }

    /// No commit tells it, and whoever looks at a page hears of it all the same.
    @Test func aKilledEngineIsHeardOf() async throws {
        try await withWorkspace { workspace in
            let server = try ScriptedServer()
            let engine = try workspace.start(
                server.arguments(server.warmup, flags: []), environment: server.environment)
            try await eventually("the engine serves") { try await workspace.run(["status"]).status == 0 }
            let site = try await StatusSite(workspace, ["serve"])
            #expect(try await site.get("/health").status == 200)
            let events = try await HTTP.stream(site.url("/events"))
            engine.send(SIGKILL)
            try await events.wait(for: "event: change\n")
            let health = try await site.get("/health")
            #expect(health.status == 503 && health.body.contains("\"reason\":\"Interrupted\""), "\(health)")
            #expect(try await site.get("/").body.contains("was READY"))
            site.program.send(SIGTERM)
            #expect(try await site.program.finished().status == 0)
        }
    }

    /// Before anything is opened, let alone loaded.
    @Test(arguments: [["run", "--once"], ["serve"]])
    func aPortInUseIsAnErrorBeforeAnythingElse(command: [String]) async throws {
        try await withWorkspace { workspace in
            try await workspace.seed(.unloaded())
            let site = try await StatusSite(workspace, ["serve"])
            let journal = command[0] == "run" ? workspace.path("new.sqlite") : workspace.journal
            let second = try await workspace.run(
                command + ["--listen", "127.0.0.1:\(site.port)", "--journal", journal])
            #expect(second.status == 69, "\(second)")
            #expect(second.errors == "modeljournal: 127.0.0.1:\(site.port): the port is in use\n")
            #expect(command[0] != "run" || !FileManager.default.fileExists(atPath: journal))
            site.program.send(SIGTERM)
            #expect(try await site.program.finished().status == 0)
        }
    }

    @Test(arguments: ["8300", ":8300", "localhost", "localhost:99999", "http://localhost:1", "[::1]"])
    func whereNobodyCanListenIsAUsageError(address: String) async throws {
        try await withWorkspace { workspace in
            for command in [["serve"], ["run", "--once"]] {
                let run = try await workspace.run(command + ["--listen", address])
                #expect(run.status == 64 && run.errors.contains("give HOST:PORT"), "\(run)")
            }
            #expect(!FileManager.default.fileExists(atPath: workspace.journal))
        }
    }

    @Test(arguments: ["203.0.113.7:0", "no-such-host.invalid:0"])
    func anAddressOfSomebodyElseIsUnavailable(address: String) async throws {
        try await withWorkspace { workspace in
            try await workspace.seed(.unloaded())
            let run = try await workspace.run("serve", "--listen", address)
            #expect(run.status == 69 && run.errorLines.count == 1 && run.errors.contains(address), "\(run)")
        }
    }

    @Test func serveCreatesNothing() async throws {
        try await withWorkspace { workspace in
            let run = try await workspace.run("serve", "--listen", "127.0.0.1:0")
            #expect(run.status == 66 && run.errorLines.count == 1, "\(run)")
            #expect(try FileManager.default.contentsOfDirectory(atPath: workspace.directory.path).isEmpty)
        }
    }

    /// A client that keeps its connection open does not keep the server.
    @Test func openStreamsDoNotHoldTheEndUp() async throws {
        try await withWorkspace { workspace in
            try await workspace.seed(.unloaded())
            let site = try await StatusSite(workspace, ["serve"])
            let client = try workspace.start("/usr/bin/env", ["curl", "-sN", site.url("/events")])
            try await eventually("the stream has begun") { client.standardOutput.text.contains("retry:") }
            site.program.send(SIGTERM)
            #expect(try await site.program.finished().status == 0)
            _ = try await client.finished()
        }
    }
}
