import Foundation

/// A supervised server as the journal describes it, as commands for a shell.
struct RecordedServer: Sendable {
    /// The program and its arguments; what was secret is marked.
    let words: [String]
    /// The directory in which it was started; nil if it is not recorded.
    let directory: String?
    /// As `--probe` takes it.
    let probe: String?
    let hasPreset: Bool
    /// Whether a recording is sent to warm it up.
    let isWarmedByAudio: Bool
    let options: [String: String]

    /// - Parameter options: of the provider; nil where they name no server's command.
    init?(_ options: [String: String]) {
        guard let words = options["command"].flatMap(ShellWords.list), !words.isEmpty else { return nil }
        self.words = words
        self.options = options
        directory = options["working_directory"]
        probe = options["probe"]
        hasPreset = options["preset"] != nil
        isWarmedByAudio = options["warmup_audio_field"] != nil
    }

    /// As an option of its command names it.
    var port: Int? {
        let flags: Set = ["--port", "-p", "--http-port", "--http_port"]
        let values = zip(words, words.dropFirst()).filter { flags.contains($0.0) }.map(\.1)
        let joined = words.filter { word in flags.contains { word.hasPrefix($0 + "=") } }
            .map { String($0.drop { $0 != "=" }.dropFirst()) }
        return (values + joined).lazy.compactMap { Int($0) }.first { (1...65535).contains($0) }
    }

    var probedPort: Int? { probe.flatMap { ProbeAddress($0)?.port } }

    var command: ShellLine {
        var line = ShellLine()
        line.append(words)
        return line
    }

    private var headers: [String] { options["warmup_headers"].flatMap(ShellWords.list) ?? [] }

    /// Whether a header with a key was sent to warm it up.
    var sendsKey: Bool { headers.contains(where: Self.isKey) }

    /// The same with each probe.
    var probesWithKey: Bool { probeHeaders.contains(where: Self.isKey) }

    private static func isKey(_ header: String) -> Bool {
        let name = header.prefix { $0 != ":" }.lowercased()
        return name == "authorization" || name.contains("key") || name.contains("token")
    }

    /// The warm-up request as a command.
    var warmup: ShellLine? {
        guard let url = options["warmup_url"] else { return nil }
        var line = ShellLine()
        line.append(["curl", "-i"])
        for header in headers { line.append(["-H", header]) }
        if let file = options["warmup_body_file"] {
            line.append(contentType(of: nil, file, headers) + ["--data-binary", "@" + file])
        }
        if let body = options["warmup_body"] {
            line.append(contentType(of: body, nil, headers) + ["--data-binary", body])
        }
        // What was sent was never a file.
        if let field = options["warmup_audio_field"] { line.append(["-F", "\(field)=@recording.wav"]) }
        line.append([url])
        return line
    }

    /// What the engine adds where no header says what the body is; curl would call it a form.
    func contentType(of body: String?, _ file: String?, _ headers: [String]) -> [String] {
        guard !headers.contains(where: { $0.lowercased().hasPrefix("content-type:") }) else { return [] }
        let isJSON =
            body.map { (try? JSONSerialization.jsonObject(with: Data($0.utf8), options: .fragmentsAllowed)) != nil }
            ?? file?.lowercased().hasSuffix(".json") ?? false
        return ["-H", "Content-Type: application/\(isJSON ? "json" : "octet-stream")"]
    }

    /// Options of `run`.
    var arguments: [(String, String?)] {
        var arguments: [(String, String?)] = []
        // A preset's address is only where it begins to ask.
        let follows = hasPreset && options["probe_follows_server"] == "true"
        for (key, name) in [("preset", "--preset"), ("probe", "--probe")] where !follows || key == "preset" {
            if let value = options[key] { arguments.append((name, value)) }
        }
        arguments += probeArguments
        if !follows, let url = options["warmup_url"] { arguments.append(("--warmup-url", url)) }
        if let audio = options["warmup_audio"] { arguments.append(("--warmup-audio", audio)) }
        if let command = options["warmup_command"] { arguments.append(("--warmup-exec", command)) }
        if let file = options["warmup_body_file"] {
            arguments.append(("--warmup-body", "@" + file))
        } else if let body = options["warmup_body"] {
            arguments.append(("--warmup-body", body))
        }
        for header in headers {
            // A preset brings the one that says what its body is.
            if hasPreset, header.lowercased().hasPrefix("content-type:") { continue }
            arguments.append(("--warmup-header", header))
        }
        switch options["liveness"] {
        case nil: break
        case "warmup", "off": arguments.append(("--liveness", options["liveness"]))
        case let address?: arguments.append(("--liveness-url", address))
        }
        let usual = [
            ("probe_interval_ms", "--probe-interval", "250"), ("probe_timeout_ms", "--probe-timeout", "5000"),
            ("liveness_interval_ms", "--liveness-interval", "10000"), ("failure_threshold", "--liveness-failures", "3"),
            ("liveness_timeout_ms", "--liveness-timeout", "600000"),
        ]
        for (key, name, value) in usual {
            guard let recorded = options[key].flatMap(Double.init), Double(value) != recorded else { continue }
            let number = Int64(exactly: recorded).map(String.init) ?? String(recorded)
            arguments.append((name, number + (key.hasSuffix("_ms") ? "ms" : "")))
        }
        return arguments
    }
}
