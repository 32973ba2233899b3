import Foundation
import Testing

@testable import ModelLifecycle
@testable import ServerProvider

@Suite("A command line as it is recorded")
struct RecordedCommandTests {
    private static func recorded(_ command: [String]) -> [String] { RecordedCommand(command).words }

    @Test(arguments: [
        ["whisper-server", "-m", "/models/base.bin", "--port", "8080", "-t", "4", "-l", "de"],
        ["whisper-server", "-m", "models/that-are/not-here.bin", "-l", "auto", "-oved", "CPU", "-dtw", "base.en"],
        ["/usr/bin/llama-server", "--model", "/models/q4.gguf", "--ctx-size", "4096", "--host", "127.0.0.1"],
        ["llama-server", "-ctk", "q8_0", "-ctv", "q4_0", "--alias", "qwen", "--chat-template", "chatml"],
        ["llama-server", "-hf", "some/repository", "-hf", "ggml-org/Qwen2.5-Coder-1.5B-Q8_0-GGUF:Q8_0", "-ngl", "99"],
        ["llama-server", "--override-kv", "tokenizer.ggml.add_bos_token=bool:false", "-fa", "on", "-sm", "row"],
        ["python3", "-m", "vllm.entrypoints.openai.api_server", "--model", "meta-llama/Llama-3", "--dtype", "auto"],
        ["vllm", "serve", "meta-llama/Llama-3", "--gpu-memory-utilization", "0.9", "--enforce-eager"],
        ["vllm", "serve", "Qwen/Qwen2.5-Coder-32B-Instruct-GPTQ-Int4", "--kv-cache-dtype", "fp8_e4m3", "-tp", "2"],
        ["vllm", "serve", "m", "--rope-scaling", #"{"type":"linear","factor":2.0}"#, "--served-model-name", "a", "b"],
        [
            "vllm", "serve", "m", "--revision", "9f86d081884c7d659a2feaa0c55ad0159f86d081", "--tool-call-parser",
            "hermes",
        ],
        ["vllm", "serve", "RedHatAI/Meta-Llama-3.1-8B-Instruct-FP8-dynamic", "--uvicorn-log-level", "warning"],
        ["s", "org/m@9f86d081884c7d659a2feaa0c55ad0159f86d081", "--digest=sha256:9f86d081884c7d659a2feaa0c55ad015"],
        ["sherpa-onnx-online-websocket-server", "--tokens=tokens.txt", "--tokens=./m/tokens.txt", "--port=6006"],
        [
            "sherpa-onnx", "--encoder=sherpa-onnx-streaming-zipformer-en-2023-06-26/encoder.int8.onnx", "--tokens",
            "t.txt",
        ],
        ["wyoming-faster-whisper", "--uri", "tcp://127.0.0.1:10300", "--language", "en", "--data-dir", "./data"],
        ["tritonserver", "--model-repository=/not/there", "--model-control-mode=explicit", "--load-model=a1b2"],
        ["torchserve", "--start", "--ncs", "--ts-config", "config.properties", "--models", "m=model-v1.mar"],
        ["mlserver", "start", "/models/iris"], ["mlflow", "models", "serve", "-m", "models:/iris/1", "-p", "5000"],
        ["bentoml", "serve", "service:Summarization", "-p", "3000"], ["serve", "run", "app:app"],
        ["s", "--max-tokens", "512", "--max-tokens=512"], ["s", "-p", "8080:80", "-p", "127.0.0.1:80:80/tcp"],
        ["server", "--temperature", "-1", "--model=/models/a.bin"], ["s", "-u", "1000:1000"],
        [
            "docker", "run", "--rm", "-p", "8080:80", "--gpus", "device=GPU-0192c1d2-7b3e-7abc-8def-0123456789ab",
            "image:tag",
        ],
        ["uvicorn", "app:main", "--host", "0.0.0.0", "--ssl-keyfile", "key.pem", "--ssl-certfile=/etc/ssl/cert.pem"],
        ["s", "--api-key-file", "/run/secrets/key", "--api-key-file=key.txt", "--password-file", "pw.txt"],
        ["s", "--auth", "basic", "--key-cache-dtype", "fp8", "--sort-key", "name", "--tls-key", "/etc/ssl/a.key"],
        ["s", "--no-auth-token", "base.en", "--special-token", "<s>", "--num-tokens", "5", "--eos-token-id", "2"],
        ["s", "--header", "Content-Type: application/json", "--accept", "a/b"],
        ["s", "https://host:80/a?b=c#d", "x=y"],
        ["bash", "-c", "cd /srv/models && exec python3 'server.py' --dtype 'float16' --port 80"],
        ["env", "CUDA_VISIBLE_DEVICES=0,1", "OMP_NUM_THREADS=4", "HF_HOME=/cache", "vllm", "serve", "m"],
        ["/nix/store/0c2xk8dh3v5n7p9qrs1tuvw2yz4b6c8d-llama/bin/llama-server", "-m", "/tmp/tmpab12cd34ef/m.gguf"],
        [
            "s", "-m",
            "/home/asr/.cache/huggingface/hub/models--a--b/snapshots/9f86d081884c7d659a2feaa0c55ad0159f86d081",
        ],
        [
            "s", "une phrase à dire", "--prompt", "Bonjour, ça va ?", "--description",
            "ASR on host4711 since 2026-11-30",
        ],
        ["s", "--api-key", "$API_KEY", "--hf-token", "", "--token", "None"], ["s", "--config", "{}", "-", "--", "a b"],
    ])
    func whatIsOrdinaryStays(command: [String]) throws {
        #expect(Self.recorded(command) == command)
        #expect(RecordedCommand(command).isComplete)
        // Reports redact what is recorded again, as JSON in JSON and as a line for a shell.
        let json = String(decoding: try JSONEncoder().encode(command), as: UTF8.self)
        let nested = String(decoding: try JSONEncoder().encode(["command": json]), as: UTF8.self)
        for text in [json, nested] { #expect(Redaction.redact(text) == text) }
    }

    @Test(arguments: [
        (["s", "--api-key", "hunter2"], 2), (["s", "--api-key=hunter2"], 1),
        (["s", "--hf-token", "hf_abcdefghijklmnopqrstuvwxyz0123"], 2), (["s", "--hf-token=hunter2"], 1),
        (["bash", "-c", "export TOKEN=hunter2; exec server"], 2), (["python3", "-c", "print('hunter2')"], 2),
        (["sh", "-c", "exec vllm serve m --api-key hunter2"], 2), (["sh", "-ec", "curl -u ann:hunter2 http://h"], 2),
        (["s", "-p", "hunter2"], 2), (["mysqld", "-phunter"], 1), (["s", "-phunter2"], 1),
        (["s", "--pass", "hunter2"], 2), (["s", "--passwd=hunter2"], 1), (["s", "--db.password", "hunter2"], 2),
        (["s", "--url", "https://bob:hunter2@host/"], 2), (["s", "sk-proj-a1b2c3d4e5f6g7h8i9j0k1l2m3n4"], 1),
        (["s", "--url", "https://host/?a=b&api_key=hunter2"], 2), (["s", "--uri=redis://:hunter2@h:1/0"], 1),
        (["s", "--password", "12345678"], 2), (["s", "--api-key=998877665544"], 1),
        (["s", "https://bob:hunter2@host/model"], 1), (["s", "--header", "Authorization: Bearer hunter2"], 2),
        (["s", "-H", "X-Custom: hunter2"], 2), (["s", "-HX-Api-Key: hunter2"], 1),
        (["s", "--header=X-Key:hunter2"], 1),
        (["curl", "-u", "ann:hunter2", "h"], 2), (["curl", "-uann:hunter2", "h"], 1),
        (["env", "HF_TOKEN=hunter2", "vllm"], 1), (["docker", "run", "-e", "TOKEN=hunter2"], 3),
        (["docker", "run", "-eTOKEN=hunter2"], 2), (["docker", "run", "--env", "API_KEY=hunter2"], 3),
        (["docker", "run", "--env=API_KEY=hunter2"], 2), (["java", "-Dspring.datasource.password=hunter2"], 1),
        (["vllm", "serve", "m", "--api-key", "first", "hunter2hunter2", "--port", "80"], 5),
        (["vllm", "serve", "m", "--api-key", "-hunter2-x9y8z7"], 4), (["s", "--auth", "ann:hunter2"], 2),
        (["s", "--config", #"{"api_key": "hunter2", "port": 80}"#], 2),
        (["s", "--unheard-of", "Zx81kQpL09vBnM34tYu7"], 2),
        (["s", "--unheard-of=dGhpc2lzYXNlY3JldHZhbHVlMQ=="], 1),
        (["s", "wJalrXUtnFEMI/K7MDENG/bPxRfiCYzQ9pLmKeY1"], 1),
        (["s", "--unheard-of", "9f86d081884c7d659a2feaa0c55ad0159f86d081"], 2), (["s", "--key", "hunter2a"], 2),
        (["s", "--cookie", "session=hunter2"], 2), (["s", "--credentials", "hunter2"], 2),
        (["s", "--tokens", "hunter2hunter2a1"], 2), (["s", "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0.c2ln-bmF0_dXJl"], 1),
    ])
    func aSecretIsLeftOut(command: [String], place: Int) {
        let recorded = Self.recorded(command)
        #expect(recorded.count == command.count)
        #expect(recorded[place].contains("[redacted]"), "\(recorded)")
        #expect(!recorded.joined(separator: " ").contains("hunter"), "\(recorded)")
        #expect(!RecordedCommand(command).isComplete)
        for other in command.indices where other != place && !command[other - 1 < 0 ? 0 : other - 1].contains("key") {
            #expect(recorded[other] == command[other])
        }
    }

    @Test func aKnownSecretIsLeftOutUnderAnyName() {
        let known = KnownSecrets(["hunter2seeded"])
        let command = ["s", "--unheard-of", "x-hunter2seeded-y", "hunter2seeded", "--port", "80"]
        #expect(
            RecordedCommand(command, knowing: known).words
                == ["s", "--unheard-of", "x-[redacted]-y", "[redacted]", "--port", "80"])
    }

    @Test func whatWasLeftOutIsKnownAfterwards() {
        let command = [
            "s", "--api-key", "first1", "-H", "Authorization: Bearer second", "http://ann:third@h", "-e",
            "TOKEN=fourth",
        ]
        let secrets = RecordedCommand(command).secrets
        for secret in ["first1", "second", "ann:third", "fourth"] { #expect(secrets.contains(secret), "\(secrets)") }
    }
}
