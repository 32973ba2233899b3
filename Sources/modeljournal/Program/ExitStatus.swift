import LifecycleJournal

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
