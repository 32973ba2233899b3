import ModelLifecycle

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

    var probeHeaders: [String] { words(.probeHeaders) }

    /// What curl must send besides.
    private var probeRequest: [String] {
        var words: [String] = []
        if let method = record[.probeMethod] { words += method == "HEAD" ? ["-I"] : ["-X", method] }
        for header in probeHeaders { words += ["-H", header] }
        if let file = record[.probeCertificates] { words += ["--cacert", file] }
        if record[.probeIsInsecure] != nil { words.append("-k") }
        if let file = record[.probeBodyFile] {
            words += contentType(of: nil, file, probeHeaders) + ["--data-binary", "@" + file]
        } else if let body = record[.probeBody] {
            words += contentType(of: body, nil, probeHeaders) + ["--data-binary", body]
        }
        return words
    }

    /// Options of `run`; a value of nil is a flag.
    var probeArguments: [(String, String?)] {
        var arguments: [(String, String?)] = []
        for header in probeHeaders { arguments.append(("--probe-header", header)) }
        if let method = record[.probeMethod] { arguments.append(("--probe-method", method)) }
        if let file = record[.probeBodyFile] {
            arguments.append(("--probe-body", "@" + file))
        } else if let body = record[.probeBody] {
            arguments.append(("--probe-body", body))
        }
        if let file = record[.probeCertificates] { arguments.append(("--probe-ca", file)) }
        if record[.probeIsInsecure] != nil { arguments.append(("--probe-insecure", nil)) }
        let conditions = [
            ("--ready-when", words(.readyWhen) + (record[.readiness].map { [$0] } ?? [])),
            ("--failed-when", words(.failedWhen)), ("--alive-when", words(.aliveWhen)),
        ]
        for (name, values) in conditions {
            for condition in values { arguments.append((name, condition)) }
        }
        if let number = record[.readySuccesses] { arguments.append(("--ready-successes", number)) }
        return arguments
    }
}
