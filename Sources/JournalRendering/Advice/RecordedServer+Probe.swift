/// How a recorded server was probed, as words of commands.
extension RecordedServer {
    /// The probe as a command; nil if no command asks the same.
    var probeCommand: ShellLine? {
        guard let probe else { return nil }
        var line = ShellLine()
        if probe.hasPrefix("exec:") {
            line.append(["sh", "-c", String(probe.dropFirst("exec:".count))], role: "its probe")
        } else if probe.hasPrefix("http") || probe.hasPrefix("unix:") {
            line.append(Self.curl(probe, probeRequest))
        } else {
            return nil
        }
        return line
    }

    /// - Parameters:
    ///   - target: as `--probe` takes it.
    ///   - request: further words for curl.
    static func curl(_ target: String, _ request: [String] = []) -> [String] {
        let words = ["curl", "-i"] + request
        guard target.hasPrefix("unix:") else { return words + [target] }
        let rest = target.dropFirst("unix:".count)
        guard let border = rest.firstRange(of: ":/")?.lowerBound else { return words + [target] }
        let path = rest[rest.index(after: border)...]
        return words + ["--unix-socket", String(rest[..<border]), "http://localhost\(path)"]
    }

    var probeHeaders: [String] { options["probe_headers"].flatMap(ShellWords.list) ?? [] }

    /// What curl must send besides.
    private var probeRequest: [String] {
        var words: [String] = []
        if let method = options["probe_method"] { words += method == "HEAD" ? ["-I"] : ["-X", method] }
        for header in probeHeaders { words += ["-H", header] }
        if let file = options["probe_ca"] { words += ["--cacert", file] }
        if options["probe_insecure"] != nil { words.append("-k") }
        if let file = options["probe_body_file"] {
            words += contentType(of: nil, file, probeHeaders) + ["--data-binary", "@" + file]
        } else if let body = options["probe_body"] {
            words += contentType(of: body, nil, probeHeaders) + ["--data-binary", body]
        }
        return words
    }

    /// Options of `run`; a value of nil is a flag.
    var probeArguments: [(String, String?)] {
        var arguments: [(String, String?)] = []
        for header in probeHeaders { arguments.append(("--probe-header", header)) }
        if let method = options["probe_method"] { arguments.append(("--probe-method", method)) }
        if let file = options["probe_body_file"] {
            arguments.append(("--probe-body", "@" + file))
        } else if let body = options["probe_body"] {
            arguments.append(("--probe-body", body))
        }
        if let file = options["probe_ca"] { arguments.append(("--probe-ca", file)) }
        if options["probe_insecure"] != nil { arguments.append(("--probe-insecure", nil)) }
        for (key, name) in [
            ("ready_when", "--ready-when"), ("failed_when", "--failed-when"), ("alive_when", "--alive-when"),
        ] {
            for condition in options[key].flatMap(ShellWords.list) ?? [] { arguments.append((name, condition)) }
        }
        if let number = options["ready_successes"] { arguments.append(("--ready-successes", number)) }
        return arguments
    }
}
