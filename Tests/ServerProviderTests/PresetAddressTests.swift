import Foundation
import Testing

@testable import ServerProvider

/// Where a preset asks at first: as the server is told, in its own spellings.
@Suite("The address of a preset")
struct PresetAddressTests {
    @Test(
        arguments: [
            ("llama-server", ["llama-server", "--port", "1", "--port", "9001"], [:], "http://127.0.0.1:9001/health"),
            ("llama-server", ["llama-server", "--host", "127.0.0.2"], [:], "http://127.0.0.2:8080/health"),
            ("llama-server", ["llama-server"], ["LLAMA_ARG_PORT": "9002"], "http://127.0.0.1:9002/health"),
            (
                "llama-server", ["llama-server", "--port", "9003"], ["LLAMA_ARG_PORT": "9002"],
                "http://127.0.0.1:9003/health"
            ),
            ("llama-server", ["llama-server", "--api-prefix", "/v9"], [:], "http://127.0.0.1:8080/v9/health"),
            ("llama-server", ["llama-server", "--port", "0"], [:], "http://127.0.0.1:8080/health"),
            ("llama-server", ["llama-server", "--host", "/tmp/x.sock"], [:], "http://127.0.0.1:8080/health"),
            ("vllm", ["vllm", "serve", "q", "--host", "::1", "--port=9004"], [:], "http://[::1]:9004/health"),
            ("vllm", ["vllm", "serve", "q", "--host", "0.0.0.0"], [:], "http://127.0.0.1:8000/health"),
            ("vllm", ["vllm", "serve", "q", "--host", "::"], [:], "http://[::1]:8000/health"),
            ("ollama", ["ollama", "serve"], ["OLLAMA_HOST": "127.0.0.1:9005"], "http://127.0.0.1:9005/api/version"),
            ("ollama", ["ollama", "serve"], ["OLLAMA_HOST": ":9006"], "http://127.0.0.1:9006/api/version"),
            ("ollama", ["ollama", "serve"], ["OLLAMA_HOST": "0.0.0.0"], "http://127.0.0.1:11434/api/version"),
            ("ollama", ["ollama", "serve"], ["OLLAMA_HOST": "http://[::1]:9007"], "http://[::1]:9007/api/version"),
            ("triton", ["tritonserver", "--http-port", "9008"], [:], "http://127.0.0.1:9008/v2/models/m/ready"),
            ("kserve-v2", ["python3", "s.py", "--http_port=9009"], [:], "http://127.0.0.1:9009/v2/models/m/ready"),
            ("kserve-v2", ["mlserver"], ["MLSERVER_HTTP_PORT": "9010"], "http://127.0.0.1:9010/v2/models/m/ready"),
            ("whisper-server", ["whisper-server", "--port", "9011"], [:], "http://127.0.0.1:9011/health"),
            ("mlflow", ["mlflow", "models", "serve", "-p", "9012"], [:], "http://127.0.0.1:9012/ping"),
            ("bentoml", ["bentoml", "serve"], ["BENTOML_PORT": "9013"], "http://127.0.0.1:9013/readyz"),
        ] as [(String, [String], [String: String], String)])
    func theServersOwnSettingsAreRead(
        preset: String, command: [String], environment: [String: String], probe: String
    ) throws {
        var server = ServerConfiguration(command: command)
        try ServerPreset(preset).apply(to: &server, model: "m", environment: environment)
        #expect(server.probe?.description == probe)
        #expect(server.followsServer)
    }

    @Test(
        arguments: [
            (["vllm", "serve", "org/model"], "org/model"),
            (["vllm", "serve", "org/m", "--served-model-name", "q"], "q"),
            (["vllm", "serve", "--model", "org/m"], "org/m"), (["vllm", "serve", "--port", "9", "org/m"], "org/m"),
            (["vllm", "serve", "--served-model-name", "short", "--model", "/m/long"], "short"),
            (["python3", "-m", "server"], "journal"),
        ])
    func theWarmUpNamesTheModelAsTheServerDoes(command: [String], name: String) throws {
        let server = try ServerConfiguration(command: command, preset: "vllm", model: "journal")
        guard case .data(let body)? = server.warmup?.body else {
            Issue.record("no body")
            return
        }
        let object = try #require(try JSONSerialization.jsonObject(with: body) as? [String: Any])
        #expect(object["model"] as? String == name)
    }

