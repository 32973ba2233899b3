/// The class of an exception at the beginning of a line: `torch.OutOfMemoryError: …`, `KeyError`.
struct ExceptionName {
    var name: String
    /// Without modules.
    var last: String
    /// What follows the colon; empty if the exception has no message.
    var message: String

    /// nil if the line does not begin as an exception does.
    init?(_ bytes: [UInt8]) {
        var end = 0
        while end < bytes.count, end < 200,
            bytes[end].isNamePart || bytes[end].isOne(of: ".<>()$") || bytes[end] >= 0x80
        {
            end += 1
        }
        guard let first = bytes.first, end > 0, first.isLetter || first == UInt8(ascii: "_") || first >= 0x80 else {
            return nil
        }
        guard
            end == bytes.count
                || (bytes[end] == UInt8(ascii: ":") && (end + 1 == bytes.count || bytes[end + 1].isBlank))
        else { return nil }
        name = String(decoding: bytes[..<end], as: UTF8.self)
        let parts = bytes[..<end].split(separator: UInt8(ascii: "."))
        guard let final = parts.last, let initial = final.first, !bytes[..<end].has("()") else { return nil }
        // A name in small letters is a class only with its module.
        guard initial.isUppercase || initial == UInt8(ascii: "_") || initial >= 0x80 || parts.count > 1 else {
            return nil
        }
        last = String(decoding: final, as: UTF8.self)
        message = String(decoding: bytes[Swift.min(end + 1, bytes.count)...].drop(while: \.isBlank), as: UTF8.self)
    }

    /// Whether the name alone tells that this is an exception.
    var isError: Bool {
        ["Error", "Exception", "Failure", "Fault", "Group", "Interrupt"].contains { last.hasSuffix($0) }
            && !(last.hasSuffix("Group") && !last.hasSuffix("ExceptionGroup"))
            || last.hasSuffix("Error)") || last == "SystemExit"
    }

    /// Raised where a program or a task is told to end: no cause of anything.
    var isFarewell: Bool {
        switch last {
        case "KeyboardInterrupt", "CancelledError", "GeneratorExit", "InterruptedException", "StopAsyncIteration": true
        case "SystemExit": message.isEmpty || message.utf8.allSatisfy { $0.isDigit || $0 == UInt8(ascii: "-") }
        default: false
        }
    }

    /// Says that another process or task failed, which has said why itself.
    var isEcho: Bool {
        switch last {
        case "ChildFailedError", "CalledProcessError", "EngineDeadError", "_RemoteTraceback", "RemoteTraceback",
            "BrokenProcessPool", "ProcessRaisedException", "WorkerCrashedError", "ExceptionGroup", "BaseExceptionGroup",
            "RuntimeEnvSetupError", "BrokenPipeError", "ConnectionResetError", "ProcessExitedException":
            true
        default: last.hasPrefix("RayTaskError") || last.hasPrefix("Actor") && message.utf8.elementsEqual("".utf8)
        }
    }

    /// An exception of a look-up: what is raised because of it usually says more.
    var isWeak: Bool {
        switch last {
        case "KeyError", "AttributeError", "IndexError", "NameError", "StopIteration", "LookupError": true
        default: message.isEmpty
        }
    }
}
