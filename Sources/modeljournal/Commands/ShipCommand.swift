import ArgumentParser
import FleetStore
import Foundation
import JournalCare
import JournalRendering
import JournalReports
import LifecycleJournal
import Logging
import UnixSignals

struct ShipCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "ship", abstract: "Send the journal to a store of many journals (ClickHouse).",
        discussion: """
            What was shipped is not shipped again, and what is sent twice counts once. With --follow it goes on until \
            SIGTERM, through failures of the store. The user and the password come from MODELJOURNAL_FLEET_USER and \
            MODELJOURNAL_FLEET_PASSWORD, or a file that MODELJOURNAL_FLEET_PASSWORD_FILE names.

            Examples:
              modeljournal ship --to http://store:8123/fleet --prepare
              modeljournal ship --to https://store:8443/fleet --follow
              modeljournal stats --fleet https://store:8443/fleet --by host
            """)

    @Option(
        name: .long, help: ArgumentHelp("The store: http://HOST:PORT/DATABASE, or https.", valueName: "url"),
        transform: FleetOption.address)
    var to: FleetAddress

    @Flag(name: .shortAndLong, help: "Go on with what is recorded later.")
    var follow = false

    @Flag(name: .long, help: "Make the tables first that are missing in the store.")
    var prepare = false

    @Option(name: .long, help: "With --prepare: make them on all servers of this cluster.")
    var cluster: String?

    @Flag(name: .long, help: "Only --prepare, and ship nothing.")
    var prepareOnly = false

    @Flag(name: .long, help: "Ship nothing to this store any more, and let `prune` wait for it no longer.")
    var forget = false

    @OptionGroup var journal: JournalOption

    @Option(name: .long, help: "trace, debug, info, notice, warning, error or critical.")
    var logLevel: Logger.Level = .info

    func validate() throws {
        if cluster != nil, !prepare, !prepareOnly { throw ValidationError("--cluster is for --prepare.") }
        if forget, follow || prepare || prepareOnly { throw ValidationError("--forget excludes all others.") }
        if follow, prepareOnly { throw ValidationError("--follow and --prepare-only exclude each other.") }
    }

    func run() async throws {
        if forget {
            guard try ShipmentCursor(path: journal.path, store: to.description).forget() else {
                throw CommandFailure(.usage, "\(journal.path) is not shipped to \(to)")
            }
            return
        }
        try await FleetOption.withClient(of: to) { client in
            if prepare || prepareOnly { try await FleetSchema(client).prepare(cluster: cluster) }
            if !prepareOnly { try await ship(client) }
        }
    }

    private func ship(_ client: ClickHouseClient) async throws {
        let terminal = TerminalLog(descriptor: STDERR_FILENO)
        var logger = Logger(label: "modeljournal") { _ in TerminalLogHandler(terminal) }
        logger.logLevel = logLevel
        let path = journal.path
        // Says at once that there is no journal.
        _ = try JournalReader(path: path)
        let shipper = Shipper(journal: path, client: client, logger: logger)
        let signals = await UnixSignalsSequence(trapping: .sigterm, .sigint)
        let follow = follow
        let summary = try await withThrowingTaskGroup(of: Shipper.Summary?.self) { group in
            group.addTask { try await shipper.run(follows: follow) }
            group.addTask {
                for await _ in signals { break }
                return nil
            }
            var summary: Shipper.Summary?
            while let result = try await group.next() {
                summary = result ?? summary
                group.cancelAll()
            }
            return summary ?? Shipper.Summary()
        }
        // Asked for all of it, and stopped before.
        guard follow || summary.isComplete else {
            throw CommandFailure(
                .temporary,
                "stopped after \(summary.transitions) transition\(summary.transitions == 1 ? "" : "s"); the rest is still "
                    + "to be shipped to \(to)")
        }
        let known = summary.known > 0 ? ", \(summary.known) were there already" : ""
        terminal.line(
            "modeljournal: \(summary.transitions) transition\(summary.transitions == 1 ? "" : "s") shipped to \(to)\(known)"
        )
    }
}