    /// Which port a wrapper's server will have is not known before it listens.
    @Test(arguments: [
        (["whisper-server", "-m", "x"], false), (["/opt/bin/whisper-server"], false), (["./start.sh"], true),
        (["./start.sh", "--port", "9000"], false), (["whisper-server", "--port", "0"], true),
        (["whisper-server", "--host", "x.sock"], true),
    ])
    func onlyAWrappersPortIsSupposed(command: [String], isSupposed: Bool) throws {
        #expect(
            try ServerConfiguration(command: command, preset: "whisper-server", model: "m").supposesPort == isSupposed)
    }

    /// It goes with the warm-up, and neither into the record nor with a probe.
    @Test func theServersKeyIsKnownAndNotRecorded() throws {
        let secret = "k3y-of-the-server"
        for (command, environment) in [
            (["llama-server", "--api-key", "\(secret),other"], [:]), (["llama-server"], ["LLAMA_API_KEY": secret]),
        ] as [([String], [String: String])] {
            var server = ServerConfiguration(command: command)
            try ServerPreset("llama-server").apply(to: &server, model: "m", environment: environment)
            #expect(server.key == secret)
            #expect(server.recorded.values.allSatisfy { !$0.contains(secret) })
            let warmup = try #require(server.warmup?.withKey(server.key, for: server.probe))
            #expect(warmup.headers.contains { $0.name == "Authorization" && $0.value == "Bearer \(secret)" })
        }
    }

    @Test func anAddressThatIsGivenTakesTheWarmUpAlong() throws {
        var server = try ServerConfiguration(
            command: ["llama-server", "--port", "9000"], preset: "llama-server", model: "m")
        server.replaceProbe(try ProbeTarget("http://127.0.0.3:9100/health"))
        #expect(server.warmup?.url.absoluteString == "http://127.0.0.3:9100/completion")
        #expect(!server.followsServer)
    }

    /// As llama-server and TorchServe answer.
    @Test func whatAServerSaysOfItsModelIsRead() throws {
        let llama = #"{"data":[{"id":"t","meta":{"n_ctx":4096,"n_ctx_train":8192,"n_params":13114880,"ftype":"F16"}}]}"#
        let values = try #require(try ServerPreset("llama-server").modelFacts).values
        #expect(
            ServerFacts.words(values, in: Array(llama.utf8))
                == "parameters 13114880; context 4096; trained context 8192; type F16")
        let torch = #"[{"modelName":"t","modelVersion":"1.0","runtime":"python","batchSize":1,"workers":[]}]"#
        #expect(
            ServerFacts.words(try #require(try ServerPreset("torchserve").modelFacts).values, in: Array(torch.utf8))
                == "version 1.0; runtime python; batch size 1")
        for other in ["", "{}", "[]", "not JSON"] { #expect(ServerFacts.words(values, in: Array(other.utf8)) == nil) }
    }

    @Test(
        arguments: [
            (#"{"version":"0.32"}"#, "version", "0.32"), (#"{"a":{"b":"1.2"}}"#, "a.b", "1.2"),
            (#"{"version":3}"#, "version", nil), ("[]", "version", nil), ("", "version", nil), ("3.17\n", nil, "3.17"),
            ("", nil, nil), ("<html>\n</html>", nil, nil),
        ] as [(String, String?, String?)])
    func aVersionIsRead(body: String, key: String?, version: String?) {
        #expect(ServerVersion.version(in: Array(body.utf8), key: key) == version)
    }
}
