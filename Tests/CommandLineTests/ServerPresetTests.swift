import Foundation
import ServerProvider
import TestSupport
import Testing

/// Each preset against a server with that server's quirks.
@Suite(.turn(of: "CommandLineTests")) struct ServerPresetTests {
    @Test(arguments: ServerPreset.all.map(\.name))
    func aPresetBringsItsServerToReady(preset: String) async throws {
        try await withWorkspace { workspace in
            let run = try await workspace.run(try arguments(preset, [], ["--load-for", "300ms"]))
            #expect(run.status == 0, "\(run)")
            #expect(try await workspace.history().contains { $0.toState == "READY" })
        }
    }

    /// They answer 200 while they load; what they mean is in the body.
    @Test(arguments: [
        ("torchserve", "/models/m answered 200, but [].workers[*].status is UNLOADING, not READY"),
        ("cog", "/health-check answered 200, but status is STARTING, not READY"),
        ("ray-serve", "/api/serve/applications/ answered 200, but applications{*}.status is DEPLOYING, not RUNNING"),
        ("tf-serving", "/v1/models/m answered 200, but model_version_status[].state is LOADING, not AVAILABLE"),
    ]) func aGoodStatusAloneIsNotReady(preset: String, cause: String) async throws {
        try await withWorkspace { workspace in
            let run = try await workspace.run(
                try arguments(preset, ["--startup-timeout", "12s"], ["--unready-for", "60s"]))
            #expect(run.status == 1, "\(run)")
            let answer = try await workspace.postmortem()
            #expect(answer.reason == "StartupTimeout" && answer.cause.contains(cause), "\(answer)")
            // The next engine knows it too, from the journal alone.
            let shown = try await workspace.run("show", "-1", "-o", "json")
            #expect(shown.output.contains(#""readiness""#), "\(shown)")
        }
    }

    #if os(Linux)
        /// Its probe stays good when the process that has the model is gone.
        @Test func tritonWithoutItsModelsProcessIsNotReady() async throws {
            try await withWorkspace { workspace in
                let engine = try workspace.start(
                    try arguments("triton", ["--liveness-interval", "100ms"], ["--grandchildren", "1"])
                        .filter { $0 != "--once" })
                try await workspace.waitUntil("m", is: "READY")
                let run = try await workspace.run("show", "-1", "-o", "json").object()
                let server = try #require(run["server_pid"] as? Int32)
                let children = try String(contentsOfFile: "/proc/\(server)/task/\(server)/children", encoding: .utf8)
                let child = try #require(children.split(separator: " ").first.flatMap { Int32($0) })
                kill(child, SIGKILL)
                let ended = try await engine.finished()
                #expect(ended.status == 1, "\(ended)")
                let answer = try await workspace.postmortem()
                #expect(answer.reason == "RuntimeUnhealthy", "\(answer)")
                #expect(answer.cause.hasPrefix("it was READY, then lost a worker: worker \(child) "), "\(answer)")
                #expect(answer.cause.contains("and was not replaced within 5 s"), "\(answer)")
            }
        }
    #endif

    private func arguments(_ preset: String, _ options: [String], _ flags: [String]) throws -> [String] {
        ["run", "--once", "--model", "m", "--preset", preset, "--probe-interval", "20ms", "--startup-timeout", "60s"]
            + options + ["--", ScriptedServer.path, "--port", "\(try ScriptedServer().port)", "--dialect", preset]
            + flags
    }
}
