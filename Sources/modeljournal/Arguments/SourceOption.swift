import ArgumentParser
import FleetStore
import Foundation
import JournalReports
import LifecycleJournal

/// Where an answer comes from: a journal, or a store of many.
struct SourceOption: ParsableArguments {
    @OptionGroup var journal: JournalOption

    @Option(
        name: .long,
        help: ArgumentHelp(
            "Ask a store of many journals: http://HOST:PORT/DATABASE, or https; see `ship`.", valueName: "url"),
        transform: FleetOption.address)
    var fleet: FleetAddress?

    func validate() throws {
        if fleet != nil, journal.journal != nil {
            throw ValidationError("--fleet and --journal exclude each other.")
        }
    }

    /// - Parameter saysIfEmpty: false for a command that cannot answer then, and says so itself.
    func with<Result>(saysIfEmpty: Bool = true, _ body: (any ReportSource) async throws -> Result) async throws
        -> Result
    {
        guard let fleet else { return try await body(journal.reader(saysIfEmpty: saysIfEmpty)) }
        return try await FleetOption.withClient(of: fleet) { client in
            let reader = FleetReader(client)
            try await FleetSchema(client).check()
            if saysIfEmpty, try await reader.isEmpty() {
                StandardError.line("modeljournal: \(fleet): nothing has been shipped yet; `modeljournal ship` does")
            }
            return try await body(reader)
        }
    }
}
