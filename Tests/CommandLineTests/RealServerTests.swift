import Foundation
import TestSupport
import Testing

/// Model servers that others have written, each with a model that raises while it is loaded.
///
/// The last thing that they print is not the cause. LitServe ends with the error of its launcher. Mosec says that it
/// has cleaned up, and exits with status 0. BentoML says that it exits, but starts the service again.
@Suite(
    .turn(of: "CommandLineTests"),
    .enabled(
        if: RealServer.environment != nil,
        "MODELJOURNAL_MODEL_SERVERS does not name a virtual environment with LitServe, Mosec and BentoML")
) struct RealServerTests {
    @Test(arguments: [RealServer.Kind.litServe, .mosec])
    func theCauseOfAServerThatEndedIsTheModelsOwnException(kind: RealServer.Kind) async throws {
        try await withWorkspace { workspace in
            let server = try RealServer(kind, workspace)
            let run = try await workspace.run(
                server.arguments(["--startup-timeout", "2min"]), environment: server.environment)
            #expect(run.status == 1, "\(run)")
            let postmortem = try await workspace.postmortem()
            #expect(postmortem.reason == "ProcessExited", "\(postmortem)")
            #expect(postmortem.failedPhase == "LOADING", "\(postmortem)")
            #expect(postmortem.cause.contains(RealServer.exception), "\(postmortem)")
            try await eventually("the end of all its processes") { server.processes.isEmpty }
        }
    }

    /// BentoML starts the service again each time it has failed, until it is stopped.
    @Test func theCauseOfAServerThatKeepsRestartingIsTheModelsOwnException() async throws {
        try await withWorkspace { workspace in
            let server = try RealServer(.bentoML, workspace)
            let run = try await workspace.run(
                server.arguments(["--startup-timeout", "30s"]), environment: server.environment)
            #expect(run.status == 1, "\(run)")
            let postmortem = try await workspace.postmortem()
            #expect(postmortem.reason == "StartupTimeout", "\(postmortem)")
            #expect(postmortem.cause.contains(RealServer.exception), "\(postmortem)")
            try await eventually("the end of all its processes") { server.processes.isEmpty }
        }
    }
}

/// A server on a port of its own, with a service in the workspace.
struct RealServer: Sendable {
    enum Kind: String, Sendable { case litServe, mosec, bentoML }

    /// The virtual environment that `tools/test` has made.
    static var environment: String? {
        ProcessInfo.processInfo.environment["MODELJOURNAL_MODEL_SERVERS"].flatMap { $0.isEmpty ? nil : $0 }
    }
    /// As Python prints it.
    static let exception = "ValueError: layer3 is 384 wide, expected 512"

    private let place: ScriptedServer
    private let kind: Kind
    private let programs: String
    private let folder: String

    init(_ kind: Kind, _ workspace: Workspace) throws {
        self.kind = kind
        let root = try #require(Self.environment)
        programs = root + "/bin/"
        place = try ScriptedServer()
        folder = workspace.directory.path
        try Data(kind.service.utf8).write(to: URL(filePath: workspace.path("service.py")))
    }

    /// Without the second, BentoML reports each start to its makers.
    var environment: [String: String?] {
        place.environment.merging(["BENTOML_DO_NOT_TRACK": "True"]) { _, new in new }
    }
    /// Those of the server, and the engine's own.
    var processes: Set<Int32> { place.processes }

    func arguments(_ options: [String]) -> [String] {
        [
            "run", "--once", "--model", "m", "--probe", place.url(kind.readyPath), "--probe-interval", "50ms",
            "--warmup", "none",
        ] + options + ["--"] + command
    }

    private var command: [String] {
        switch kind {
        case .litServe: [programs + "python", folder + "/service.py", "\(place.port)"]
        case .mosec:
            [programs + "python", folder + "/service.py", "--address", "127.0.0.1", "--port", "\(place.port)"]
        case .bentoML:
            [
                programs + "bentoml", "serve", "service:Model", "--working-dir", folder, "--host", "127.0.0.1",
                "--port", "\(place.port)",
            ]
        }
    }
}

extension RealServer.Kind {
    var readyPath: String {
        switch self {
        case .litServe: "/health"
        case .mosec: "/"
        case .bentoML: "/readyz"
        }
    }

    /// The same failure, where each of them loads its model.
    var service: String {
        switch self {
        case .litServe:
            """
            import sys, litserve

            class Model(litserve.LitAPI):
                def setup(self, device):
                    raise ValueError("layer3 is 384 wide, expected 512")

                def predict(self, request):
                    return request

            if __name__ == "__main__":
                litserve.LitServer(Model(), accelerator="cpu").run(
                    host="127.0.0.1", port=int(sys.argv[1]), generate_client_file=False)
            """
        case .mosec:
            """
            import mosec

            class Model(mosec.Worker):
                def __init__(self):
                    super().__init__()
                    raise ValueError("layer3 is 384 wide, expected 512")

                def forward(self, data):
                    return data

            if __name__ == "__main__":
                server = mosec.Server()
                server.append_worker(Model)
                server.run()
            """
        case .bentoML:
            """
            import bentoml

            @bentoml.service
            class Model:
                def __init__(self):
                    raise ValueError("layer3 is 384 wide, expected 512")

                @bentoml.api
                def predict(self, x: int) -> int:
                    return x
            """
        }
    }
}
