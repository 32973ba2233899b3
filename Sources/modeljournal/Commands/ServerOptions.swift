import ArgumentParser
import Foundation
import ModelLifecycle
import ServerProvider

/// What `run -- COMMAND` may be told about the server.
struct ServerOptions: ParsableArguments {
    private static let probeIntervalDefault = DurationArgument(ServerRecord.Usual.probeInterval)
    private static let probeTimeoutDefault = DurationArgument(ServerRecord.Usual.probeTimeout)

    @Option(
        name: .long,
        help: "What is known of this kind of server; `modeljournal presets` lists them. NAME or FILE.toml.")
    var preset: String?

    @Option(
        name: .long,
        help: ArgumentHelp(
            "What to ask for READY: http(s)://HOST:PORT/PATH, unix:PATH:/path, tcp://HOST:PORT, ws(s)://HOST:PORT/PATH, "
                + "wyoming://HOST:PORT, exec:COMMAND, notify (the server says so, as sd_notify(3) describes it), or auto (the "
                + "preset of a known command; otherwise whatever the server listens on)."))
    var probe: String?

    @OptionGroup var probes: ProbeOptions

    @Option(
        name: .long,
        help:
            "The longest time between two probes while the server starts; it begins at 5 ms. (default: \(probeIntervalDefault))",
        transform: DurationArgument.parsed)
    var probeInterval: DurationArgument?

    @Option(
        name: .long, help: "The longest that one probe may take. (default: \(probeTimeoutDefault))",
        transform: DurationArgument.parsed)
    var probeTimeout: DurationArgument?

    @OptionGroup var liveness: LivenessOptions

    @Option(name: .long, help: "Warm the server with requests to this URL.")
    var warmupURL: String?

    @Option(name: .long, help: "What a warm-up request sends: TEXT, or @FILE.")
    var warmupBody: String?

    @Option(name: .long, help: "A header of the warm-up requests, NAME: VALUE; may be given several times.")
    var warmupHeader: [String] = []

    @Option(
        name: .long,
        help: ArgumentHelp(
            "Warm the server with audio: so many seconds of silence, or a WAV file.", valueName: "seconds|file"))
    var warmupAudio: String?

    @Option(
        name: .long,
        help: ArgumentHelp(
            "Warm the server with a shell command, which gets its address as MODELJOURNAL_ADDRESS.",
            valueName: "command"))
    var warmupExec: String?

    @Option(name: .long, help: "How many warm-up requests are sent. (default: 1, or 5 with --warmup full)")
    var warmupCount: Int?

    @Argument(parsing: .postTerminator, help: "A model server to start and supervise, after --.")
    var command: [String] = []

    func validate() throws {
        if let warmupCount, !(1...1000).contains(warmupCount) {
            throw ValidationError("--warmup-count must be between 1 and 1000.")
        }
        if warmupAudio != nil, warmupBody != nil {
            throw ValidationError("--warmup-audio and --warmup-body both say what a request sends.")
        }
        if warmupExec != nil, warmupAudio != nil || warmupBody != nil || warmupURL != nil || !warmupHeader.isEmpty {
            throw ValidationError("--warmup-exec takes the place of a request, with its URL, body and headers.")
        }
        if let warmupExec, warmupExec.allSatisfy(\.isWhitespace) {
            throw ValidationError("--warmup-exec names no command.")
        }
        for (name, value) in [
            ("--probe-interval", probeInterval), ("--probe-timeout", probeTimeout),
        ] where value.map({ $0.duration <= .zero }) ?? false {
            throw ValidationError("\(name) must be longer than nothing.")
        }
        let given: [(String, Bool)] =
            [
                ("--preset", preset != nil), ("--probe", probe != nil), ("--warmup-url", warmupURL != nil),
                ("--warmup-body", warmupBody != nil), ("--warmup-header", !warmupHeader.isEmpty),
                ("--warmup-audio", warmupAudio != nil), ("--warmup-exec", warmupExec != nil),
                ("--warmup-count", warmupCount != nil), ("--probe-interval", probeInterval != nil),
                ("--probe-timeout", probeTimeout != nil),
            ] + probes.given + liveness.given
        if command.isEmpty, let option = given.first(where: \.1) {
            throw ValidationError("\(option.0) is for a model server; add its command after --.")
        }
    }

    /// - Parameter warmupTimeout: the longest that one warm-up request may take.
    /// - Returns: nil where no server is to be started.
    /// - Throws: `CommandFailure`, before anything has been started or opened.
    func configuration(model: String, stopTimeout: Duration, warmupTimeout: Duration) throws -> ServerConfiguration? {
        guard !command.isEmpty else { return nil }
        do {
            _ = try ServerCommand.executable(command)
            let known = preset ?? (probe == "auto" ? ServerPreset.recognized(by: command)?.name : nil)
            var configuration = try ServerConfiguration(command: command, preset: known, model: model)
            if let probe { configuration.replaceProbe(try ProbeTarget(probe)) }
            try probes.apply(to: &configuration)
            configuration.probeInterval = (probeInterval ?? Self.probeIntervalDefault).duration
            configuration.probeTimeout = (probeTimeout ?? Self.probeTimeoutDefault).duration
            configuration.stopTimeout = stopTimeout
            configuration.warmupTimeout = warmupTimeout
            configuration.warmupCommand = warmupExec
            configuration.warmup = warmupExec == nil ? try warmup(from: configuration.warmup) : nil
            try liveness.apply(to: &configuration)
            return configuration
        } catch let error as InvalidServerSetting {
            throw CommandFailure(error.isMissingFile ? .noInput : .usage, error.description)
        }
    }

    private func warmup(from preset: WarmupRequest?) throws -> WarmupRequest? {
        var request = preset
        if let warmupURL {
            let url = try httpURL(warmupURL, for: "warm-up")
            // Another URL than the preset's wants another body.
            if request?.url != url { request = WarmupRequest(url: url) }
        }
        guard var request else {
            guard warmupBody == nil, warmupAudio == nil, warmupHeader.isEmpty, warmupCount == nil else {
                throw InvalidServerSetting("a warm-up needs --warmup-url")
            }
            return nil
        }
        if let warmupBody {
            if warmupBody.hasPrefix("@") {
                request = try request.with(bodyFile: String(warmupBody.dropFirst()))
            } else {
                request.body = .data(Data(warmupBody.utf8))
            }
        }
        if let warmupAudio {
            if case .audio = request.body {
            } else {
                // Servers for audio take the form's field of this name.
                request.body = .audio(field: "file")
                request.headers.removeAll { $0.name.lowercased() == "content-type" }
            }
            request.audio = try WarmupAudio(warmupAudio)
        }
        request.headers += try warmupHeader.map { try WarmupRequest.Header($0) }
        return request
    }
}
