package import JournalReports
import LifecycleJournal
package import ModelLifecycle

/// What a run was started with, as a command line that starts it again. Variables stand for what the journal left out
/// of it, because it was secret.
package struct RecordedStart: Sendable {
    let server: RecordedServer?
    let configuration: RunConfiguration

    package init(_ configuration: RunConfiguration) {
        self.configuration = configuration
        server = RecordedServer(configuration.options)
    }

    /// - Returns: nil where what is recorded cannot be read.
    package init?(_ story: RunStory) {
        guard var configuration = RunConfiguration(recorded: story.configuration) else { return nil }
        if let target = story.run.evidence?.probeTarget, let found = ProbeAddress(target) {
            configuration.options = Self.moved(configuration.options, to: found)
        }
        self.init(configuration)
    }

    /// The addresses that a preset supposed, where the server was found in fact.
    private static func moved(_ options: [String: String], to found: ProbeAddress) -> [String: String] {
        var record = ServerRecord(options)
        guard record.followsServer, let supposed = record[.probe].flatMap(ProbeAddress.init) else { return options }
        for key in [ServerRecord.Key.probe, .warmupURL] {
            guard let address = record[key].flatMap(ProbeAddress.init), address.authority == supposed.authority else {
                continue
            }
            record[key] = address.moved(to: found.host, found.port)
        }
        return record.options
    }

    /// - Parameters:
    ///   - changes: options and their values, in place of the recorded ones; a value of nil removes the option.
    ///   - beginning: words of a shell before the command, such as `NAME=value`.
    ///   - addition: options that are right for a shell as they are.
    ///   - invocation: where the journal is, and where the command will be pasted.
    func command(
        with changes: [(String, String?)] = [], after beginning: String? = nil, adding addition: String? = nil,
        _ invocation: Invocation
    ) -> ShellLine {
        var options: [(name: String, value: String?)] = [("--model", configuration.model)]
        if server == nil {
            options.append(("--provider", configuration.provider))
            if let path = configuration.modelPath { options.append(("--model-path", path)) }
        }
        options += limits + warmup + (server?.arguments ?? [])
        for (name, value) in changes {
            options.removeAll { $0.name == name }
            if let value { options.append((name, value)) }
        }
        let directory = elsewhere(invocation)
        var line = ShellLine()
        if let beginning { line.append(verbatim: beginning) }
        line.append(verbatim: "modeljournal", "run")
        for option in options { line.append(option: option.name, option.value) }
        if let addition { line.append(verbatim: addition) }
        for word in (directory.map(invocation.moved) ?? invocation).journalOption { line.append(verbatim: word) }
        if let server {
            line.append(verbatim: "--")
            line.append(server.words)
        }
        return directory.map(line.run) ?? line
    }

    /// The server alone, without this program.
    func byHand(_ invocation: Invocation) -> ShellLine? {
        guard let server else { return nil }
        return here(server.command, invocation)
    }

    /// A command that means the paths of the server's own directory.
    func here(_ line: ShellLine, _ invocation: Invocation) -> ShellLine {
        elsewhere(invocation).map(line.run) ?? line
    }

    /// The directory in which the server was started, if it is another one than where the command will be pasted.
    private func elsewhere(_ invocation: Invocation) -> String? {
        server?.directory.flatMap { $0 == invocation.directory ? nil : $0 }
    }

    /// The file or directory of the model, as far as the command names it.
    var modelFile: String? { namedFile.flatMap { $0.contains(Redaction.mark) ? nil : $0 } }

    private var namedFile: String? {
        if let path = configuration.modelPath { return path }
        let words = server?.words ?? []
        let flags = ["-m", "--model", "--model-path", "--model_path"]
        return zip(words, words.dropFirst()).first { flags.contains($0.0) }?.1
            ?? words.lazy.compactMap { word in
                flags.first { word.hasPrefix($0 + "=") }.map { String(word.dropFirst($0.count + 1)) }
            }.first
    }

    var stopTimeout: Duration {
        ServerRecord(configuration.options).duration(.stopTimeout) ?? configuration.unloadTimeout
    }

    /// Only where they are not what `run` takes by itself.
    private var limits: [(String, String?)] {
        let usual = RunConfiguration(model: "", provider: "")
        let given: [(String, Duration?, Duration?)] = [
            ("--startup-timeout", configuration.startupTimeout, usual.startupTimeout),
            ("--load-stall-timeout", configuration.loadStallTimeout, nil),
            ("--stop-timeout", stopTimeout, usual.unloadTimeout),
            ("--warmup-timeout", configuration.warmup.timeout, nil),
            ("--retry-backoff", configuration.retry.backoff, usual.retry.backoff),
            ("--retry-max-delay", configuration.retry.maximumDelay, usual.retry.maximumDelay),
        ]
        var options: [(String, String?)] = given.compactMap { name, value, usual in
            value.flatMap { $0 == usual ? nil : (name, DurationText.short($0.wholeMicroseconds)) }
        }
        if configuration.retry.maximumRetries > 0 {
            options.append(("--max-retries", "\(configuration.retry.maximumRetries)"))
        }
        if configuration.digestsModel { options.append(("--digest", nil)) }
        return options
    }

    private var warmup: [(String, String?)] {
        let warmup = configuration.warmup
        var options: [(String, String?)] = []
        if let server {
            // A preset may bring a warm-up that this run was told to leave out.
            if warmup.inferenceCount == 0, server.hasPreset || server.warmup != nil {
                options.append(("--warmup", "none"))
            } else if warmup.inferenceCount > 1 {
                options.append(("--warmup-count", "\(warmup.inferenceCount)"))
            }
        } else if warmup.level != .single {
            options.append(("--warmup", warmup.level.rawValue))
        }
        if warmup.policy != .fail { options.append(("--warmup-policy", warmup.policy.rawValue)) }
        return options
    }
}
