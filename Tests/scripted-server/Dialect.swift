/// The paths and quirks of one model server. `{model}` in a path stands for any name; in a body, `{model}`
/// and `{path}` stand for those of the request.
struct Dialect: Sendable {
    var name: String
    /// Where readiness is asked for.
    var healthPaths: [String]
    var inferencePaths: [String]
    var wire = Wire.http
    var load = Load.visible
    var ready: Answer
    var unready: Answer
    /// The answer to an inference while the model is loading.
    var busy = Answer.empty(503)
    var result: Answer
    /// Paths that answer whatever the model does.
    var always: [String: Answer] = [:]
    var unknownModel = Answer.json(404, #"{"error":"model '{model}' not found"}"#)
    /// The request's JSON names the model, not its path.
    var hasModelInBody = false
    /// A request whose body lacks this text gets that answer.
    var needs: (text: String, otherwise: Answer)?

    /// How the time to load shows.
    enum Load: Sendable {
        /// The port is not bound before.
        case unbound
        /// It listens, and answers nothing before.
        case silent
        /// Health says so.
        case visible
        /// The first inference takes that time.
        case firstInference
    }

    /// What it speaks.
    enum Wire: Sendable {
        case http
        /// HTTP for the handshake alone.
        case webSocket
        /// JSON in lines.
        case wyoming
    }

    static let all = [
        plain, whisperServer, llamaServer, vllm, triton, kserve, sglang, ollama, torchserve, tfServing, litserve,
        mlflow, bentoml, rayServe, mosec, cog, sherpaOnnx, wyoming, ovms,
    ]

    static let plain = Dialect(
        name: "plain", healthPaths: ["/health"], inferencePaths: ["/infer"], ready: .json(200, #"{"status":"ok"}"#),
        unready: .json(503, #"{"status":"loading"}"#), result: .json(200, #"{"text":""}"#))
}

/// The model's name in a path, or the empty name if the pattern has none; nil if the path does not match.
func modelName(in path: String, pattern: String) -> String? {
    guard let hole = pattern.firstRange(of: "{model}") else { return path == pattern ? "" : nil }
    let before = pattern[..<hole.lowerBound]
    let after = pattern[hole.upperBound...]
    guard path.hasPrefix(before), path.hasSuffix(after), path.count > before.count + after.count else { return nil }
    let name = path.dropFirst(before.count).dropLast(after.count)
    return name.contains("/") || name.contains(":") ? nil : String(name)
}

extension String {
    func firstRange(of text: String) -> Range<String.Index>? {
        var start = startIndex
        while start < endIndex {
            if self[start...].hasPrefix(text) { return start..<index(start, offsetBy: text.count) }
            start = index(after: start)
        }
        return nil
    }

    func replacing(_ text: String, with other: String) -> String {
        guard let range = firstRange(of: text) else { return self }
        return String(self[..<range.lowerBound]) + other
            + String(self[range.upperBound...]).replacing(text, with: other)
    }
}
