import Foundation
import TestSupport
import Testing

@testable import ServerProvider

/// `--probe auto`: the preset of a command that is known, or what the answers of an unknown server tell.
@Suite("The automatic probe", .turn(of: "ServerProviderTests"))
struct AutomaticProbeTests {
    @Test(
        arguments: [
            ("llama-server", ["/opt/llama/llama-server", "-m", "x.gguf"]), ("vllm", ["vllm", "serve", "org/model"]),
            ("vllm", ["python3", "-m", "vllm.entrypoints.openai.api_server", "--model", "x"]),
            ("vllm", ["env", "A=1", "numactl", "--cpunodebind=0", "vllm", "serve", "x"]),
            ("cog", ["python3", "-u", "-m", "cog.server.http"]), ("ray-serve", ["serve", "run", "app:app"]),
            ("wyoming", ["python", "-m", "wyoming_faster_whisper", "--uri", "tcp://127.0.0.1:1"]),
            ("sherpa-onnx", ["sherpa-onnx-online-websocket-server", "--port=6006"]),
            ("mlflow", ["mlflow", "models", "serve", "-m", "x"]), ("kserve-v2", ["mlserver", "start", "."]),
            ("ollama", ["ollama", "serve"]), (nil, ["ollama", "run", "x"]), (nil, ["serve", "-p", "3000", "dist"]),
            (nil, ["mlflow", "ui"]), (nil, ["python3", "server.py"]), (nil, ["run.py", "--model", "vllm", "serve"]),
            (nil, []),
        ] as [(String?, [String])])
    func theCommandTellsThePreset(preset: String?, command: [String]) {
        #expect(ServerPreset.recognized(by: command)?.name == preset)
    }

    @Test func aPresetsProgramIsRecognised() {
        for preset in ServerPreset.all {
            for program in preset.file.commands ?? preset.file.programs ?? [] {
                let words = program.split(separator: " ").map(String.init)
                #expect(ServerPreset.recognized(by: words)?.name == preset.name)
            }
        }
    }

    @Test(
        arguments: [
            // The one that is about readiness goes before the one that is about the process.
            (["/readyz": 503, "/healthz": 200], "/readyz", false),
            (["/readyz": 200, "/healthz": 200], "/readyz", true),
            (["/health": 200], "/health", true), (["/ping": 200], "/ping", true), (["/health": 500], "/health", false),
            // It sends all that it does not know to a page for people, or fails at it.
            (["/readyz": 302, "/health/ready": 302, "/health": 200], "/health", true),
            // It wants a key there.
            (["/health": 401, "/ping": 200], "/ping", true),
        ])
    func theServersHealthPathIsFound(statuses: [String: Int], path: String, isReady: Bool) async throws {
        let server = try await PathServer { PathServer.Answer(status: statuses[$0.uri] ?? 404) }
        let finding = await look(at: server.port)
        #expect(finding == .tells(try ProbeTarget("http://127.0.0.1:\(server.port)\(path)"), isReady: isReady))
        await server.stop()
    }

    @Test(arguments: [200, 404]) func aServerWithoutAHealthPathListens(status: Int) async throws {
        let server = try await PathServer { _ in PathServer.Answer(status: status) }
        #expect(await look(at: server.port) == .listens(.tcp(host: "127.0.0.1", port: server.port), speaksHTTP: true))
        await server.stop()
    }

    @Test func anErrorForUnknownPathsIsNoAnswer() async throws {
        let server = try await PathServer { PathServer.Answer(status: $0.uri == "/health" ? 200 : 500) }
        let target = try ProbeTarget("http://127.0.0.1:\(server.port)/health")
        #expect(await look(at: server.port) == .tells(target, isReady: true))
        await server.stop()
    }

    @Test func aServerThatRefusesEverythingIsStarting() async throws {
        let server = try await PathServer { _ in PathServer.Answer(status: 503) }
        let target = try ProbeTarget("http://127.0.0.1:\(server.port)/readyz")
        #expect(await look(at: server.port) == .tells(target, isReady: false))
        await server.stop()
    }

    @Test func aPortForMetricsIsNotTheServers() async throws {
        let server = try await PathServer { request in
            request.uri == "/metrics"
                ? PathServer.Answer(headers: [("Content-Type", "text/plain; version=0.0.4")], body: "# HELP x y\n")
                : PathServer.Answer(status: 404)
        }
        #expect(await look(at: server.port) == .nothing)
        await server.stop()
    }

    @Test func aWebSocketServerIsAskedForAHandshake() async throws {
        let server = try await PathServer { _ in PathServer.Answer(status: 426) }
        let target = try ProbeTarget("ws://127.0.0.1:\(server.port)/")
        // It has another path for that.
        #expect(await look(at: server.port) == .tells(target, isReady: false))
        await server.stop()
    }

    @Test func otherProtocolsAreTried() async throws {
        let wyoming = try CannedServer(#"{"type":"info","data":{"asr":[]}}"# + "\n")
        let other = try CannedServer("220 hello\r\n")
        let silent = try CannedServer("", .silent)
        let closing = try CannedServer("")
        defer { for server in [wyoming, other, silent, closing] { server.stop() } }
        let host = "127.0.0.1"
        #expect(await look(at: wyoming.port) == .tells(.wyoming(host: host, port: wyoming.port), isReady: true))
        #expect(await look(at: other.port) == .listens(.tcp(host: host, port: other.port), speaksHTTP: false))
        #expect(await look(at: silent.port) == .keepsSilent)
        #expect(await look(at: closing.port) == .keepsSilent)
        #expect(await look(at: 1) == .nothing)
    }

    private func look(at port: Int) async -> AutomaticProbe.Finding {
        var configuration = ServerConfiguration(command: ["server"], probe: .auto)
        configuration.probeTimeout = .milliseconds(500)
        let http = HTTPExchange()
        let finding = await AutomaticProbe(configuration: configuration, http: http)
            .look(at: .tcp(host: "127.0.0.1", port: port))
        await http.shutDown()
        return finding
    }
}
