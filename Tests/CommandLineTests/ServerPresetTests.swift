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
        ("torchserve", "/ping answered 200, but status is Unhealthy, not Healthy"),
        ("tf-serving", "/v1/models/m answered 200, but model_version_status[].state is LOADING, not AVAILABLE"),
    ]) func aGoodStatusAloneIsNotReady(preset: String, cause: String) async throws {
        try await withWorkspace { workspace in
            let run = try await workspace.run(
                try arguments(preset, ["--startup-timeout", "5s"], ["--unready-for", "60s"]))
            #expect(run.status == 1, "\(run)")
            let answer = try await workspace.postmortem()
            #expect(answer.reason == "StartupTimeout" && answer.cause.contains(cause), "\(answer)")
            // The next engine knows it too, from the journal alone.
            let shown = try await workspace.run("show", "-1", "-o", "json")
            #expect(shown.output.contains(#""readiness""#), "\(shown)")
        }
    }

    private func arguments(_ preset: String, _ options: [String], _ flags: [String]) throws -> [String] {
        ["run", "--once", "--model", "m", "--preset", preset, "--probe-interval", "20ms", "--startup-timeout", "60s"]
            + options + ["--", ScriptedServer.path, "--port", "\(try ScriptedServer().port)", "--dialect", preset]
            + flags
    }
}
