import Foundation
import TestSupport
import Testing

#if canImport(Glibc)
    import Glibc
#elseif canImport(Darwin)
    import Darwin
#endif

/// A server that others have written: MLServer with a model of scikit-learn, trained here.
@Suite(
    .turn(of: "CommandLineTests"),
    .enabled(if: MLServer.environment != nil, "MODELJOURNAL_MLSERVER does not name a virtual environment with MLServer")
) struct MLServerTests {
    @Test func aKilledServerComesBackAndTheJournalTellsTheStory() async throws {
        try await withWorkspace { workspace in
            let server = try await MLServer(workspace)
            let engine = try workspace.start(
                server.arguments(["--warmup-count", "3", "--max-retries", "1", "--retry-backoff", "200ms"]),
                environment: server.environment)
            try await workspace.waitUntil("iris", is: "READY")
            let first = try await workspace.run("show", "-1", "-o", "json").object()
            let pid = try #require(first["server_pid"] as? Int32)
            #expect(server.processes.contains(pid))

            let seq = workspace.lastSeq
            kill(pid, SIGKILL)
            try await workspace.waitUntil("iris", is: "READY", after: seq)
            engine.send(SIGTERM)
            let ended = try await engine.finished()
            #expect(ended.status == 0, "\(ended)")
            try await eventually("the end of all its processes") { server.processes.isEmpty }

            let history = try await workspace.history()
            expectLegalPath(history)
            #expect(
                history.map(\.toState) == [
                    "LOADING", "WARMING_UP", "READY", "ERROR", "LOADING", "WARMING_UP", "READY", "UNLOADING",
                    "UNINITIALIZED",
                ])
            #expect(Set(history.map(\.correlationId)).count == 1)
            #expect(history.filter { $0.toState == "LOADING" }.map(\.trigger) == ["initialize", "retry"])

            let runs = try await workspace.runs()
            #expect(runs.map(\.outcome) == ["failed", "unloaded"])
            #expect(runs.map(\.attempt) == [1, 2])
            #expect(runs[0].reason == "ProcessExited" && runs[0].failedPhase == "READY")
            #expect(runs.allSatisfy { $0.loadMs ?? 0 > 0 && $0.warmupMs ?? 0 > 0 })
            let warmups = try #require(first["warmup_requests"] as? [[String: Any]])
            #expect(warmups.count == 3 && warmups.allSatisfy { $0["error"] is NSNull })

            let postmortem = try await workspace.postmortem()
            #expect(postmortem.cause.contains("SIGKILL"), "\(postmortem)")
            #expect(postmortem.evidence?.outputTail?.contains("Uvicorn running") == true, "\(postmortem)")
            #expect(postmortem.evidence?.lastProbe?.contains("/v2/models/iris/") == true, "\(postmortem)")
        }
    }

    /// A model that is not what its settings say: MLServer itself goes on without it.
    @Test func aModelThatCannotBeReadIsNeverReady() async throws {
        try await withWorkspace { workspace in
            let server = try await MLServer(workspace)
            try Data("no model".utf8).write(to: URL(filePath: workspace.path("models/model.joblib")))
            let run = try await workspace.run(
                server.arguments(["--once", "--startup-timeout", "2min"]), environment: server.environment)
            #expect(run.status == 1, "\(run)")
            let postmortem = try await workspace.postmortem()
            #expect(postmortem.reason == "ProcessExited", "\(postmortem)")
            #expect(postmortem.cause.contains("it said: “KeyError: "), "\(postmortem)")
            #expect(postmortem.evidence?.outputTail?.contains("iris") == true, "\(postmortem)")
            try await eventually("the end of all its processes") { server.processes.isEmpty }
        }
    }

    /// MLServer ends with status 0 when one of its models raises, and goes on to say how it shuts down.
    @Test func oneModelOfTwoThatRaisesIsTheCauseOfTheServersEnd() async throws {
        try await withWorkspace { workspace in
            let server = try await MLServer(workspace)
            try server.addModelThatRaises("layer3 is 384 wide, expected 512")
            // The other model's path may answer 200 in the moment before the server ends.
            let run = try await workspace.run(
                server.arguments(["--once", "--startup-timeout", "2min"], probing: "damaged"),
                environment: server.environment)
            #expect(run.status == 1, "\(run)")
            let postmortem = try await workspace.postmortem()
            #expect(postmortem.reason == "ProcessExited" && postmortem.failedPhase == "LOADING", "\(postmortem)")
            #expect(postmortem.cause.contains("ValueError: layer3 is 384 wide, expected 512"), "\(postmortem)")
            try await eventually("the end of all its processes") { server.processes.isEmpty }
        }
    }
}

