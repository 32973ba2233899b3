import TOMLKit

/// A preset as its file has it: TOML, the same for the built-in ones and for a user's own.
package struct PresetFile: Decodable, Sendable, Hashable {
    var name: String
    var title: String?
    var checked: String?
    var source: String?
    var programs: [String]?
    /// Words that follow each other in a command and tell that it is this server; by default one of the programs.
    var commands: [String]?
    var address: Address
    var key: Key?
    var model: Model?
    var probe: Probe
    var warmup: Warmup?
    var version: Version?
    var modelFacts: ModelFacts?
    var exit: [Exit]?

    /// Where the server listens, and how it is told.
    struct Address: Decodable, Sendable, Hashable {
        var port: Int
        var portFlags: [String]?
        var portVariables: [String]?
        var hostFlags: [String]?
        var hostVariables: [String]?
        /// `HOST:PORT` in one.
        var addressFlags: [String]?
        var addressVariables: [String]?
        /// A socket in the file system, in the place of a port.
        var socketFlags: [String]?
        var prefixFlags: [String]?
        var prefixVariables: [String]?
        /// How else, in words.
        var config: String?

        enum CodingKeys: String, CodingKey, CaseIterable {
            case port, config
            case portFlags = "port_flags"
            case portVariables = "port_variables"
            case hostFlags = "host_flags"
            case hostVariables = "host_variables"
            case addressFlags = "address_flags"
            case addressVariables = "address_variables"
            case socketFlags = "socket_flags"
            case prefixFlags = "prefix_flags"
            case prefixVariables = "prefix_variables"
        }
    }

    /// How the server is told the key that its requests have to carry.
    struct Key: Decodable, Sendable, Hashable {
        var flags: [String]?
        /// The file has one key on its first line.
        var fileFlags: [String]?
        var variables: [String]?

        enum CodingKeys: String, CodingKey, CaseIterable {
            case flags, variables
            case fileFlags = "file_flags"
        }
    }

    /// How the server is told the name of its model in requests.
    struct Model: Decodable, Sendable, Hashable {
        var flags: [String]?
        var variables: [String]?
        /// The word of the command that the model follows.
        var after: String?
        /// What names the model's file, beside `-m` and `--model`.
        var fileFlags: [String]?
        var fileVariables: [String]?

        enum CodingKeys: String, CodingKey, CaseIterable {
            case flags, variables, after
            case fileFlags = "file_flags"
            case fileVariables = "file_variables"
        }
    }

    struct Probe: Decodable, Sendable, Hashable {
        /// `http`, `tcp`, `ws` or `wyoming`.
        var kind: String?
        var path: String?
        var method: String?
        var body: String?
        var readyWhen: [String]?
        var failedWhen: [String]?
        var aliveWhen: [String]?
        var readySuccesses: Int?
        var livenessTimeout: Int?
        /// The probe stays good when a worker is gone: one that crashes and is not replaced ends READY.
        var needsWorkers: Bool?
        /// What it answers in which state, in words.
        var states: String?

        enum CodingKeys: String, CodingKey, CaseIterable {
            case kind, path, method, body, states
            case readyWhen = "ready_when"
            case failedWhen = "failed_when"
            case aliveWhen = "alive_when"
            case readySuccesses = "ready_successes"
            case livenessTimeout = "liveness_timeout_s"
            case needsWorkers = "needs_workers"
        }
    }

    struct Warmup: Decodable, Sendable, Hashable {
        var path: String
        /// JSON.
        var body: String?
        /// The field of a form that carries a WAV file.
        var audioField: String?

        enum CodingKeys: String, CodingKey, CaseIterable {
            case path, body
            case audioField = "audio_field"
        }
    }

    struct Version: Decodable, Sendable, Hashable {
        var path: String
        /// Names from the outside in, separated by dots; without one the whole answer is the version.
        var key: String?

        enum CodingKeys: String, CodingKey, CaseIterable {
            case path, key
        }
    }

    /// What the server says of its model.
    struct ModelFacts: Decodable, Sendable, Hashable {
        /// Where it says so; without one it is asked where it is probed.
        var path: String?
        /// `NAME: PATH into the JSON`.
        var values: [String]

        enum CodingKeys: String, CodingKey, CaseIterable {
            case path, values
        }
    }

    struct Exit: Decodable, Sendable, Hashable {
        /// Wider than needed: the decoder ends the program at a number that is too large for a narrow type.
        var status: Int
        var phase: String?
        var means: String

        enum CodingKeys: String, CodingKey, CaseIterable {
            case status, phase, means
        }
    }

    enum CodingKeys: String, CodingKey, CaseIterable {
        case name, title, checked, source, programs, commands, address, key, model, probe, warmup, version, exit
        case modelFacts = "model_facts"
    }

    /// - Parameter text: the file's contents.
    /// - Throws: `InvalidServerSetting` with the place in the file.
    init(_ text: String, file: String) throws {
        do {
            let table = try TOMLTable(string: text)
            if let unknown = Self.unknownKey(in: table) {
                throw InvalidServerSetting("\(file): '\(unknown)' is not a key of a preset")
            }
            self = try TOMLDecoder().decode(Self.self, from: table)
        } catch let error as InvalidServerSetting {
            throw error
        } catch let error as TOMLParseError {
            throw InvalidServerSetting("\(file): \(Self.words(for: error))")
        } catch let error as DecodingError {
            throw InvalidServerSetting("\(file): \(Self.words(for: error))")
        }
    }

    /// A misspelled key must not be taken for one that was left out.
    private static func unknownKey(in table: TOMLTable) -> String? {
        func names<Keys: CodingKey & CaseIterable & RawRepresentable>(_: Keys.Type) -> [String]
        where Keys.RawValue == String { Keys.allCases.map(\.rawValue) }
        let sections: [(String, [String])] = [
            ("address", names(Address.CodingKeys.self)), ("key", names(Key.CodingKeys.self)),
            ("model", names(Model.CodingKeys.self)), ("probe", names(Probe.CodingKeys.self)),
            ("warmup", names(Warmup.CodingKeys.self)), ("version", names(Version.CodingKeys.self)),
            ("model_facts", names(ModelFacts.CodingKeys.self)),
            ("exit", names(Exit.CodingKeys.self)),
        ]
        if let key = table.keys.first(where: { !names(CodingKeys.self).contains($0) }) { return key }
        for (section, known) in sections {
            let tables = [table[section]?.table].compactMap { $0 } + (table[section]?.array?.compactMap(\.table) ?? [])
            for inner in tables {
                if let key = inner.keys.first(where: { !known.contains($0) }) { return "\(section).\(key)" }
            }
        }
        return nil
    }

    private static func words(for error: TOMLParseError) -> String {
        let text = error.description.split(whereSeparator: \.isNewline).joined(separator: " ")
        return "it is not TOML: \(text)"
    }

    private static func words(for error: DecodingError) -> String {
        func path(_ context: DecodingError.Context, _ key: (any CodingKey)? = nil) -> String {
            var names = context.codingPath.map { $0.intValue.map { "[\($0)]" } ?? $0.stringValue }
            if let key, names.last != key.stringValue { names.append(key.stringValue) }
            return names.joined(separator: ".").replacing(".[", with: "[")
        }
        switch error {
        case .keyNotFound(let key, let context): return "'\(path(context, key))' is missing, or of another type"
        case .typeMismatch(let type, let context), .valueNotFound(let type, let context):
            return "'\(path(context))' must be of the type \(type)"
        case .dataCorrupted(let context): return context.debugDescription
        @unknown default: return "\(error)"
        }
    }
}
