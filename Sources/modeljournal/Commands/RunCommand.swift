public import ArgumentParser
import Foundation
import JournalCare
import JournalRendering
import LifecycleEngine
import LifecycleJournal
public import Logging
import ModelLifecycle
import ServerProvider
import StatusServer
import UnixSignals

struct RunCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "run", abstract: "Bring a model to READY, journal every transition, keep it until stopped.",
        discussion: """
            Opening the journal settles the past: what a dead engine left in flight is recorded as \
            interrupted. SIGTERM, SIGINT and SIGHUP unload the model. Exit 0 after a clean unload, 1 if the model \
            ended in ERROR.

            Examples:
              modeljournal run --once                    load, warm up, unload
              modeljournal run --resume                  carry on after a crash, keep READY
              modeljournal run --once --warmup full --max-retries 3
              modeljournal run --model base --preset whisper-server -- whisper-server -m base.bin
              modeljournal run --listen 127.0.0.1:8300   with a page that shows it live
              modeljournal run --model base --server-output base.log --preset whisper-server -- whisper-server -m base.bin
              modeljournal run --model base --fallback tiny --fallback pocketsphinx -- whisper-server -m base.bin
            """)

    @OptionGroup var journal: JournalOption
    @OptionGroup var options: RunOptions
    @OptionGroup(title: "Model server options") var serverOptions: ServerOptions

    @Flag(
        name: .long,
        help: ArgumentHelp(
            "Carry on with the models that a dead engine wanted READY, each as it was started but for the limits that "
                + "are given; starts --model if there are none."))
    var resume = false

    @Option(name: .long, help: ServerOutputArgument.help)
    var serverOutput: ServerOutputArgument?

    @Flag(name: .long, help: "Unload and exit once READY.")
    var once = false

    @Option(
        name: .long,
        help: ArgumentHelp(
            "Serve the status page, health checks, metrics and events of these models there.", valueName: "host:port"),
        transform: ListenArgument.parsed)
    var listen: ListenArgument?

    @OptionGroup var hosts: HostOptions

    @Option(name: .long, help: "trace, debug, info, notice, warning, error or critical.")
    var logLevel: Logger.Level = .info

    func validate() throws {
        if serverOutput != nil, serverOptions.command.isEmpty, !resume, options.fallback.isEmpty {
            throw ValidationError("--server-output is for a model server; add its command after --.")
        }
    }

    /// What to start: in this process, or as a server.
    func wanted() throws -> (configuration: RunConfiguration, server: ServerConfiguration?) {
        var server = try serverOptions.configuration(
            model: options.model ?? Providers.defaultModel, stopTimeout: options.stop,
            // A moment longer than the engine's own limit, which says where the request stood.
            warmupTimeout: (options.warmupTimeout?.duration ?? options.startup) + .seconds(1))
        if server?.probe == .notify, options.warmup == WarmupConfiguration.Level.none {
            server?.warmup = nil
            server?.warmupCommand = nil
        }
        return (try options.configuration(server, warmupCount: serverOptions.warmupCount), server)
    }

    func run() async throws {
        let (configuration, server) = try wanted()
        let terminal = TerminalLog(descriptor: STDERR_FILENO)
        let output = try LiveOutput(serverOutput, journal: journal.path, terminal)
        let registry = Providers.registry(server.map { (configuration.model, $0) }, output: output)
        guard registry.information(configuration.provider) != nil else {
            let known = registry.availableProviders.joined(separator: ", ")
            throw CommandFailure(.usage, "no provider '\(configuration.provider)'; known: \(known)")
        }
        if !resume { try requireKnownModel(configuration, registry) }
        let fallbacks = try FallbackNames(options: options, journal: journal, registry: registry)
            .configurations(wanted: configuration.model)
        var logger = Logger(label: "modeljournal") { _ in TerminalLogHandler(terminal) }
        logger.logLevel = logLevel

        if let server, server.probe == nil {
            logger.warning(
                "without --probe or --preset READY says only that the server runs, not that it answers",
                metadata: ["model": "\(configuration.model)"])
        }

        // A log whose reader has gone is no reason to end. Not SIG_IGN, which child processes would inherit.
        signal(SIGPIPE) { _ in }
        // Signals are caught before the model moves, so that none can end the engine half-way.
        let signals = await UnixSignalsSequence(trapping: Self.stopSignals)
        // A port in use is told before anything is opened, let alone loaded.
        let status: StatusServer? =
            if let listen { try await hosts.bind(listen.address, logger) } else { nil }
        do {
            try await run(configuration, fallbacks, registry, signals, terminal, logger, status)
        } catch {
            await status?.stop()
            output?.finish()
            throw error
        }
        await status?.stop()
        output?.finish()
    }

    private func run(
        _ configuration: RunConfiguration, _ fallbacks: [RunConfiguration], _ registry: ASRProviderRegistry,
        _ signals: UnixSignalsSequence, _ terminal: TerminalLog, _ logger: Logger, _ status: StatusServer?
    ) async throws {
        let engine = try EngineJournal(
            path: try journal.pathForWriting(), programVersion: Program.version, setsDamageAside: true)
        if let aside = engine.setAside {
            terminal.line(
                "modeljournal: \(Escaping.visible(engine.path)): the journal was damaged; it lies whole in "
                    + "\(Escaping.visible(aside)) now, and a new one is begun")
        }
        for run in engine.recovered {
            logger.warning(
                "Settled: \(run.model) was interrupted in \(run.state) when pid \(run.pid) ended",
                metadata: [
                    "model": "\(run.model)", "run_id": "\(run.run.runID)", "correlation_id": "\(run.run.correlationID)",
                ])
        }
        let groups: [FallbackPreloader]
        do {
            let models = OwnModels()
            if let status {
                try status.open(
                    journal: engine.path, source: models, version: Program.version, invocation: .ofProcess)
                terminal.line("modeljournal: \(status.address.url) shows this engine's models")
            }
            groups = try await begin(configuration, fallbacks, registry, engine, terminal, logger)
            models.show(groups)
        } catch {
            do { try engine.close() } catch { logger.warning("the journal was not closed: \(error)") }
            throw error
        }
        let session = RunSession(
            groups: groups, once: once, terminal: terminal, path: engine.path,
            logsFailures: logLevel <= .error,
            notice: ServiceManager(ProcessInfo.processInfo.environment).map {
                ServiceNotice(manager: $0, groups: groups)
            })
        let succeeded = await session.run(until: signals)
        var isComplete = true
        for group in groups {
            for (configuration, transitions) in await group.close() {
                isComplete = isComplete && transitions.isEmpty
                session.report(unwritten: transitions, of: configuration, by: engine.engineID)
            }
        }
        let closing = Result { try engine.close() }
        guard isComplete else {
            // Whatever closing says has the same reason, and this one says what to do. The next engine records the
            // end of what it finds in flight, and these lines would not fit behind that.
            throw CommandFailure(
                .inputOutput,
                "\(engine.path): could not be written; `modeljournal import` takes in the lines above, before the next run"
            )
        }
        try closing.get()
        guard succeeded else { throw ExitCode(ExitStatus.no.rawValue) }
    }

    /// What unloads the models. A terminal that goes away is one, unless `nohup` has said that it is none.
    private static var stopSignals: [UnixSignal] {
        var action = sigaction()
        sigaction(SIGHUP, nil, &action)
        #if canImport(Darwin)
            let handler = action.__sigaction_u.__sa_handler
        #else
            let handler = action.__sigaction_handler.sa_handler
        #endif
        let isIgnored = unsafeBitCast(handler, to: Int.self) == unsafeBitCast(SIG_IGN, to: Int.self)
        return [.sigterm, .sigint] + (isIgnored ? [] : [.sighup])
    }

    /// Without a path the name alone says what to load: an unknown one must not load something else.
    private func requireKnownModel(_ configuration: RunConfiguration, _ registry: ASRProviderRegistry) throws {
        guard configuration.modelPath == nil, configuration.options.isEmpty,
            let known = registry.information(configuration.provider)?.models, !known.isEmpty,
            !known.contains(configuration.model)
        else { return }
        throw CommandFailure(
            .usage,
            "\(configuration.provider) knows no model '\(Escaping.visible(configuration.model))' by name; known: "
                + "\(known.joined(separator: ", ")); for another one add --model-path PATH")
    }

    /// The models to drive, their loads under way.
    private func begin(
        _ configuration: RunConfiguration, _ fallbacks: [RunConfiguration], _ registry: ASRProviderRegistry,
        _ engine: EngineJournal, _ terminal: TerminalLog, _ logger: Logger
    ) async throws -> [FallbackPreloader] {
        let claim: @Sendable (RunConfiguration) async throws -> ModelPreloader = {
            try await ModelPreloader(configuration: $0, registry: registry, journal: engine, logger: logger)
        }
        if resume {
            let models = options.model.map { Set([$0] + fallbacks.map(\.model)) }
            let resumed = try await ModelPreloader.resume(
                journal: engine, registry: registry, models: models,
                logger: logger
            ) { recorded in
                // A command that is given is the one that runs; the journal keeps no secrets of the old one.
                configuration.options.isEmpty || recorded.model != configuration.model
                    ? try options.changing(recorded) : configuration
            }
            for model in resumed where model.isCrashLoop {
                terminal.line(
                    "modeljournal: \(Escaping.visible(model.interrupted.configuration.model)) is left alone, as it was "
                        + "interrupted \(model.interrupted.interruptionsInARow) times in a row before READY; once the "
                        + "reason is gone, start it without --resume")
            }
            if !resumed.isEmpty {
                return resumed.map { model in
                    let isOurs =
                        (model.interrupted.run.wanted ?? model.preloader.configuration.model) == configuration.model
                    return FallbackPreloader(
                        preferred: model.preloader, fallbacks: isOurs ? fallbacks : [], logger: logger, claim: claim)
                }
            }
            try requireKnownModel(configuration, registry)
        }
        let preloader = try await claim(configuration)
        preloader.begin(correlationID: options.correlationId)
        return [FallbackPreloader(preferred: preloader, fallbacks: fallbacks, logger: logger, claim: claim)]
    }
}

extension Logger.Level: @retroactive ExpressibleByArgument {}
