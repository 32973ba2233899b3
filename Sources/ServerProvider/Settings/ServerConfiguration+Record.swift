import Foundation
import ModelLifecycle

/// A server's configuration as the journal keeps it, among the options of its run: enough to say what
/// changed between two runs, and to start the server again where nothing had to be left out.
extension ServerConfiguration {
    private enum Key {
        static let command = "command"
        static let workingDirectory = "working_directory"
        static let preset = "preset"
        static let probe = "probe"
        static let followsServer = "probe_follows_server"
        static let liveness = "liveness"
        static let livenessTimeout = "liveness_timeout_ms"
        static let probeInterval = "probe_interval_ms"
        static let probeTimeout = "probe_timeout_ms"
        static let livenessInterval = "liveness_interval_ms"
        static let failureThreshold = "failure_threshold"
        static let warmupURL = "warmup_url"
        static let warmupBody = "warmup_body"
        static let warmupBodyFile = "warmup_body_file"
        static let warmupAudio = "warmup_audio_field"
        static let warmupRecording = "warmup_audio"
        static let warmupCommand = "warmup_command"
        static let warmupHeaders = "warmup_headers"
        static let warmupTimeout = "warmup_request_timeout_ms"
        static let stopTimeout = "stop_timeout_ms"
    }

    /// Without secrets. The environment that is added is not recorded at all.
    package var recorded: [String: String] {
        let secrets = secrets()
        var options = [
            Key.command: Self.json(RecordedCommand(command, knowing: secrets).words),
            Key.probeInterval: "\(probeInterval.milliseconds)", Key.probeTimeout: "\(probeTimeout.milliseconds)",
            Key.livenessInterval: "\(livenessInterval.milliseconds)", Key.failureThreshold: "\(failureThreshold)",
            Key.stopTimeout: "\(stopTimeout.milliseconds)",
        ]
        // A later engine may be started in another directory.
        options[Key.workingDirectory] = Redaction.redact(
            workingDirectory ?? FileManager.default.currentDirectoryPath, knowing: secrets)
        options[Key.preset] = preset
        options[Key.probe] = probe.map { Redaction.redact($0.description, knowing: secrets) }
        if followsServer { options[Key.followsServer] = "true" }
        if liveness != .probe { options[Key.liveness] = Redaction.redact(liveness.description, knowing: secrets) }
        // An engine of before knew neither, and its records are compared with today's.
        if livenessTimeout != Self.usualLivenessTimeout {
            options[Key.livenessTimeout] = "\(livenessTimeout.milliseconds)"
        }
        options.merge(recordedProbe(withholding: secrets)) { $1 }
        options[Key.warmupCommand] = warmupCommand.map { Redaction.redact($0, knowing: secrets) }
        if warmupCommand != nil { options[Key.warmupTimeout] = "\(warmupTimeout.milliseconds)" }
        guard let warmup else { return options }
        options[Key.warmupURL] = Redaction.redact(warmup.url.absoluteString, knowing: secrets)
        options[Key.warmupTimeout] = "\(warmupTimeout.milliseconds)"
        if !warmup.headers.isEmpty { options[Key.warmupHeaders] = Self.json(warmup.headers.map(\.recorded)) }
        switch warmup.body {
        case .none: break
        case .audio(let field):
            options[Key.warmupAudio] = field
            options[Key.warmupRecording] = warmup.audio?.description
        case .data(let data):
            if let file = warmup.bodyFile {
                options[Key.warmupBodyFile] = file
            } else {
                options[Key.warmupBody] = Redaction.redact(String(decoding: data, as: UTF8.self), knowing: secrets)
            }
        }
        return options
    }

    /// What is recorded, with another time to stop.
    package static func recorded(_ options: [String: String], stopTimeout: Duration) -> [String: String] {
        options.merging([Key.stopTimeout: "\(stopTimeout.milliseconds)"]) { $1 }
    }

