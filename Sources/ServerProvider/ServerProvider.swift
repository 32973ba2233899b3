import Foundation
public import ModelLifecycle
import NIOHTTP1
import Subprocess
import Synchronization
import SystemPackage

/// A model server as a child process: started, asked until it is ready, warmed with real requests,
/// watched while it serves, and stopped with everything that it has started.
///
/// The server is no part of this process: its speech is had over its own API, and `transcribe` throws.
public actor ServerProvider: ASRProvider {
    /// `server`.
    public nonisolated let name = "server"
    /// A load can be stopped; what the server accepts, only the server knows.
    public nonisolated let capabilities = ProviderCapabilities()

    private let configuration: ServerConfiguration
    private let lifeline: [String]?
    private let http = HTTPExchange()
    /// Taken out of everything that is reported.
    private let secrets: KnownSecrets
    private var process: ServerProcess?
    private var watch: EvidenceWatch?
    /// The same two for `evidence`, which must not wait for a call in progress.
    private nonisolated let scene = Mutex<(process: ServerProcess, watch: EvidenceWatch)?>(nil)
    private var identifiers: TraceIdentifiers?
    private var monitor: Task<Void, Never>?
    private var sampler: Task<Void, Never>?
    private var versionLook: Task<Void, Never>?
    private var notices: ServerNotices?
    private var report: (@Sendable (RunNote) -> Void)?
    private let output: RelayedOutput?
    private var journal: OutputJournal?
    private var writer: Task<Void, Never>?

    /// - Parameters:
    ///   - configuration: the server's command, and how it is asked and warmed.
    ///   - lifeline: the program that ties the server to this process, with its first
    ///     arguments; nil looks for `modeljournal-lifeline` beside this program.
    public init(_ configuration: ServerConfiguration, lifeline: [String]? = nil) {
        self.init(configuration, lifeline: lifeline, output: nil)
    }

    /// - Parameter output: gets what the server writes, as it comes.
    package init(_ configuration: ServerConfiguration, lifeline: [String]? = nil, output: RelayedOutput?) {
        self.configuration = configuration
        self.lifeline = lifeline
        secrets = configuration.secrets()
        self.output = output
        output?.withhold(secrets)
    }

    deinit {
        // A client that is dropped without this is a programming error to its library.
        Task { [http] in await http.shutDown() }
        // Nobody is left who could stop it.
        scene.withLock { $0 }?.process.kill()
    }

    private nonisolated var program: String {
        configuration.command.first.map { $0.split(separator: "/").last.map(String.init) ?? $0 } ?? "the server"
    }

    /// Whether the server's program is here and may be run, and the one that ties it to this process.
    public nonisolated func availability() async -> ProviderAvailability {
        do {
            _ = try ServerCommand.executable(configuration.command, in: configuration.workingDirectory)
            _ = try LifelineProgram.find(lifeline)
            return .available(version: nil)
        } catch {
            return .unavailable(reason: secrets.removed(from: "\(error)"))
        }
    }

    // MARK: - Load

    /// Starts the server and returns once its probe succeeds.
    /// - Throws: `Failure` with reason `spawnFailed`, `processExited` or `oomKilled`, and the evidence.
    public func load(_ context: LoadContext) async throws {
        do { try await start(context.withholding(secrets)) } catch let failure as Failure {
            throw failure.withholding(secrets)
        }
    }

    private func start(_ context: LoadContext) async throws {
        _ = try await stop()
        try await requireNobodyElseAnswers()
        try Task.checkCancellation()
        let identifiers = TraceIdentifiers(context)
        let process: ServerProcess
        var environment = identifiers.environment.mapValues(Optional.some)
        // What the engine's own service manager gave the engine is not the server's.
        for name in ServiceManagerVariables.names { environment.updateValue(nil, forKey: name) }
        do {
            if configuration.probe == .notify {
                let notices = ServerNotices(try NotifySocket(), context)
                environment["NOTIFY_SOCKET"] = notices.socket.path
                self.notices = notices
                Task { await notices.follow() }
            }
            process = try await ServerProcess.start(
                configuration, lifeline: try LifelineProgram.find(lifeline), environment: environment, relay: output,
                onOutput: context.reportProgress)
        } catch {
            closeNotices()
            throw Failure(.spawnFailed, "\(program) could not be started: \(explanation(of: error))")
        }
        self.process = process
        self.identifiers = identifiers
        report = context.reportNote
        let evidence = EvidenceWatch(
            lifelinePID: process.lifelinePID, probe: configuration.probe, report: context.reportNote)
        watch = evidence
        scene.withLock { $0 = (process, evidence) }
        sampler = Task { await evidence.tree.watch() }
        let journal = OutputJournal(
            process, withholding: secrets, evidence: { [weak self] in self?.evidence()?.evidence },
            report: context.reportNote)
        self.journal = journal
        writer = Task { await journal.watch() }
        let pid = await evidence.startedServerPID(process)
        process.note(serverPID: pid)
        await context.reportSpawn(pid)
        if let pid { context.reportNote(RunNote(.process, message: "\(program) runs as pid \(pid)")) }
        try await untilReady(process, evidence, context)
        evidence.tree.becameReady()
        isReady()
        tellWhere(evidence, context.reportNote)
        monitor = Task { [configuration, http] in
            let failure = await Liveness(
                configuration: configuration, process: process, evidence: evidence, http: http,
                identifiers: identifiers, report: context.reportNote
            ).watch()
            guard let failure else { return }
            journal.note(isFinal: true)
            context.reportFailure(failure)
        }
    }

    private func closeNotices() {
        notices?.socket.close()
        notices = nil
    }

    /// What listens there before the server is started is another one, and would be taken for it once it is ready.
    private func requireNobodyElseAnswers() async throws {
        guard let probe = configuration.probe, probe.isOverNetwork, let prober = configuration.prober(http: http) else {
            return
        }
        var holder = ListeningSockets.holder(of: probe, unless: [])
        // A socket that is listed may be for other addresses than it seems, such as for those of IPv6 alone.
        if holder != nil, let (host, port) = probe.address,
            await !TCPProber(host: host, port: port, timeout: min(configuration.probeTimeout, .seconds(1))).ask()
                .isReady
        {
            holder = nil
        }
        // Which port it will take is not known: who answers is looked at once it listens.
        if configuration.supposesPort { return }
        if case .unix(let socket, _) = probe,
            case .other(let listener) = ListeningSockets.owner(ofSocket: socket, server: [], helpers: [])
        {
            holder = listener.name
        }
        if holder == nil {
            guard await prober.ask().isReady else { return }
        }
        let name = holder.map { ": pid \($0.pid) (\($0.program))" } ?? ""
        var failure = Failure(
            .spawnFailed,
            "something else answers at \(probe) already\(name); stop it, or give the server another port")
        if let holder {
            var evidence = FailureEvidence()
            evidence.probeTarget = Redaction.redact(probe.description)
            evidence.portHolder = holder
            failure.evidence = evidence
        }
        throw failure
    }

    /// Notes the address of a server that is ready, and the version that it tells. Neither delays READY.
    private func tellWhere(_ evidence: EvidenceWatch, _ report: @escaping @Sendable (RunNote) -> Void) {
        guard let target = evidence.address.target, target.isOverNetwork else { return }
        versionLook = Task {
            [
                http, program, source = configuration.versionSource, facts = configuration.modelFacts,
                timeout = configuration.probeTimeout
            ] in
            let remark = evidence.owner(of: target) == .unknown ? "; whose process listens there is not known" : ""
            report(RunNote(.process, message: "\(program) answers at \(Redaction.redact(target.description))\(remark)"))
            guard case .http(let url) = target else { return }
            if let facts, let words = await ServerFacts.ask(facts, at: url, timeout: timeout, http) {
                report(RunNote(.process, message: "\(program) says of its model: \(words)"))
            }
            guard let source else { return }
            guard let version = await ServerVersion.ask(source, at: url, timeout: timeout, http) else {
                return
            }
            var note = RunNote(.process)
            note.version = version
            report(note)
        }
    }

    /// What comes from here on is no part of the start any more.
    private func isReady() {
        process?.markReady()
        // What is known now takes tens of milliseconds to find out, and READY does not wait for it.
        if let journal { Task.detached { journal.note() } }
    }

    private func untilReady(_ process: ServerProcess, _ evidence: EvidenceWatch, _ context: LoadContext) async throws {
        let wait = ReadinessWait(
            configuration: configuration, process: process, evidence: evidence, http: http, context: context)
        let end = try await withThrowingTaskGroup(of: ServerProcess.End?.self) { group in
            group.addTask { try await process.waitForEnd() }
            group.addTask { [notices] in
                if let notices { try await notices.waitUntilLoaded() } else { try await wait.wait() }
                return nil
            }
            defer { group.cancelAll() }
            return try await group.next() ?? nil
        }
        if let end { throw failure(end, .beforeReady, process, evidence) }
        // Ready because something else answers on that port, while the server is gone already.
        if process.hasEnded { throw failure(try await process.waitForEnd(), .beforeReady, process, evidence) }
    }

    // MARK: - Warm-up

    /// Sends one warm-up request; without one there is nothing to do.
    /// - Parameter audio: goes along where the request asks for audio.
    /// - Throws: `Failure` with reason `warmupFailed`, or what ended the server meanwhile.
    public func warmUp(_ audio: AudioSamples) async throws {
        do { try await sendWarmup(audio) } catch let failure as Failure { throw failure.withholding(secrets) }
    }

    private func sendWarmup(_ audio: AudioSamples) async throws {
        guard let process, let evidence = watch, let identifiers else {
            throw Failure(.warmupFailed, "the server is not running", isFinal: true)
        }
        if let notices { try await waitUntilReady(notices, process, evidence) }
        if configuration.warmupCommand != nil { return try await runWarmupCommand(process, evidence) }
        // Where the server was found to listen.
        guard let request = configuration.warmup?.moved(from: configuration.probe, to: evidence.address.target) else {
            return
        }
        let sender = WarmupSender(
            request: request.withKey(configuration.key, for: evidence.address.target), audio: audio,
            directory: configuration.workingDirectory, identifiers: identifiers,
            timeout: configuration.warmupTimeout, http: http,
            note: { evidence.probes.noteWarmup($0, at: request.url.shown) })
        evidence.isWarmingUp = true
        // Where it ended meanwhile, it ended in the warm-up, whoever asks.
        defer { if !process.hasEnded { evidence.isWarmingUp = false } }
        enum Event: Sendable {
            case answered(WarmupSender.Result)
            case ended(ServerProcess.End)
        }
        let event = try await withThrowingTaskGroup { group in
            group.addTask { Event.ended(try await process.waitForEnd()) }
            group.addTask { Event.answered(await sender.send()) }
            defer { group.cancelAll() }
            return try await group.next() ?? .answered(.good(speed: nil))
        }
        try Task.checkCancellation()
        switch event {
        case .answered(.good(let speed)):
            evidence.probes.keep(warmupAnswer: nil)
            if let speed { report?(RunNote(.status, message: "warm-up request: \(speed)")) }
            isReady()
        case .answered(.refused(let complaint, let answer, _)):
            // Before it is cut.
            evidence.probes.keep(warmupAnswer: secrets.removed(from: answer))
            throw Failure(.warmupFailed, complaint)
        case .answered(.broken(let complaint, _)):
            evidence.probes.keep(warmupAnswer: nil)
            // A server that dies closes its connections first.
            if let end = await process.endsSoon() { throw failure(end, .duringWarmup, process, evidence) }
            throw Failure(.warmupFailed, complaint)
        case .ended(let end): throw failure(end, .duringWarmup, process, evidence)
        }
    }

    private func runWarmupCommand(_ process: ServerProcess, _ evidence: EvidenceWatch) async throws {
        guard let command = configuration.warmupCommand else { return }
        let address = evidence.address.target.map { ["MODELJOURNAL_ADDRESS": $0.description] } ?? [:]
        let prober = CommandProber(
            command: command, timeout: configuration.warmupTimeout, workingDirectory: configuration.workingDirectory,
            environment: address, question: "the warm-up command")
        evidence.isWarmingUp = true
        defer { if !process.hasEnded { evidence.isWarmingUp = false } }
        let answer = await prober.ask()
        try Task.checkCancellation()
        guard !answer.isReady else { return isReady() }
        if let end = await process.endsSoon() { throw failure(end, .duringWarmup, process, evidence) }
        throw Failure(.warmupFailed, answer.line)
    }

    /// A server that tells its own phases warms itself; a request of ours comes after that.
    private func waitUntilReady(
        _ notices: ServerNotices, _ process: ServerProcess, _ evidence: EvidenceWatch
    ) async throws {
        evidence.isWarmingUp = true
        defer { if !process.hasEnded { evidence.isWarmingUp = false } }
        let end = try await withThrowingTaskGroup(of: ServerProcess.End?.self) { group in
            group.addTask { try await process.waitForEnd() }
            group.addTask {
                try await notices.waitUntilReady()
                return nil
            }
            defer { group.cancelAll() }
            return try await group.next() ?? nil
        }
        if let end { throw failure(end, .duringWarmup, process, evidence) }
    }

    /// Not done here: the server is asked over its own API.
    /// - Throws: `Failure` with reason `runtimeUnhealthy`, always.
    public func transcribe(_ audio: AudioSamples) async throws -> Transcript {
        throw Failure(.runtimeUnhealthy, "\(program) is asked over its own API, not through the engine")
    }

    // MARK: - Unload

    /// TERM to the server's process group, KILL to everything of it after the stop timeout.
    /// - Throws: a `Failure` whose evidence says `killedAfterStopTimeout` if the server had to be killed; its memory
    ///   has been given back all the same.
    public func unload() async throws {
        if let failure = try await stop() { throw failure }
    }

    /// - Returns: what is to be recorded; nil if the server ended when it was asked to.
    private func stop() async throws -> Failure? {
        versionLook?.cancel()
        versionLook = nil
        monitor?.cancel()
        monitor = nil
        sampler?.cancel()
        sampler = nil
        guard let process else { return nil }
        var failure: Failure?
        // From here on they end because they are told to.
        watch?.tree.tellTheRest()
        process.terminate()
        let ended = await process.ends(within: configuration.stopTimeout)
        if !ended {
            failure = lateStop(process)
            process.kill()
            // Nothing survives KILL for long; a process in an uninterruptible sleep is for the engine's own timeout.
            _ = try await process.waitForEnd()
        }
        writer?.cancel()
        journal?.note(isFinal: true)
        (journal, writer) = (nil, nil)
        self.process = nil
        watch = nil
        closeNotices()
        scene.withLock { $0 = nil }
        guard var failure else { return nil }
        // With what it has written since.
        failure.outputTail = process.outputText
        report?(RunNote(.stop, message: failure.message, evidence: failure.evidence))
        return failure.withholding(secrets)
    }

    /// How the server is found when the stop timeout is over, which nothing can tell any more once it is killed.
    private func lateStop(_ process: ServerProcess) -> Failure {
        let open = watch.flatMap { OpenConnections.count(to: $0.tree.processIDs) } ?? 0
        let connections =
            open == 0 ? "" : open == 1 ? "; 1 connection to it was open" : "; \(open) connections to it were open"
        var evidence = FailureEvidence()
        evidence.killedAfterStopTimeout = true
        return Failure(
            .unloadTimeout,
            "\(program) did not end within \(configuration.stopTimeout.brief) of SIGTERM and was killed\(connections)",
            signal: 9, evidence: evidence)
    }

    /// The server's output and what its process was seen to do, as far as it is known now.
    public nonisolated func evidence() -> ProviderEvidence? {
        guard let (process, watch) = scene.withLock({ $0 }) else { return nil }
        watch.sample()
        var evidence = watch.evidence(end: process.end, droppedOutput: process.droppedOutput)
        evidence.outputLinesSinceReady = process.outputLinesSinceReady
        return ProviderEvidence(outputTail: process.outputText, evidence: evidence).withholding(secrets)
    }

    // MARK: - Failures

    /// What starting a process threw, in the words of this configuration where the reason can be seen.
    private func explanation(of error: any Error) -> String {
        if let folder = configuration.workingDirectory {
            var isFolder: ObjCBool = false
            guard FileManager.default.fileExists(atPath: folder, isDirectory: &isFolder) else {
                return "its working directory \(folder) does not exist"
            }
            guard isFolder.boolValue else { return "its working directory \(folder) is not a directory" }
        }
        // Of those that executing and forking share: no process to be had, too long arguments.
        let code = (error as? SubprocessError)?.underlyingError?.rawValue
        return "\(error)" + (code.flatMap { ServerCommand.explanation("", $0) }.map { " (\($0))" } ?? "")
    }

    private func failure(
        _ end: ServerProcess.End, _ when: ServerFailure.When, _ process: ServerProcess, _ evidence: EvidenceWatch
    ) -> Failure {
        var failure = ServerFailure.of(end, program: program, when: when, configuration, process, evidence)
        for remark in notices?.remarks ?? [] { failure.message += "; \(remark)" }
        return failure
    }
}