/// MLServer on ports of its own, with a model in the workspace.
private struct MLServer: Sendable {
    /// The virtual environment that `tools/test` has made.
    static var environment: String? {
        ProcessInfo.processInfo.environment["MODELJOURNAL_MLSERVER"].flatMap { $0.isEmpty ? nil : $0 }
    }

    private let place: ScriptedServer
    private let workspace: Workspace
    private let program: String

    init(_ workspace: Workspace) async throws {
        self.workspace = workspace
        let root = try #require(Self.environment)
        program = root + "/bin/mlserver"
        place = try ScriptedServer()
        let folder = workspace.path("models")
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        let settings: [String: Any] = try [
            "host": "127.0.0.1", "http_port": place.port, "grpc_port": ScriptedServer().port,
            "metrics_port": ScriptedServer().port, "parallel_workers": 0,
        ]
        let model: [String: Any] = [
            "name": "iris", "implementation": "mlserver_sklearn.SKLearnModel",
            "parameters": ["uri": "./model.joblib", "version": "v1"],
        ]
        try write(settings, "models/settings.json")
        try write(model, "models/model-settings.json")
        try write(
            ["inputs": [["name": "x", "shape": [1, 1], "datatype": "FP64", "data": [2.5]]]], "request.json")
        let training = try await workspace.run(
            tool: root + "/bin/python",
            [
                "-c",
                """
                import sys, joblib
                from sklearn.linear_model import LogisticRegression
                model = LogisticRegression().fit([[0.0], [1.0], [2.0], [3.0]], [0, 0, 1, 1])
                joblib.dump(model, sys.argv[1])
                """, workspace.path("models/model.joblib"),
            ])
        try #require(training.status == 0, "\(training)")
    }

    var environment: [String: String?] { place.environment }
    /// Those of the server, and the engine's own.
    var processes: Set<Int32> { place.processes }

    func arguments(_ options: [String], probing model: String = "iris") -> [String] {
        [
            "run", "--model", "iris", "--preset", "kserve-v2", "--probe", place.url("/v2/models/\(model)/ready"),
            "--probe-interval", "50ms", "--warmup-url", place.url("/v2/models/iris/infer"), "--warmup-body",
            "@" + workspace.path("request.json"), "--warmup-header", "content-type: application/json",
        ] + options + ["--", program, "start", workspace.path("models")]
    }

    /// Adds a second model, whose class is beside its settings and raises a `ValueError`.
    func addModelThatRaises(_ message: String) throws {
        try FileManager.default.createDirectory(
            atPath: workspace.path("models/damaged"), withIntermediateDirectories: true)
        try write(["name": "damaged", "implementation": "damaged.Damaged"], "models/damaged/model-settings.json")
        let model = """
            import mlserver

            class Damaged(mlserver.MLModel):
                async def load(self):
                    raise ValueError("\(message)")
            """
        try Data(model.utf8).write(to: URL(filePath: workspace.path("models/damaged/damaged.py")))
    }

    private func write(_ value: [String: Any], _ name: String) throws {
        try JSONSerialization.data(withJSONObject: value).write(to: URL(filePath: workspace.path(name)))
    }
}
