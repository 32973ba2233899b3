import ArgumentParser
import Foundation
import JournalRendering
import LifecycleJournal
import Logging
import StatusServer
import UnixSignals

struct ServeCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "serve", abstract: "Serve the status page and its endpoints over a journal, read-only.",
        discussion: """
            Serves until SIGTERM or SIGINT: / (a page that shows what happens as it happens), /health, /livez, /readyz, \
            /startupz, /model-status, /metrics (Prometheus) and /events (server-sent events). An engine serves its own \
            models with `run --listen`. There is no password: only this machine is listened to, unless another address \
            is named.

            Examples:
              modeljournal serve
              modeljournal serve --listen 127.0.0.1:9000 --journal /var/lib/modeljournal/journal.sqlite
              curl -N http://127.0.0.1:8300/events
            """)

    @Option(
        name: .long,
        help: ArgumentHelp("Where to listen. (default: \(Self.address))", valueName: "host:port"),
        transform: ListenArgument.parsed)
    var listen = Self.address

    @OptionGroup var hosts: HostOptions
    @OptionGroup var journal: JournalOption

    private static let address = ListenArgument(ListenAddress(host: "127.0.0.1", port: 8300))

    func run() async throws {
        // Says at once what is wrong with the journal, before anybody can ask.
        _ = try journal.reader()
        let signals = await UnixSignalsSequence(trapping: [.sigterm, .sigint, .sighup])
        OpenFiles.raiseLimit()
        let terminal = TerminalLog(descriptor: STDERR_FILENO)
        let logger = Logger(label: "modeljournal") { _ in TerminalLogHandler(terminal) }
        let server = try await hosts.bind(listen.address, logger)
        do {
            try server.open(
                journal: journal.path, source: nil, version: Program.version,
                invocation: .ofProcess)
        } catch {
            await server.stop()
            throw error
        }
        terminal.line("modeljournal: \(server.address.url) shows \(Escaping.visible(journal.path))")
        for await _ in signals { break }
        await server.stop()
    }
}
