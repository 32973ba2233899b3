import Foundation

/// What a server's command, and the environment that it gets, say of it.
struct CommandReading {
    let command: [String]
    let environment: [String: String]

    /// - Parameter engine: the environment that the server gets from the engine.
    init(_ configuration: ServerConfiguration, inheriting engine: [String: String]) {
        command = configuration.command
        environment = engine.merging(configuration.environment, uniquingKeysWith: { $1 })
    }

    /// The value of the last of these options, as servers take it; then of the first variable that is set.
    func value(flags: [String]?, variables: [String]? = nil) -> String? {
        var found: String?
        for (index, word) in command.enumerated() {
            for flag in flags ?? [] {
                if word == flag, index + 1 < command.count {
                    found = command[index + 1]
                } else if word.hasPrefix(flag + "=") {
                    found = String(word.dropFirst(flag.count + 1))
                }
            }
        }
        return found ?? (variables ?? []).lazy.compactMap { environment[$0] }.first { !$0.isEmpty }
    }

    /// The word that follows that one, if it is not an option.
    func word(after mark: String) -> String? {
        guard let place = command.firstIndex(of: mark), place + 1 < command.count else { return nil }
        let word = command[place + 1]
        return word.hasPrefix("-") ? nil : word
    }

    /// Where a server says that it listens, for a client of this machine.
    /// - Returns: nil for each part that is not told.
    func address(_ address: PresetFile.Address) -> (host: String?, port: Int?) {
        var host: String?
        var port: Int?
        if let text = value(flags: address.addressFlags, variables: address.addressVariables) {
            (host, port) = Self.parts(of: text)
        }
        if let text = value(flags: address.hostFlags, variables: address.hostVariables) { host = text }
        // Servers whose port is set in a program's code are often given it like this.
        let portFlags = address.portFlags ?? (address.addressFlags == nil ? ["--port"] : [])
        if let text = value(flags: portFlags, variables: address.portVariables) { port = Int(text) }
        // The port that the system chooses is found once the server has it.
        return (host.flatMap(Self.reachable), port.flatMap { (1...65535).contains($0) ? $0 : nil })
    }

    /// `HOST:PORT`, `:PORT`, `HOST`, each with or without a scheme.
    private static func parts(of text: String) -> (host: String?, port: Int?) {
        let address = text.contains("://") ? text : "tcp://\(text)"
        if let parts = URLComponents(string: address), let host = parts.host {
            return (host.isEmpty ? nil : host, parts.port)
        }
        return (nil, nil)
    }

    /// A server that listens on all addresses is asked on this machine's own; a socket's path is no address.
    private static func reachable(_ host: String) -> String? {
        let host = host.trimmingCharacters(in: CharacterSet(charactersIn: "[]"))
        switch host {
        case "", "0.0.0.0", "*": return nil
        case "::": return "::1"
        default: return host.contains("/") || host.hasSuffix(".sock") ? nil : host
        }
    }
}
