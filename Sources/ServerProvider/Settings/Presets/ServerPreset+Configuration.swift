import Foundation

extension ServerPreset {
    /// - Parameters:
    ///   - model: its name in the journal, which is its name on the server unless the command says otherwise.
    ///   - environment: what the server gets.
    func apply(
        to configuration: inout ServerConfiguration, model: String,
        environment: [String: String] = ProcessInfo.processInfo.environment
    ) throws {
        let reading = CommandReading(configuration, inheriting: environment)
        let given = reading.address(file.address)
        let host = given.host ?? "127.0.0.1"
        let authority = (host.contains(":") ? "[\(host)]" : host) + ":\(given.port ?? port)"
        let prefix = reading.value(flags: file.address.prefixFlags, variables: file.address.prefixVariables) ?? ""
        let served = servedModel(reading) ?? model
        let name = served.addingPercentEncoding(withAllowedCharacters: .alphanumerics) ?? served
        func url(_ path: String, for role: String) throws -> URL {
            try httpURL("http://\(authority)\(Self.folder(prefix))" + path.replacing("{model}", with: name), for: role)
        }
        try restore(to: &configuration, reading)
        let question = try url(readyPath, for: "probe")
        configuration.probe = try ServerPreset.target(kind, question, host: host, port: given.port ?? port)
        configuration.probeMethod = try file.probe.method.map(ServerConfiguration.method)
        configuration.probeBody = file.probe.body.map { Data($0.utf8) }
        (configuration.readyWhen, configuration.failedWhen, configuration.aliveWhen) = (
            readyWhen, failedWhen, aliveWhen
        )
        configuration.readySuccesses = file.probe.readySuccesses ?? 1
        configuration.livenessTimeout = .seconds(file.probe.livenessTimeout ?? 600)
        configuration.followsServer = true
        guard let warmupPath else { return }
        var request = WarmupRequest(
            url: try url(warmupPath, for: "warm-up"), body: .audio(field: file.warmup?.audioField ?? "file"))
        if let warmupBody {
            // The name stands within a JSON string.
            let text = String(decoding: try JSONEncoder().encode(served), as: UTF8.self).dropFirst().dropLast()
            request.body = .data(Data(warmupBody.replacing("{model}", with: text).utf8))
            request.headers = [WarmupRequest.Header(name: "Content-Type", value: "application/json")]
        }
        configuration.warmup = request
    }

    private static func target(_ kind: Kind, _ url: URL, host: String, port: Int) throws -> ProbeTarget {
        switch kind {
        case .http: .http(url)
        case .tcp: .tcp(host: host, port: port)
        case .webSocket: try ProbeTarget(url.absoluteString.replacing(/^http/, with: "ws"))
        case .wyoming: .wyoming(host: host, port: port)
        }
    }

    /// What is no setting of a run, and follows from the preset and the server's command.
    func restore(to configuration: inout ServerConfiguration, _ reading: CommandReading) throws {
        configuration.preset = reference
        configuration.phasedExitMeanings = phasedExitMeanings
        // A wrapper may start the server on another port than its own.
        configuration.givenPort = reading.address(file.address).port
        configuration.supposesPort =
            reading.isElsewhere(file.address)
            || configuration.givenPort == nil
                && !(file.programs ?? []).contains(Self.program(of: configuration.command))
        configuration.keys = keys(reading, in: configuration.workingDirectory)
        configuration.versionSource = file.version
        configuration.modelFacts = modelFacts
        configuration.modelFileFlags = file.model?.fileFlags ?? []
        configuration.namedModelFile = reading.value(flags: nil, variables: file.model?.fileVariables)
        configuration.needsWorkers = file.probe.needsWorkers ?? false
    }

    /// The name that the server's requests use.
    private func servedModel(_ reading: CommandReading) -> String? {
        guard let model = file.model else { return nil }
        return reading.value(flags: model.flags, variables: model.variables)
            ?? model.after.flatMap { reading.word(after: $0) }
    }

    /// What the server wants with its requests: any of these.
    private func keys(_ reading: CommandReading, in folder: String?) -> [String] {
        guard let key = file.key else { return [] }
        var texts = [reading.value(flags: key.flags, variables: key.variables)].compactMap { $0 }
        if let file = reading.value(flags: key.fileFlags),
            // Whether it is there is the server's to say.
            let data = FileManager.default.contents(atPath: ServerCommand.path(file, in: folder))
        {
            texts.insert(String(decoding: data.prefix(1 << 16), as: UTF8.self), at: 0)
        }
        return texts.flatMap { text in
            text.split { $0 == "," || $0.isNewline }.map { $0.trimmingCharacters(in: .whitespaces) }
                .filter { !$0.isEmpty }
        }
    }

    /// Without a slash at its end, and with one at its beginning.
    private static func folder(_ prefix: String) -> String {
        let name = prefix.trimmingCharacters(in: CharacterSet(charactersIn: "/"))
        return name.isEmpty ? "" : "/\(name)"
    }

    private static func program(of command: [String]) -> String {
        command.first.flatMap { $0.split(separator: "/").last.map(String.init) } ?? ""
    }
}
