/// Decides how much one message tells.
enum Judgement {
    /// - Parameter level: as its logger gave it; nil if it gave none.
    static func rank(_ line: OutputLine) -> Rank {
        if line.isEmpty { return .noise }
        let words = Words(line.bytes)
        if Noise.isNoise(line, words: words) { return .noise }
        let level = line.level ?? inner(line.bytes, words: words)
        switch level {
        case .error: return rank(ofError: line.bytes, words: words)
        case .warning: return rank(ofWarning: words)
        case .info, .detail: return rank(ofOrdinary: words)
        case nil: break
        }
        if isBareException(line.bytes) { return rank(ofError: line.bytes, words: words) }
        if Phrases.harmless.occurs(in: words) { return .ordinary }
        if isFarewell(line.bytes, words: words) { return .farewell }
        if speaksOfAnError(line.bytes, words: words) { return rank(ofError: line.bytes, words: words) }
        if !line.bytes.has(" = "), let hint = Phrases.hints.first(in: words), !isDenied(words, before: hint.lowerBound)
        {
            return .hint
        }
        return rank(ofOrdinary: words)
    }

    private static func rank(ofWarning words: Words) -> Rank {
        if Phrases.farewells.phrase(in: words, at: 0) != nil { return .farewell }
        if Phrases.harmless.occurs(in: words) || words.words.contains("deprecated") { return .ordinary }
        let says =
            Phrases.hints.occurs(in: words) || Phrases.reasons.occurs(in: words) || Phrases.failedTo.occurs(in: words)
        return says ? .hint : .ordinary
    }

    private static func rank(ofOrdinary words: Words) -> Rank {
        if Phrases.farewells.phrase(in: words, at: 0) != nil { return .farewell }
        if Phrases.echoes.occurs(in: words), words.words.contains(where: { ended.contains($0) }) { return .hint }
        return Phrases.recoveries.occurs(in: words) ? .recovery : .ordinary
    }

    private static let ended: Set<String> = ["exited", "died", "crashed", "killed"]

    // MARK: Errors

    /// The rank of what is an error for certain.
    static func rank(ofError bytes: some RandomAccessCollection<UInt8>) -> Rank {
        let bytes = Array(bytes)
        return rank(ofError: bytes, words: Words(bytes))
    }

    private static func rank(ofError bytes: [UInt8], words: Words) -> Rank {
        if words.count == 0 { return .noise }
        if Phrases.probes.occurs(in: words) || Phrases.known.occurs(in: words) { return .noise }
        if Phrases.harmless.occurs(in: words) { return .harmless }
        if Phrases.requests.occurs(in: words) { return .request }
        if let inner = innerException(bytes), rank(ofError: bytes[inner...]) == .reason { return .reason }
        let echo = Phrases.echoes.first(in: words)
        if let echo {
            return givesReason(bytes, words: words, after: echo) ? .reason : .echo
        }
        if isFarewell(bytes, words: words) { return .echo }
        // `error: failed to load model 'x'` says what and not why.
        for index in 0..<words.count {
            if let failed = Phrases.failedTo.phrase(in: words, at: index),
                Phrases.broadAttempts.contains(words.word(failed.upperBound))
            {
                return givesReason(bytes, words: words, after: failed) ? .reason : .vague
            }
            if words.word(index) == "error",
                words.word(index + 1) == "loading" || words.word(index + 1) == "initializing"
            {
                return givesReason(bytes, words: words, after: index..<index + 2) ? .reason : .vague
            }
        }
        return .reason
    }

    /// The place of an exception that is quoted in a message: `setup failed: ValueError: layer3 is short`.
    static func innerException(_ bytes: [UInt8]) -> Int? {
        for ending: StaticString in ["Error: ", "Exception: "] {
            guard let place = bytes.firstPlace(of: ending, from: 1) else { continue }
            var start = place
            while start > 0, bytes[start - 1].isNamePart || bytes[start - 1] == UInt8(ascii: ".") { start -= 1 }
            let isApart = start > 1 && bytes[start - 1].isBlank
            if isApart, place > start, ExceptionName(Array(bytes[start...]))?.isError == true { return start }
        }
        return nil
    }

