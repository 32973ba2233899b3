import ArgumentParser
import Foundation
import JournalRendering
import LifecycleJournal
import ModelLifecycle

extension ModelJournalCommand {
    /// One line on stderr that says what, which file and what to do, then the status.
    static func end(_ error: any Error) -> Never {
        switch error {
        case let error as JournalError:
            // A wrong request is about the words of the command, not about the file.
            let text = error.code == .invalidRequest ? error.message : error.description
            failed(Invocation.ofProcess.completing(text))
            Foundation.exit(ExitStatus(error.code).rawValue)
        case let error as CommandFailure:
            failed(Invocation.ofProcess.completing(error.message))
            Foundation.exit(error.status.rawValue)
        default:
            let code = exitCode(for: error)
            let message = message(for: error)
            // A request for help is none, and a status alone comes after an answer.
            guard code != .success, !message.isEmpty else { exit(withError: error) }
            failed(
                code.rawValue == ExitStatus.usage.rawValue
                    ? UsageError.line(message, arguments: Array(CommandLine.arguments.dropFirst())) : message)
            Foundation.exit(code.rawValue)
        }
    }

    /// Paths and words that were typed may hold secrets, and so do messages that quote them.
    private static func failed(_ text: String) {
        StandardError.line("modeljournal: \(Escaping.visible(Redaction.redact(text)))")
    }
}
