import ArgumentParser
import Foundation
import LifecycleJournal
import Logging
import StatusServer

/// `--listen HOST:PORT`.
struct ListenArgument: ExplainedArgument, CustomStringConvertible {
    static let accepted = "give HOST:PORT, such as 127.0.0.1:8300, [::1]:8300 or, for any free port, localhost:0"

    let address: ListenAddress

    init(_ address: ListenAddress) { self.address = address }

    init?(argument: String) {
        guard let address = ListenAddress(argument) else { return nil }
        self.address = address
    }

    var description: String { address.description }
}

/// By which names a status server may be asked.
struct HostOptions: ParsableArguments {
    @Option(
        name: .long,
        help: ArgumentHelp(
            "A name by which the status server may be asked, beside localhost and the address that a request comes in "
                + "by; may be repeated.", valueName: "name"))
    var allowHost: [String] = []

    func validate() throws {
        for name in allowHost where name.isEmpty || name.contains(where: { $0.isWhitespace || "/*@".contains($0) }) {
            throw ValidationError(
                "--allow-host takes a name as a browser sends it, such as models.example.org, with a port or without.")
        }
    }

    /// - Throws: `CommandFailure` where nobody can listen there.
    func bind(_ address: ListenAddress, _ logger: Logger) async throws -> StatusServer {
        do {
            return try await StatusServer.bind(
                address, allowedHosts: allowHost, limits: ConnectionLimits(openFiles: OpenFiles.limit), logger: logger)
        } catch let failure as BindFailure {
            throw CommandFailure(failure.isForbidden ? .permission : .unavailable, failure.description)
        }
    }
}
