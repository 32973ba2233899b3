import Foundation

/// What is known of a kind of model server: where it listens, how it says that it is ready, what a cheap
/// real request to it looks like, and what its exit codes mean.
public struct ServerPreset: Sendable, Hashable {
    /// What `--preset` takes.
    public let name: String
    /// Where it listens unless told otherwise.
    public let port: Int
    /// The path that answers 200 to 299 only once the model can be used; `{model}` stands for the model's name.
    public let readyPath: String
    /// What that answer has to say beyond its status; nil where the status says it all.
    public var readiness: ReadinessCondition? = nil
    /// The warm-up request's path; nil where a request cannot be made up without knowing the model.
    public let warmupPath: String?
    /// JSON; nil for silence as a WAV file.
    public let warmupBody: String?
    /// What exit codes of this server mean, and in which phase, in a few words.
    public let phasedExitMeanings: [ExitMeaning]
    /// Where this was read.
    public let source: String

    /// What exit codes of this server mean, in a few words; of one that means two things, what it means before READY.
    public var exitMeanings: [Int32: String] {
        let sorted = phasedExitMeanings.sorted { $0.phase != .afterReady && $1.phase == .afterReady }
        return Dictionary(sorted.map { ($0.status, $0.words) }, uniquingKeysWith: { first, _ in first })
    }

    /// - Parameter model: its name on the server.
    func apply(to configuration: inout ServerConfiguration, model: String) throws {
        let base = "http://127.0.0.1:\(Self.port(in: configuration.command) ?? port)"
        let name = model.addingPercentEncoding(withAllowedCharacters: .alphanumerics) ?? model
        func url(_ path: String, for role: String) throws -> URL {
            try httpURL(base + path.replacing("{model}", with: name), for: role)
        }
        configuration.preset = self.name
        configuration.phasedExitMeanings = phasedExitMeanings
        configuration.probe = .http(try url(readyPath, for: "probe"))
        configuration.readiness = readiness
        guard let warmupPath else { return }
        var request = WarmupRequest(url: try url(warmupPath, for: "warm-up"), body: .audio(field: "file"))
        if let warmupBody {
            // The name stands within a JSON string.
            let text = String(decoding: try JSONEncoder().encode(model), as: UTF8.self).dropFirst().dropLast()
            request.body = .data(Data(warmupBody.replacing("{model}", with: text).utf8))
            request.headers = [WarmupRequest.Header(name: "Content-Type", value: "application/json")]
        }
        configuration.warmup = request
    }

    private static func port(in command: [String]) -> Int? {
        let flags = ["--port", "--http-port", "--rest_api_port"]
        for (index, word) in command.enumerated() {
            if flags.contains(word), index + 1 < command.count, let port = Int(command[index + 1]) { return port }
            for flag in flags where word.hasPrefix(flag + "=") { return Int(word.dropFirst(flag.count + 1)) }
        }
        return nil
    }

    /// The preset of this name; nil for an unknown one.
    public static func named(_ name: String) -> ServerPreset? { all.first { $0.name == name } }

    /// Every preset that there is.
    public static let all: [ServerPreset] = [
        // Binds its port only after the first load, and answers its health path before with anything but 200.
        ServerPreset(
            name: "whisper-server", port: 8080, readyPath: "/health", warmupPath: "/inference", warmupBody: nil,
            phasedExitMeanings: [
                ExitMeaning(0, .beforeReady, "it prints its help at wrong arguments and at an unknown language"),
                ExitMeaning(1, .beforeReady, "the address or the port could not be bound"),
                ExitMeaning(3, .beforeReady, "the model is missing or damaged"),
            ],
            source: "whisper.cpp examples/server/server.cpp"),
        // 503 {"error": {"message": "Loading model"}} while it loads.
        ServerPreset(
            name: "llama-server", port: 8080, readyPath: "/health", warmupPath: "/completion",
            warmupBody: #"{"prompt":"Hello","n_predict":1,"cache_prompt":false}"#,
            phasedExitMeanings: [
                ExitMeaning(
                    1, .beforeReady, "the model could not be loaded, the port could not be bound, or an option is wrong"
                )
            ],
            source: "llama.cpp tools/server/README.md"),
        // The API is there only once the engine has the model.
        ServerPreset(
            name: "vllm", port: 8000, readyPath: "/health", warmupPath: "/v1/completions",
            warmupBody: #"{"model":"{model}","prompt":"Hello","max_tokens":1}"#,
            phasedExitMeanings: [
                ExitMeaning(1, .beforeReady, "the model, an option or the port"),
                ExitMeaning(0, .afterReady, "it ends like that when its engine process has ended"),
            ],
            source: "vLLM OpenAI-compatible server"),
        ServerPreset(
            name: "triton", port: 8000, readyPath: "/v2/models/{model}/ready", warmupPath: nil, warmupBody: nil,
            phasedExitMeanings: [
                ExitMeaning(1, .beforeReady, "a model, the model repository, the port or an option")
            ],
            source: "KServe Open Inference Protocol v2, HTTP"),
        ServerPreset(
            name: "kserve-v2", port: 8080, readyPath: "/v2/models/{model}/ready", warmupPath: nil, warmupBody: nil,
            phasedExitMeanings: [
                ExitMeaning(0, .beforeReady, "MLServer ends like that when a model could not be loaded"),
                ExitMeaning(3, .beforeReady, "KServe's own server ends like that when its port is in use"),
            ],
            source: "KServe Open Inference Protocol v2, HTTP"),
        // /v1/models answers 200 before its own warm-up has ended; /health_generate runs one token.
        ServerPreset(
            name: "sglang", port: 30000, readyPath: "/health_generate", warmupPath: "/generate",
            warmupBody: #"{"text":"Hello","sampling_params":{"max_new_tokens":1}}"#, phasedExitMeanings: [],
            source: "SGLang native API"),
        // The server is up long before a model is: the warm-up request is what loads it.
        ServerPreset(
            name: "ollama", port: 11434, readyPath: "/api/version", warmupPath: "/api/generate",
            warmupBody: #"{"model":"{model}","prompt":"Hello","stream":false,"options":{"num_predict":1}}"#,
            phasedExitMeanings: [], source: "Ollama docs/api.md"),
        // /ping is 200 in every state, and "Healthy" only when every model has its workers.
        ServerPreset(
            name: "torchserve", port: 8080, readyPath: "/ping",
            readiness: ReadinessCondition("status", is: "Healthy"), warmupPath: nil, warmupBody: nil,
            phasedExitMeanings: [
                ExitMeaning(0, nil, "its launcher ends like that whatever happened, once Java has started")
            ],
            source: "TorchServe inference API"),
        // 200 as soon as the model is known; its state says whether it is AVAILABLE.
        ServerPreset(
            name: "tf-serving", port: 8501, readyPath: "/v1/models/{model}",
            readiness: ReadinessCondition("model_version_status[].state", is: "AVAILABLE"), warmupPath: nil,
            warmupBody: nil, phasedExitMeanings: [], source: "TensorFlow Serving RESTful API"),
    ]
}
