import Foundation

/// What is known of a kind of model server: where it listens, how it says that it is ready, what a cheap
/// real request to it looks like, and what its exit codes mean.
public struct ServerPreset: Sendable, Hashable {
    /// What `--preset` takes.
    public let name: String
    /// Where it listens unless told otherwise.
    public let port: Int
    /// The path that answers 200 to 299 only once the model can be used, unless `readiness` says more; `{model}` stands
    /// for the model's name.
    public let readyPath: String
    /// What that answer has to say beyond its status; nil where the status says it all.
    public var readiness: AnswerCondition?
    /// The warm-up request's path; nil where a request cannot be made up without knowing the model.
    public let warmupPath: String?
    /// JSON; nil for silence as a WAV file.
    public let warmupBody: String?
    /// What exit codes of this server mean, and in which phase, in a few words.
    public let phasedExitMeanings: [ExitMeaning]
    /// Where this was read.
    public let source: String
    /// What `--preset` took, with the whole path of a file: what the journal keeps.
    let reference: String
    /// All of it, as the file has it.
    let file: PresetFile
    let readyWhen: [AnswerCondition]
    let failedWhen: [AnswerCondition]
    let aliveWhen: [AnswerCondition]
    let modelFacts: ServerFacts.Source?

    /// What exit codes of this server mean, in a few words; of one that means two things, what it means before READY.
    public var exitMeanings: [Int32: String] {
        let sorted = phasedExitMeanings.sorted { $0.phase != .afterReady && $1.phase == .afterReady }
        return Dictionary(sorted.map { ($0.status, $0.words) }, uniquingKeysWith: { first, _ in first })
    }

    /// The preset of this name; nil for an unknown one.
    public static func named(_ name: String) -> ServerPreset? { all.first { $0.name == name } }

    /// The built-in presets.
    public static let all: [ServerPreset] = PresetFiles.all.map { name, contents in
        do {
            return try ServerPreset(String(decoding: contents, as: UTF8.self), file: "\(name).toml")
        } catch {
            preconditionFailure("the built-in preset \(error)")
        }
    }

    /// A built-in preset by its name, or a user's own by its file.
    /// - Parameter text: a name; or a path, which has a `/` in it or ends in `.toml`.
    /// - Throws: `InvalidServerSetting` if there is no such preset, or its file cannot be used.
    package init(_ text: String) throws {
        guard text.contains("/") || text.hasSuffix(".toml") else {
            guard let known = Self.named(text) else {
                let names = Self.all.map(\.name).joined(separator: ", ")
                throw InvalidServerSetting("there is no preset '\(text)'; known: \(names); or give a file NAME.toml")
            }
            self = known
            return
        }
        guard let data = FileManager.default.contents(atPath: text) else {
            throw InvalidServerSetting("the preset \(text) cannot be read", isMissingFile: true)
        }
        guard data.count <= 1 << 20, let contents = String(data: data, encoding: .utf8) else {
            throw InvalidServerSetting("\(text): it is not a preset: it is longer than 1 MiB, or not UTF-8")
        }
        let folder = FileManager.default.currentDirectoryPath
        self = try ServerPreset(contents, file: text, reference: text.hasPrefix("/") ? text : "\(folder)/\(text)")
    }

    /// - Throws: `InvalidServerSetting` with the key that cannot be used.
    /// - Parameter reference: how it is found again; nil for a built-in one.
    init(_ contents: String, file name: String, reference: String? = nil) throws {
        let file = try PresetFile(contents, file: name)
        func malformed(_ words: String) -> InvalidServerSetting { InvalidServerSetting("\(name): \(words)") }
        guard (1...65535).contains(file.address.port) else { throw malformed("'address.port' must be 1 to 65535") }
        guard Kind(rawValue: file.probe.kind ?? "http") != nil else {
            let known = Kind.allCases.map(\.rawValue).joined(separator: ", ")
            throw malformed("'probe.kind' must be one of \(known)")
        }
        let path = file.probe.path ?? "/"
        guard path.hasPrefix("/"), file.warmup?.path.hasPrefix("/") ?? true, file.version?.path.hasPrefix("/") ?? true,
            file.modelFacts?.path?.hasPrefix("/") ?? true
        else { throw malformed("a path must begin with '/'") }
        guard (1...100).contains(file.probe.readySuccesses ?? 1) else {
            throw malformed("'probe.ready_successes' must be 1 to 100")
        }
        guard (1...86400).contains(file.probe.livenessTimeout ?? 600) else {
            throw malformed("'probe.liveness_timeout_s' must be 1 to 86400")
        }
        if let warmup = file.warmup, (warmup.body == nil) == (warmup.audioField == nil) {
            throw malformed("'warmup' needs either 'body' or 'audio_field'")
        }
        for path in [path, file.warmup?.path, file.version?.path, file.modelFacts?.path].compactMap({ $0 })
        where URLComponents(string: "http://host" + path.replacing("{model}", with: "m")) == nil
            || path.contains(where: \.isWhitespace)
        {
            throw malformed("'\(path)' is not a path for HTTP")
        }
        do {
            _ = try file.probe.method.map(ServerConfiguration.method)
            readyWhen = try (file.probe.readyWhen ?? []).map { try AnswerCondition($0) }
            failedWhen = try (file.probe.failedWhen ?? []).map { try AnswerCondition($0) }
            aliveWhen = try (file.probe.aliveWhen ?? []).map { try AnswerCondition($0) }
            modelFacts = try file.modelFacts.map {
                ServerFacts.Source(path: $0.path, values: try $0.values.map { try ServerFacts.Value($0) })
            }
        } catch let error as InvalidServerSetting {
            throw malformed(error.description)
        }
        phasedExitMeanings = try (file.exit ?? []).map { exit in
            let phase: ExitMeaning.Phase? =
                switch exit.phase {
                case nil: nil
                case "before READY": .beforeReady
                case "after READY": .afterReady
                default: throw malformed("'exit.phase' must be 'before READY' or 'after READY'")
                }
            guard (0...255).contains(exit.status) else { throw malformed("'exit.status' must be 0 to 255") }
            return ExitMeaning(Int32(exit.status), phase, exit.means)
        }
        self.name = file.name
        self.reference = reference ?? file.name
        port = file.address.port
        readyPath = path
        readiness = readyWhen.first
        warmupPath = file.warmup?.path
        warmupBody = file.warmup?.body
        source = file.source ?? name
        self.file = file
        do {
            // What a run with it would refuse, whatever it is to start.
            var configuration = ServerConfiguration(command: [name])
            try apply(to: &configuration, model: "model", environment: [:])
            try configuration.checkProbe()
        } catch let error as InvalidServerSetting {
            throw malformed(error.description)
        }
    }

    var kind: Kind { Kind(rawValue: file.probe.kind ?? "") ?? .http }

    /// How the probe asks.
    enum Kind: String, CaseIterable {
        case http, tcp
        case webSocket = "ws"
        case wyoming
    }
}
