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

    /// The value of the first of these options that is given, and of several of one kind the last, as servers take them;
    /// then of the first variable that is set.
    func value(flags: [String]?, variables: [String]? = nil) -> String? {
        let found = (flags ?? []).lazy.compactMap { values(of: $0).last }.first
        return found ?? (variables ?? []).lazy.compactMap { environment[$0] }.first { !$0.isEmpty }
    }

    private func values(of flag: String) -> [String] {
        command.enumerated().compactMap { index, word in
            if word == flag { return index + 1 < command.count ? command[index + 1] : nil }
            return word.hasPrefix(flag + "=") ? String(word.dropFirst(flag.count + 1)) : nil
        }
    }

    /// The first word after that one that is neither an option nor, as far as can be told, the value of one.
    func word(after mark: String) -> String? {
        guard let place = command.firstIndex(of: mark) else { return nil }
        var rest = command[(place + 1)...]
        while let word = rest.popFirst() {
            guard word.hasPrefix("-") else { return word }
            if !word.contains("="), rest.first.map({ !$0.hasPrefix("-") }) ?? false { rest.removeFirst() }
        }
        return nil
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

    /// Whether the server is told to take a port of the system's choice, or a socket in the file system.
    func isElsewhere(_ address: PresetFile.Address) -> Bool {
        let host = value(flags: address.hostFlags, variables: address.hostVariables)
        return value(flags: address.portFlags ?? ["--port"], variables: address.portVariables) == "0"
            || value(flags: address.socketFlags) != nil
            || host.map { $0.contains("/") || $0.hasSuffix(".sock") } ?? false
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
