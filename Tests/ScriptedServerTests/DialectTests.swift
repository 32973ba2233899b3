import Foundation
import TestSupport
import Testing

/// What is asked of a dialect, and what it must answer while its model loads and afterwards.
struct DialectCase: Sendable, CustomTestStringConvertible {
    var dialect: String
    var health: String
    /// Nil if the port is not bound before.
    var loading: (status: Int, body: String)?
    var ready: (status: Int, body: String) = (200, "")
    var inference: (path: String, body: String)
    var testDescription: String { dialect }

    static let all = [
        DialectCase(
            dialect: "whisper-server", health: "/health", loading: (404, "File Not Found (/health)"),
            ready: (200, #"{"status":"ok"}"#),
            inference: ("/inference", "--x\r\nContent-Disposition: form-data; name=\"file\"; filename=\"a.wav\"\r\n")),
        DialectCase(
            dialect: "llama-server", health: "/health", loading: (503, #""message":"Loading model""#),
            ready: (200, #"{"status":"ok"}"#), inference: ("/completion", #"{"prompt":"a"}"#)),
        DialectCase(
            dialect: "vllm", health: "/health", loading: (503, ""),
            inference: ("/v1/completions", #"{"model":"m","prompt":"a"}"#)),
        DialectCase(
            dialect: "triton", health: "/v2/health/ready", loading: (400, ""),
            inference: ("/v2/models/m/infer", #"{"inputs":[]}"#)),
        DialectCase(
            dialect: "kserve-v2", health: "/v2/models/m/ready", loading: (400, ""),
            inference: ("/v2/models/m/infer", #"{"inputs":[]}"#)),
        DialectCase(
            dialect: "sglang", health: "/health_generate", loading: (503, ""),
            inference: ("/generate", #"{"text":"a"}"#)),
        DialectCase(
            dialect: "ollama", health: "/", loading: (503, ""), ready: (200, "Ollama is running"),
            inference: ("/api/generate", #"{"model":"m"}"#)),
        DialectCase(
            dialect: "torchserve", health: "/models/m", loading: (200, #""status": "UNLOADING""#),
            ready: (200, #""status": "READY""#), inference: ("/predictions/m", "[]")),
        DialectCase(
            dialect: "tf-serving", health: "/v1/models/m", loading: (200, #""state": "LOADING""#),
            ready: (200, #""state": "AVAILABLE""#), inference: ("/v1/models/m:predict", #"{"instances":[]}"#)),
        DialectCase(
            dialect: "litserve", health: "/health", loading: (503, "not ready"), ready: (200, "ok"),
            inference: ("/predict", #"{"x":1}"#)),
        DialectCase(
            dialect: "mlflow", health: "/ping", loading: (404, "\n"), ready: (200, "\n"),
            inference: ("/invocations", "{}")),
        DialectCase(
            dialect: "bentoml", health: "/readyz", loading: (503, ""), ready: (200, "\n"),
            inference: ("/predict", #"{"x":1}"#)),
        DialectCase(
            dialect: "ray-serve", health: "/api/serve/applications/", loading: (200, #""status":"DEPLOYING""#),
            ready: (200, #""status":"RUNNING""#), inference: ("/predict", "{}")),
        DialectCase(
            dialect: "mosec", health: "/", loading: (503, ""), ready: (200, "MOSEC service"),
            inference: ("/inference", "{}")),
        DialectCase(
            dialect: "cog", health: "/health-check", loading: (200, #""status":"STARTING""#),
            ready: (200, #""status":"READY""#), inference: ("/predictions", #"{"input":{}}"#)),
        DialectCase(
            dialect: "ovms", health: "/v2/models/m/ready", loading: (503, "not ready"),
            inference: ("/v2/models/m/infer", #"{"inputs":[]}"#)),
    ]
}

@Suite("The dialects of the scripted server", .turn(of: "ScriptedServerTests"), .timeLimit(.minutes(1)))
struct DialectTests {
    @Test(arguments: DialectCase.all)
    func answersAsThatServerDoes(_ expected: DialectCase) throws {
        let server = try ServerProcess(["--dialect", expected.dialect, "--ready-after-requests", "1"])
        let port = try server.port()
        if let loading = expected.loading {
            let reply = try get(port, expected.health)
            #expect(reply.status == loading.status)
            #expect(loading.body.isEmpty ? reply.body.isEmpty : reply.body.contains(loading.body))
        }
        let reply = try get(port, expected.health)
        #expect(reply.status == expected.ready.status)
        #expect(expected.ready.body.isEmpty ? reply.body.isEmpty : reply.body.contains(expected.ready.body))
        let inference = try post(port, expected.inference.path, expected.inference.body)
        #expect(inference.status == 200)
        #expect(!inference.body.contains("error") && !inference.body.contains("{model}"))
        #expect(try get(port, "/no/such/path").status == 404)
    }

    @Test(arguments: [
        "llama-server": "/v1/models", "sglang": "/v1/models", "kserve-v2": "/v2/health/live", "torchserve": "/ping",
        "ray-serve": "/-/healthz",
    ])
    func someAnswerWhileTheyLoad(dialect: String, path: String) throws {
        let server = try ServerProcess(["--dialect", dialect, "--load-for", "30s"])
        let port = try server.port()
        #expect(try get(port, path).status == 200)
    }

    @Test func bentoMLAnswersOnceItHasLoaded() throws {
        let server = try ServerProcess(["--dialect", "bentoml", "--load-for", "300ms"])
        let port = try server.port()
        let begin = ContinuousClock.now
        #expect(try get(port, "/readyz").status == 200)
        #expect(begin.duration(to: .now) >= .milliseconds(100))
    }

    @Test func sherpaTakesAHandshakeOnly() throws {
        let server = try ServerProcess(["--dialect", "sherpa-onnx"])
        let port = try server.port()
        #expect(try get(port, "/").status == 426)
        // The key and its answer are those of RFC 6455.
        let answer = try conversation(
            port,
            "GET / HTTP/1.1\r\nHost: a\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
                + "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n\r\n")
        #expect(answer.hasPrefix("HTTP/1.1 101 "), "\(answer)")
        #expect(answer.contains("Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n"), "\(answer)")
    }

    @Test func wyomingAnswersDescribe() throws {
        let server = try ServerProcess(["--dialect", "wyoming"])
        let answer = try conversation(try server.port(), "{\"type\":\"describe\"}\n")
        #expect(answer.hasPrefix(#"{"type":"info","#) && answer.contains(#""asr":"#), "\(answer)")
    }

    @Test func whisperSaysNoWithStatus200() throws {
        let server = try ServerProcess(["--dialect", "whisper-server"])
        let reply = try post(try server.port(), "/inference", "nothing")
        #expect(reply.status == 200)
        #expect(reply.body == #"{"error":"no 'file' field in the request"}"#)
    }

    @Test(arguments: [
        ("vllm", "/v1/completions", 404), ("ollama", "/api/generate", 404), ("triton", "/v2/models/other/infer", 400),
        ("kserve-v2", "/v2/models/other/infer", 404), ("tf-serving", "/v1/models/other:predict", 404),
        ("torchserve", "/predictions/other", 404),
    ])
    func knowsOneModel(dialect: String, path: String, status: Int) throws {
        let server = try ServerProcess(["--dialect", dialect, "--model", "mine"])
        let reply = try post(try server.port(), path, #"{"model": "other","inputs":[]}"#)
        #expect(reply.status == status)
        #expect(reply.body.contains("other"))
    }
}
