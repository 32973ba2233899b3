import Foundation
import ModelLifecycle

/// A server's configuration as the journal keeps it, among the options of its run: enough to say what
/// changed between two runs, and to start the server again where nothing had to be left out.
extension ServerConfiguration {
    /// Without secrets. The environment that is added is not recorded at all.
    package var recorded: [String: String] {
        let secrets = secrets()
        var record = ServerRecord()
        record[.command] = Self.json(RecordedCommand(command, knowing: secrets).words)
        record.set(.probeInterval, to: probeInterval)
        record.set(.probeTimeout, to: probeTimeout)
        record.set(.livenessInterval, to: livenessInterval)
        record[.failureThreshold] = "\(failureThreshold)"
        record.set(.stopTimeout, to: stopTimeout)
        // A later engine may be started in another directory.
        record[.workingDirectory] = Redaction.redact(
            workingDirectory ?? FileManager.default.currentDirectoryPath, knowing: secrets)
        record[.preset] = preset
        record[.probe] = probe.map { Redaction.redact($0.description, knowing: secrets) }
        record.followsServer = followsServer
        if liveness != .probe { record[.liveness] = Redaction.redact(liveness.description, knowing: secrets) }
        // An engine of before knew neither, and its records are compared with today's.
        if livenessTimeout != ServerRecord.Usual.livenessTimeout { record.set(.livenessTimeout, to: livenessTimeout) }
        addProbe(to: &record, withholding: secrets)
        record[.warmupCommand] = warmupCommand.map { Redaction.redact($0, knowing: secrets) }
        if warmupCommand != nil { record.set(.warmupTimeout, to: warmupTimeout) }
        guard let warmup else { return record.options }
        record[.warmupURL] = Redaction.redact(warmup.url.absoluteString, knowing: secrets)
        record.set(.warmupTimeout, to: warmupTimeout)
        if !warmup.headers.isEmpty { record[.warmupHeaders] = Self.json(warmup.headers.map(\.recorded)) }
        switch warmup.body {
        case .none: break
        case .audio(let field):
            record[.warmupAudioField] = field
            record[.warmupAudio] = warmup.audio?.description
        case .data(let data):
            if let file = warmup.bodyFile {
                record[.warmupBodyFile] = file
            } else {
                record[.warmupBody] = Redaction.redact(String(decoding: data, as: UTF8.self), knowing: secrets)
            }
        }
        return record.options
    }

    /// What is recorded, with another time to stop.
    package static func recorded(_ options: [String: String], stopTimeout: Duration) -> [String: String] {
        var record = ServerRecord(options)
        record.set(.stopTimeout, to: stopTimeout)
        return record.options
    }

    /// - Throws: `InvalidServerSetting` where a part of it had to be left out of the record, or is not there any more.
    package init(recorded options: [String: String]) throws {
        let record = ServerRecord(options)
        guard let command = record[.command].flatMap(Self.list), !command.isEmpty else {
            throw InvalidServerSetting("no command is given: add it after --")
        }
        for (key, value) in options where value.contains(Redaction.mark) {
            throw InvalidServerSetting(
                "the journal keeps no secrets, so '\(key)' is not complete there: give the command and its options again"
            )
        }
        self.init(command: command)
        workingDirectory = try record[.workingDirectory].map(Self.directory)
        if let name = record[.preset] {
            let reading = CommandReading(self, inheriting: ProcessInfo.processInfo.environment)
            try ServerPreset(name).restore(to: &self, reading)
        }
        followsServer = record.followsServer
        probe = try record[.probe].map(ProbeTarget.init)
        try readProbe(record)
        probeInterval = record.duration(.probeInterval) ?? probeInterval
        probeTimeout = record.duration(.probeTimeout) ?? probeTimeout
        livenessInterval = record.duration(.livenessInterval) ?? livenessInterval
        failureThreshold = record[.failureThreshold].flatMap(Int.init) ?? failureThreshold
        liveness = try record[.liveness].map(LivenessCheck.init) ?? .probe
        livenessTimeout = record.duration(.livenessTimeout) ?? livenessTimeout
        stopTimeout = record.duration(.stopTimeout) ?? stopTimeout
        warmupTimeout = record.duration(.warmupTimeout) ?? warmupTimeout
        warmupCommand = record[.warmupCommand]
        guard let url = record[.warmupURL] else { return }
        var request = WarmupRequest(url: try httpURL(url, for: "warm-up"))
        request.headers = try (record[.warmupHeaders].flatMap(Self.list) ?? []).map(WarmupRequest.Header.init)
        if let field = record[.warmupAudioField] {
            request.body = .audio(field: field)
            request.audio = try record[.warmupAudio].map { try WarmupAudio($0, in: workingDirectory) }
        } else if let file = record[.warmupBodyFile] {
            request = try request.with(bodyFile: file, in: workingDirectory)
        } else if let text = record[.warmupBody] {
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