    /// Whether a colon, a bracket or a "because" with several words follows the phrase, or a reason is among the words.
    private static func givesReason(_ bytes: [UInt8], words: Words, after phrase: Range<Int>) -> Bool {
        let end = words.ends[phrase.upperBound - 1]
        for index in phrase.upperBound..<words.count {
            if words.word(index) == "because" { return true }
        }
        var place = end
        while place + 1 < bytes.count {
            let opens = bytes[place].isOne(of: "(") || (bytes[place].isOne(of: ":") && bytes[place + 1].isBlank)
            if opens {
                let rest = bytes[(place + 1)...]
                let after = Words(rest)
                // A path or a name alone says what; an echo of an echo says nothing.
                if after.count >= 2, rest.drop(while: \.isBlank).contains(where: \.isBlank) {
                    return Phrases.echoes.first(in: after).map { $0.lowerBound > 3 } ?? true
                }
            }
            place += 1
        }
        let rest = Words(bytes[end...])
        return Phrases.reasons.occurs(in: rest)
    }

    /// Whether a line without a level speaks of an error.
    private static func speaksOfAnError(_ bytes: [UInt8], words: Words) -> Bool {
        if let reason = Phrases.reasons.first(in: words), !isDenied(words, before: reason.lowerBound) { return true }
        for index in 0..<words.count {
            if Phrases.failedTo.phrase(in: words, at: index) != nil, !isConditional(words, before: index) {
                return true
            }
            // `x failed: reason`, `error: reason` anywhere, but not `errors: 0` or `on_error: none`.
            let word = words.word(index)
            guard word == "error" || word == "failed" || word == "fatal" || word == "failure" else { continue }
            let end = words.ends[index]
            guard end + 1 < bytes.count, bytes[end] == UInt8(ascii: ":"), bytes[end + 1].isBlank else { continue }
            if ["none", "null", "nil", "0", "no", "false", "off", ""].contains(words.word(index + 1)) { continue }
            if !isDenied(words, before: index) { return true }
        }
        if Phrases.echoes.occurs(in: words),
            words.words.contains(where: { $0 == "failed" || $0 == "died" || $0 == "error" })
        {
            return true
        }
        return false
    }

    private static func isDenied(_ words: Words, before index: Int) -> Bool {
        ["no", "0", "without", "zero", "not", "any", "never", "if", "on", "handle", "handles"].contains(
            words.word(index - 1))
    }

    private static func isConditional(_ words: Words, before index: Int) -> Bool {
        if words.word(index - 1) == "0" || words.word(index - 2) == "0" { return true }
        return words.words.prefix(index).contains { $0 == "if" || $0 == "when" || $0 == "whenever" }
    }

    /// `ValueError: …` without its traceback, as it is left where the beginning was cut off.
    static func isBareException(_ bytes: [UInt8]) -> Bool {
        guard let name = ExceptionName(bytes) else { return false }
        return name.isError
    }

    static func isFarewell(_ bytes: [UInt8], words: Words) -> Bool {
        if Phrases.farewells.phrase(in: words, at: 0) != nil { return true }
        // `main: leaving`, `srv operator(): cleaning up`.
        for index in 0..<Swift.min(4, words.count) {
            let end = words.ends[index]
            if end < bytes.count, bytes[end].isOne(of: ":(") {
                if Phrases.farewells.phrase(in: words, at: index + 1) != nil { return true }
            }
        }
        return false
    }

    /// A level behind the name of a function: `whisper_model_load: WARN no tensors`, `main: error: …`.
    static func inner(_ bytes: [UInt8], words: Words) -> Level? {
        for index in 0..<Swift.min(4, words.count) {
            let start = words.starts[index]
            let end = words.ends[index]
            let word = bytes[start..<end]
            guard let level = Level(word: word) else { continue }
            let isUpper = word.allSatisfy(\.isUppercase) && word.count >= 4
            let hasColon =
                end < bytes.count && bytes[end] == UInt8(ascii: ":") && end + 1 < bytes.count && bytes[end + 1].isBlank
            let isFollowed = end < bytes.count && bytes[end].isBlank
            let follows = index == 0 || bytes[Swift.max(0, start - 2)] == UInt8(ascii: ":")
            if follows, (isUpper && isFollowed) || (hasColon && (level == .error || level == .warning)) {
                if hasColon, level == .error, ["none", "null", "nil", "0", "no"].contains(words.word(index + 1)) {
                    return nil
                }
                if !isUpper, word.first?.isUppercase == true { return nil }
                return level
            }
        }
        return nil
    }
}

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
        case "KeyError", "AttributeError", "IndexError", "StopIteration", "LookupError": true
        default: message.isEmpty
        }
    }
}
