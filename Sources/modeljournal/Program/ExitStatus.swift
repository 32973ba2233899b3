import ArgumentParser
import Foundation
import JournalRendering
import LifecycleJournal
import ModelLifecycle

/// Exit statuses, as in sysexits(3).
enum ExitStatus: Int32 {
    case no = 1
    case usage = 64
    case dataError = 65
    case noInput = 66
    case unavailable = 69
    case cannotCreate = 73
    case inputOutput = 74
    case temporary = 75
    case permission = 77

    init(_ code: JournalError.Code) {
        switch code {
        case .notFound: self = .noInput
        case .notAJournal, .damaged, .newerVersion, .invalidData: self = .dataError
        case .cannotCreate: self = .cannotCreate
        case .unsuitableFileSystem: self = .unavailable
        case .permissionDenied: self = .permission
        case .diskFull, .inputOutput: self = .inputOutput
        case .busy: self = .temporary
        case .invalidRequest: self = .usage
        }
    }

    /// One line on stderr that says what, which file and what to do, then the status.
    static func exit(_ error: any Error) -> Never {
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
            let code = ModelJournalCommand.exitCode(for: error)
            let message = ModelJournalCommand.message(for: error)
            // A request for help is none, and a status alone comes after an answer.
            guard code != .success, !message.isEmpty else { ModelJournalCommand.exit(withError: error) }
            failed(
                code.rawValue == usage.rawValue
                    ? UsageError.line(message, arguments: Array(CommandLine.arguments.dropFirst())) : message)
            Foundation.exit(code.rawValue)
        }
    }

    /// Paths and words that were typed may hold secrets, and so do messages that quote them.
    private static func failed(_ text: String) {
        StandardError.line("modeljournal: \(Escaping.visible(Redaction.redact(text)))")
    }
}

/// A command that cannot do what was asked.
struct CommandFailure: Error {
    var status: ExitStatus
    var message: String

    init(_ status: ExitStatus, _ message: String) {
        self.status = status
        self.message = message
    }
}

/// What the system said, below what a library made of it.
enum SystemError {
    static func code(_ error: any Error) -> CInt? {
        var next: (any Error)? = error
        while let error = next {
            let bridged = error as NSError
            if bridged.domain == NSPOSIXErrorDomain { return CInt(bridged.code) }
            next = bridged.userInfo[NSUnderlyingErrorKey] as? any Error
        }
        return nil
    }

    /// With a colon in front; empty where the system said nothing.
    static func words(_ error: any Error) -> String { code(error).map { ": \(String(cString: strerror($0)))" } ?? "" }
}

enum StandardError {
    static func line(_ text: String) { write(text + "\n") }

    /// What cannot be written is lost: a full disk or a reader that has gone must not end an engine, as
    /// `FileHandle` would.
    static func write(_ text: String) {
        var rest = Array(text.utf8)[...]
        while !rest.isEmpty {
            let count = rest.withUnsafeBytes { Foundation.write(STDERR_FILENO, $0.baseAddress, $0.count) }
            if count < 0, errno == EINTR { continue }
            guard count > 0 else { return }
            rest = rest.dropFirst(count)
        }
    }
}
