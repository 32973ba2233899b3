extension Dialect {
    /// llama.cpp, `tools/server/README.md` ("GET /health") and `server-http.cpp`.
    /// - The port is bound at once. While the model loads, all paths answer 503 with the error below, but
    ///   `/v1/models` and `/models` answer 200.
    static let llamaServer = Dialect(
        name: "llama-server", healthPaths: ["/health", "/v1/health"],
        inferencePaths: ["/completion", "/completions", "/v1/completions", "/v1/chat/completions", "/embedding"],
        ready: .json(200, #"{"status":"ok"}"#), unready: .json(503, llamaLoading), busy: .json(503, llamaLoading),
        result: .json(200, #"{"content":"","stop":true,"tokens_predicted":1}"#),
        always: ["/v1/models": models, "/models": models])

    private static let llamaLoading =
        #"{"error":{"code":503,"message":"Loading model","type":"unavailable_error"}}"#

    private static let models = Answer.json(200, #"{"object":"list","data":[{"id":"model","object":"model"}]}"#)

    /// vLLM, `vllm/entrypoints/serve/instrumentator/health.py` and `openai/api_server.py`.
    /// - The port is bound early, against others that want it, but nothing listens on it, so connections are
    ///   refused until the engine is up, compiled graphs included.
    /// - `/health` is 200 with an empty body, and 503 once the engine has died. It does not ask the GPU.
    /// - A model that it does not serve is a 404.
    static let vllm = Dialect(
        name: "vllm", healthPaths: ["/health"], inferencePaths: ["/v1/completions", "/v1/chat/completions"],
        load: .unbound, ready: .empty(200), unready: .empty(503), busy: .empty(503),
        result: .json(200, #"{"object":"text_completion","choices":[{"index":0,"text":""}]}"#),
        always: ["/v1/models": models, "/version": .json(200, #"{"version":"0.0.0"}"#)],
        unknownModel: .json(
            404, #"{"error":{"message":"The model `{model}` does not exist.","type":"NotFoundError","code":404}}"#),
        hasModelInBody: true)

    /// SGLang, `python/sglang/srt/entrypoints/http_server.py`.
    /// - It serves before its own warm-up: `/v1/models` and `/get_model_info` are 200 by then, while
    ///   `/health` and `/health_generate` are 503 with an empty body (`ServerStatus.Starting`). In older
    ///   ones `/health` was 200 from the start.
    /// - Both then generate one token, for which an idle server takes a second at least (`--health-takes 1s`).
    static let sglang = Dialect(
        name: "sglang", healthPaths: ["/health_generate", "/health"],
        inferencePaths: ["/generate", "/v1/completions", "/v1/chat/completions"], ready: .empty(200),
        unready: .empty(503), result: .json(200, #"{"text":"","meta_info":{"completion_tokens":1}}"#),
        always: ["/v1/models": models, "/get_model_info": .json(200, #"{"model_path":"model","is_generation":true}"#)])

    /// Ollama, `docs/api.md` ("Load a model", "Version") and `server/routes.go`.
    /// - The server is up at once, and no model is. A request without a prompt loads one and answers when
    ///   it is in memory, with `done_reason` `load`.
    static let ollama = Dialect(
        name: "ollama", healthPaths: ["/", "/api/version"], inferencePaths: ["/api/generate", "/api/chat"],
        load: .firstInference, ready: .text(200, "Ollama is running"), unready: .empty(503),
        busy: .json(503, #"{"error":"server busy, please try again.  maximum pending requests exceeded"}"#),
        result: .json(
            200,
            #"{"model":"{model}","created_at":"2026-01-01T00:00:00Z","response":"","done":true,"done_reason":"load"}"#),
        always: ["/api/tags": .json(200, #"{"models":[]}"#), "/api/ps": .json(200, #"{"models":[]}"#)],
        hasModelInBody: true)
}
