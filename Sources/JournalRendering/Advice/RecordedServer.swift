import Foundation
import ModelLifecycle

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
    let record: ServerRecord

    /// - Parameter options: of the provider; nil where they name no server's command.
    init?(_ options: [String: String]) {
        record = ServerRecord(options)
        guard let words = record[.command].flatMap(ShellWords.list), !words.isEmpty else { return nil }
        self.words = words
        directory = record[.workingDirectory]
        probe = record[.probe]
        hasPreset = record[.preset] != nil
        isWarmedByAudio = record[.warmupAudioField] != nil
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

    private var headers: [String] { words(.warmupHeaders) }

    /// A list of the record.
    func words(_ key: ServerRecord.Key) -> [String] { record[key].flatMap(ShellWords.list) ?? [] }

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
        guard let url = record[.warmupURL] else { return nil }
        var line = ShellLine()
        line.append(["curl", "-i"])
        for header in headers { line.append(["-H", header]) }
        if let file = record[.warmupBodyFile] {
            line.append(contentType(of: nil, file, headers) + ["--data-binary", "@" + file])
        }
        if let body = record[.warmupBody] {
            line.append(contentType(of: body, nil, headers) + ["--data-binary", body])
        }
        // What was sent was never a file.
        if let field = record[.warmupAudioField] { line.append(["-F", "\(field)=@recording.wav"]) }
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
        let follows = hasPreset && record.followsServer
        if let preset = record[.preset] { arguments.append(("--preset", preset)) }
        if !follows, let probe { arguments.append(("--probe", probe)) }
        arguments += probeArguments
        if !follows, let url = record[.warmupURL] { arguments.append(("--warmup-url", url)) }
        if let audio = record[.warmupAudio] { arguments.append(("--warmup-audio", audio)) }
        if let command = record[.warmupCommand] { arguments.append(("--warmup-exec", command)) }
        if let file = record[.warmupBodyFile] {
            arguments.append(("--warmup-body", "@" + file))
        } else if let body = record[.warmupBody] {
            arguments.append(("--warmup-body", body))
        }
        for header in headers {
            // A preset brings the one that says what its body is.
            if hasPreset, header.lowercased().hasPrefix("content-type:") { continue }
            arguments.append(("--warmup-header", header))
        }
        switch record[.liveness] {
        case nil: break
        case "warmup", "off": arguments.append(("--liveness", record[.liveness]))
        case let address?: arguments.append(("--liveness-url", address))
        }
        let usual: [(ServerRecord.Key, String, Duration)] = [
            (.probeInterval, "--probe-interval", ServerRecord.Usual.probeInterval),
            (.probeTimeout, "--probe-timeout", ServerRecord.Usual.probeTimeout),
            (.livenessInterval, "--liveness-interval", ServerRecord.Usual.livenessInterval),
            (.livenessTimeout, "--liveness-timeout", ServerRecord.Usual.livenessTimeout),
        ]
        for (key, name, value) in usual {
            guard let recorded = record.number(key), value.milliseconds != recorded else { continue }
            arguments.append((name, Self.text(recorded) + "ms"))
        }
        if let failures = record.number(.failureThreshold), failures != Double(ServerRecord.Usual.failureThreshold) {
            arguments.append(("--liveness-failures", Self.text(failures)))
        }
        return arguments
    }

    private static func text(_ number: Double) -> String { Int64(exactly: number).map(String.init) ?? String(number) }
}
