import Foundation
import ModelLifecycle

/// What a run was started with, as a command line that starts it again. What the journal left out of it, because it was
/// secret, is marked there.
struct RecordedStart {
    let server: RecordedServer?
    private let configuration: RunConfiguration

    init(_ configuration: RunConfiguration) {
        self.configuration = configuration
        server = RecordedServer(configuration.options)
    }

    /// - Returns: nil where what is recorded cannot be read.
    init?(_ story: RunStory) {
        guard let configuration = try? ConfigurationJSON(json: story.configuration).configuration else { return nil }
        self.init(configuration)
    }

    /// - Parameter changes: options and their values, in place of the recorded ones.
    func command(with changes: [String]) -> String {
        var options: [(name: String, value: String?)] = [("--model", configuration.model)]
        if server == nil {
            options.append(("--provider", configuration.provider))
            if let path = configuration.modelPath { options.append(("--model-path", path)) }
        }
        options += limits + warmup + (server?.arguments ?? [])
        for place in stride(from: 0, to: changes.count, by: 2) {
            options.removeAll { $0.name == changes[place] }
            options.append((changes[place], changes[place + 1]))
        }
        let words = options.flatMap { option in [option.name] + (option.value.map { [ShellWords.quoted($0)] } ?? []) }
        return (["modeljournal", "run"] + words + (server.map { ["--", $0.command] } ?? [])).joined(separator: " ")
    }

    var stopTimeout: Duration {
        configuration.options["stop_timeout_ms"].flatMap(Double.init).map(Duration.milliseconds(recorded:))
            ?? configuration.unloadTimeout
    }

    /// Only where they are not what `run` takes by itself.
    private var limits: [(String, String?)] {
        let usual = RunConfiguration(model: "", provider: "")
        let given: [(String, Duration?, Duration?)] = [
            ("--startup-timeout", configuration.startupTimeout, usual.startupTimeout),
            ("--load-stall-timeout", configuration.loadStallTimeout, nil),
            ("--stop-timeout", stopTimeout, usual.unloadTimeout),
            ("--warmup-timeout", configuration.warmup.timeout, nil),
            ("--retry-backoff", configuration.retry.backoff, usual.retry.backoff),
            ("--retry-max-delay", configuration.retry.maximumDelay, usual.retry.maximumDelay),
        ]
        var options: [(String, String?)] = given.compactMap { name, value, usual in
            value.flatMap { $0 == usual ? nil : (name, Self.text($0)) }
        }
        if configuration.retry.maximumRetries > 0 {
            options.append(("--max-retries", "\(configuration.retry.maximumRetries)"))
        }
        if configuration.digestsModel { options.append(("--digest", nil)) }
        return options
    }

    private var warmup: [(String, String?)] {
        let warmup = configuration.warmup
        var options: [(String, String?)] = []
        if let server {
            // A preset may bring a warm-up that this run was told to leave out.
            if warmup.inferenceCount == 0, server.hasPreset || server.warmup != nil {
                options.append(("--warmup", "none"))
            } else if warmup.inferenceCount > 1 {
                options.append(("--warmup-count", "\(warmup.inferenceCount)"))
            }
        } else if warmup.level != .single {
            options.append(("--warmup", warmup.level.rawValue))
        }
        if warmup.policy != .fail { options.append(("--warmup-policy", warmup.policy.rawValue)) }
        return options
    }

    private static func text(_ duration: Duration) -> String {
        let microseconds = duration.wholeMicroseconds
        return microseconds % 1_000_000 == 0 ? "\(microseconds / 1_000_000)s" : "\(max(1, microseconds / 1000))ms"
    }
}

/// A supervised server as the journal describes it, as commands for a shell.
struct RecordedServer {
    let command: String
    let probe: String?
    let warmup: String?
    let isWarmedByAudio: Bool
    let hasPreset: Bool
    /// Options of `run`.
    let arguments: [(String, String?)]

    /// - Parameter options: of the provider; nil where they name no server's command.
    init?(_ options: [String: String]) {
        guard let words = options["command"].flatMap(ShellWords.list), !words.isEmpty else { return nil }
        command = ShellWords.line(words)
        probe = options["probe"].flatMap { $0.hasPrefix("http") ? "curl -i \(ShellWords.quoted($0))" : nil }
        warmup = options["warmup_url"].map { url in
            var parts = ["curl", "-i"]
            for header in options["warmup_headers"].flatMap(ShellWords.list) ?? [] {
                parts += ["-H", ShellWords.quoted(header)]
            }
            if let file = options["warmup_body_file"] { parts += ["--data-binary", ShellWords.quoted("@" + file)] }
            if let body = options["warmup_body"] { parts += ["--data-binary", ShellWords.quoted(body)] }
            if let field = options["warmup_audio_field"] {
                // What was sent was never a file.
                parts += ["-F", ShellWords.quoted("\(field)=@recording.wav")]
            }
            return (parts + [ShellWords.quoted(url)]).joined(separator: " ")
        }
        isWarmedByAudio = options["warmup_audio_field"] != nil
        hasPreset = options["preset"] != nil
        arguments = Self.arguments(options)
    }

    private static func arguments(_ options: [String: String]) -> [(String, String?)] {
        var arguments: [(String, String?)] = []
        for (key, name) in [("preset", "--preset"), ("probe", "--probe"), ("warmup_url", "--warmup-url")] {
            if let value = options[key] { arguments.append((name, value)) }
        }
        if let file = options["warmup_body_file"] {
            arguments.append(("--warmup-body", "@" + file))
        } else if let body = options["warmup_body"] {
            arguments.append(("--warmup-body", body))
        }
        for header in options["warmup_headers"].flatMap(ShellWords.list) ?? [] {
            // A preset brings the one that says what its body is.
            if options["preset"] != nil, header.lowercased().hasPrefix("content-type:") { continue }
            arguments.append(("--warmup-header", header))
        }
        let usual = [
            ("probe_interval_ms", "--probe-interval", "250"), ("probe_timeout_ms", "--probe-timeout", "5000"),
            ("liveness_interval_ms", "--liveness-interval", "10000"), ("failure_threshold", "--liveness-failures", "3"),
        ]
        for (key, name, value) in usual {
            guard let recorded = options[key].flatMap(Double.init), Double(value) != recorded else { continue }
            let number = Int64(exactly: recorded).map(String.init) ?? String(recorded)
            arguments.append((name, number + (key.hasSuffix("_ms") ? "ms" : "")))
        }
        return arguments
    }
}
