import Foundation
import JournalRendering
import ServerProvider
import Synchronization

/// The output of the servers of one engine on its way to where the user wants it.
final class LiveOutput: Sendable {
    private let relay: OutputRelay
    /// What waits for a slow reader at most, in bytes; what is over that is dropped, and counted in the output.
    private static let waiting = 8 << 20

    /// - Parameter journal: a file must not be one of it.
    /// - Returns: nil if nothing is to be passed on.
    /// - Throws: `CommandFailure` if the file cannot be written.
    init?(_ argument: ServerOutputArgument?, journal: String, _ terminal: TerminalLog) throws {
        let names = ModelNames()
        switch argument {
        case nil, .some(.none): return nil
        case .inherit:
            let keepsColor = terminal.screen.isColored
            relay = OutputRelay(limit: Self.waiting) { part in
                for line in names.prefixed(part) {
                    // A reader that stands still must not hold the lock that the engine's own lines need.
                    Self.waitUntilWritable(STDERR_FILENO)
                    terminal.line(ServerLine.harmless(line, keepsColor: keepsColor))
                }
            }
        case .file(let path):
            let file = try OutputFile(path, journal: journal) { terminal.line("modeljournal: \($0)") }
            relay = OutputRelay(limit: Self.waiting) { part in
                file.write(names.prefixed(part).map { ServerLine.harmless($0, keepsColor: false) })
            }
        }
    }

    /// A place for the output of the server of a model.
    func output(of model: String) -> RelayedOutput { relay.stream(of: model) }

    /// The servers have ended. A reader that stands still is not waited for.
    func finish() { relay.finish(within: 2) }

    private static func waitUntilWritable(_ descriptor: Int32) {
        var output = pollfd(fd: descriptor, events: Int16(POLLOUT), revents: 0)
        while poll(&output, 1, -1) < 0, errno == EINTR {}
    }
}

/// The models whose servers have written something. Each line names its own as soon as there are two.
private final class ModelNames: Sendable {
    private let names = Mutex<Set<String>>([])

    func prefixed(_ part: OutputRelay.Lines) -> [String] {
        let count = names.withLock { names in
            if !part.model.isEmpty { names.insert(part.model) }
            return names.count
        }
        guard count > 1, !part.model.isEmpty else { return part.lines }
        let prefix = Escaping.visible(part.model) + " | "
        return part.lines.map { prefix + $0 }
    }
}