    /// - Throws: `InvalidServerSetting` where a part of it had to be left out of the record, or is not there any more.
    package init(recorded options: [String: String]) throws {
        guard let command = options[Key.command].flatMap(Self.list), !command.isEmpty else {
            throw InvalidServerSetting("no command is given: add it after --")
        }
        for (key, value) in options where value.contains(Redaction.mark) {
            throw InvalidServerSetting(
                "the journal keeps no secrets, so '\(key)' is not complete there: give the command and its options again"
            )
        }
        self.init(command: command)
        workingDirectory = try options[Key.workingDirectory].map(Self.directory)
        if let name = options[Key.preset] {
            let reading = CommandReading(self, inheriting: ProcessInfo.processInfo.environment)
            try ServerPreset(name).restore(to: &self, reading)
        }
        followsServer = options[Key.followsServer] == "true"
        probe = try options[Key.probe].map(ProbeTarget.init)
        try readProbe(recorded: options)
        func duration(_ key: String, _ fallback: Duration) -> Duration {
            options[key].flatMap(Double.init).flatMap { Int64(exactly: ($0 * 1000).rounded()) }
                .map(Duration.microseconds) ?? fallback
        }
        probeInterval = duration(Key.probeInterval, probeInterval)
        probeTimeout = duration(Key.probeTimeout, probeTimeout)
        livenessInterval = duration(Key.livenessInterval, livenessInterval)
        failureThreshold = options[Key.failureThreshold].flatMap(Int.init) ?? failureThreshold
        liveness = try options[Key.liveness].map(LivenessCheck.init) ?? .probe
        livenessTimeout = duration(Key.livenessTimeout, livenessTimeout)
        stopTimeout = duration(Key.stopTimeout, stopTimeout)
        warmupTimeout = duration(Key.warmupTimeout, warmupTimeout)
        warmupCommand = options[Key.warmupCommand]
        guard let url = options[Key.warmupURL] else { return }
        var request = WarmupRequest(url: try httpURL(url, for: "warm-up"))
        request.headers = try (options[Key.warmupHeaders].flatMap(Self.list) ?? []).map(WarmupRequest.Header.init)
        if let field = options[Key.warmupAudio] {
            request.body = .audio(field: field)
            request.audio = try options[Key.warmupRecording].map { try WarmupAudio($0, in: workingDirectory) }
        } else if let file = options[Key.warmupBodyFile] {
            request = try request.with(bodyFile: file, in: workingDirectory)
        } else if let text = options[Key.warmupBody] {
            request.body = .data(Data(text.utf8))
        }
        warmup = request
    }

    private static func directory(_ path: String) throws -> String {
        var isFolder: ObjCBool = false
        guard FileManager.default.fileExists(atPath: path, isDirectory: &isFolder), isFolder.boolValue else {
            throw InvalidServerSetting(
                "the server's working directory \(path) does not exist; create it, or give the command again",
                isMissingFile: true)
        }
        return path
    }

    /// The file that the command or its environment names as its model, if it is there.
    package var modelFile: String? {
        let flags = modelFileFlags + ["-m", "--model", "--model-path", "--model_path"]
        for (index, word) in command.enumerated() {
            let path =
                if flags.contains(word), index + 1 < command.count {
                    command[index + 1]
                } else if let flag = flags.first(where: { word.hasPrefix($0 + "=") }) {
                    String(word.dropFirst(flag.count + 1))
                } else { "" }
            if !path.isEmpty, FileManager.default.fileExists(atPath: path) { return path }
        }
        return namedModelFile.flatMap { FileManager.default.fileExists(atPath: $0) ? $0 : nil }
    }

    static func json(_ words: [String]) -> String {
        let encoder = JSONEncoder()
        encoder.outputFormatting = .withoutEscapingSlashes
        // Strings always encode.
        return (try? encoder.encode(words)).map { String(decoding: $0, as: UTF8.self) } ?? "[]"
    }

    static func list(_ text: String) -> [String]? {
        try? JSONDecoder().decode([String].self, from: Data(text.utf8))
    }
}

extension WarmupRequest {
    /// - Parameter directory: where a relative path begins; nil for the engine's own directory.
    /// - Throws: `InvalidServerSetting` where the file cannot be read.
    package func with(bodyFile path: String, in directory: String? = nil) throws -> WarmupRequest {
        var request = self
        request.body = .data(try ServerConfiguration.body(path, in: directory, for: "warm-up"))
        request.bodyFile = path
        return request
    }
}
