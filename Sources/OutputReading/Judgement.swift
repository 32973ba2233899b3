/// Decides how much one message tells.
enum Judgement {
    /// - Parameter level: as its logger gave it; nil if it gave none.
    static func rank(_ line: OutputLine) -> Rank {
        if line.isEmpty { return .noise }
        let words = Words(line.bytes)
        if Noise.isNoise(line, words: words) { return .noise }
        if Phrases.supervisors.occurs(in: words) || isExitStatus(words) { return .farewell }
        // A row of a table, as Triton prints its models: one says why, the others are no lines of a log.
        if line.bytes.first == UInt8(ascii: "|"), line.bytes.last == UInt8(ascii: "|"), line.level == nil {
            return words.words.contains("unavailable") ? .hint : .noise
        }
        let level = line.level ?? inner(line.bytes, words: words)
        switch level {
        case .error: return rank(ofError: line.bytes, words: words)
        case .warning: return rank(ofWarning: words)
        case .info, .detail: return rank(ofOrdinary: line.bytes, words: words)
        case nil: break
        }
        if isBareException(line.bytes) { return rank(ofError: line.bytes, words: words) }
        if saysHarmless(words) { return .ordinary }
        if isFarewell(line.bytes, words: words), !Phrases.reasons.occurs(in: words) { return .farewell }
        if speaksOfAnError(line.bytes, words: words) { return rank(ofError: line.bytes, words: words) }
        if !line.bytes.has(" = "), let hint = Phrases.hints.first(in: words), !isDenied(words, before: hint.lowerBound)
        {
            return .hint
        }
        if endsInErrorNumber(line.bytes, words: words) { return .hint }
        return rank(ofOrdinary: line.bytes, words: words)
    }

    /// `start.sh: line 9: MODEL_DIR: unbound variable`, but not the end of a job: `line 9: 4711 Killed`.
    private static func isOfShell(_ bytes: [UInt8]) -> Bool {
        guard let place = bytes.prefix(200).firstPlace(of: ": line "), !bytes[..<place].contains(where: \.isBlank),
            let end = bytes.afterDigits(at: place + 7), bytes.has(": ", at: end)
        else { return false }
        return bytes[(end + 2)...].first { !$0.isBlank }?.isDigit == false
    }

    /// `NvMapMemAlloc: 1075072515 error 12`, as drivers write it.
    private static func endsInErrorNumber(_ bytes: [UInt8], words: Words) -> Bool {
        guard words.count > 2, words.word(words.count - 2) == "error", let end = words.ends.last, end == bytes.count,
            let start = words.starts.last, bytes[start - 1].isBlank
        else { return false }
        return bytes[start] != UInt8(ascii: "0") && bytes[start..<end].allSatisfy(\.isDigit)
    }

    private static func rank(ofWarning words: Words) -> Rank {
        if Phrases.farewells.phrase(in: words, at: 0) != nil { return .farewell }
        if saysHarmless(words) || words.words.contains("deprecated") { return .ordinary }
        let says =
            Phrases.hints.occurs(in: words) || Phrases.reasons.occurs(in: words) || Phrases.failedTo.occurs(in: words)
        return says ? .hint : .ordinary
    }

    /// An attempt that failed, with its reason, as Triton says it at the level of information.
    private static func isFailure(_ bytes: [UInt8], words: Words) -> Bool {
        for index in 0..<words.count {
            guard let failed = Phrases.failedTo.phrase(in: words, at: index) else { continue }
            return !isConditional(words, before: index) && givesReason(bytes, words: words, after: failed)
        }
        return false
    }

    private static func rank(ofOrdinary bytes: [UInt8], words: Words) -> Rank {
        if Phrases.farewells.phrase(in: words, at: 0) != nil { return .farewell }
        if isFailure(bytes, words: words), !saysHarmless(words) { return .hint }
        if let echo = Phrases.echoes.first(in: words), words.words.contains(where: { ended.contains($0) }),
            words.word(echo.upperBound) != "0", words.word(echo.upperBound + 1) != "0"
        {
            return .hint
        }
        if SystemWords.occur(in: words), !saysHarmless(words) { return .hint }
        return Phrases.recoveries.occurs(in: words) ? .recovery : .ordinary
    }

    /// Whether the message beside an error says that something did not work.
    static func saysFailure(_ text: String) -> Bool {
        let words = Words(Array(text.utf8))
        return Phrases.failedTo.occurs(in: words)
            || words.words.contains { ["failed", "failure", "error"].contains($0) }
    }

    /// `exit status 2`, as Go and make leave it.
    private static func isExitStatus(_ words: Words) -> Bool {
        words.count == 3 && words.word(0) == "exit" && (words.word(1) == "status" || words.word(1) == "code")
    }

    private static let ended: Set<String> = ["exited", "died", "crashed", "killed", "ended", "terminated"]

    // MARK: Errors

    /// The rank of what is an error for certain.
    ///
    /// - Parameter isException: true for what ended a program or was caught as an exception: it is not known to be
    ///   harmless by its words alone.
    static func rank(ofError bytes: some RandomAccessCollection<UInt8>, isException: Bool = false) -> Rank {
        let bytes = Array(bytes)
        return rank(ofError: bytes, words: Words(bytes), isException: isException)
    }

    private static func rank(
        ofError bytes: [UInt8], words: Words, isException: Bool = false, isPart: Bool = false
    ) -> Rank {
        if words.count == 0 { return .noise }
        if Phrases.probes.occurs(in: words) || Phrases.knownExceptions.occurs(in: words) { return .noise }
        if !isException {
            if Phrases.known.occurs(in: words) { return .noise }
            if saysHarmless(words) { return .harmless }
            if Phrases.requests.occurs(in: words) { return .request }
        }
        if !isPart, let inner = innerException(bytes) {
            let rest = Array(bytes[inner...])
            if rank(ofError: rest, words: Words(rest), isException: true, isPart: true) == .reason { return .reason }
        }
        if let echo = Phrases.echoes.first(in: words) {
            if givesReason(bytes, words: words, after: echo) { return .reason }
            // `cannot map the file, exiting`, `no rank answers (see the log for details)`.
            let start = words.starts[echo.lowerBound]
            let isPointer = Phrases.pointers.phrase(in: words, at: echo.lowerBound) != nil
            // "Please check the log for details" is no error itself.
            if isPointer, ["please", "see", "check", "refer"].contains(words.word(0)) { return .ordinary }
            let ending = clauseEnd(bytes, before: start) ?? (isPointer ? beforePointer(bytes, at: start) : nil)
            guard !isPart, let end = ending else { return .echo }
            let clause = Array(bytes[..<end])
            return Swift.max(.echo, rank(ofError: clause, words: Words(clause), isException: true, isPart: true))
        }
        // What only announces something is no reason: "the standard error of the worker:".
        if isFarewell(bytes, words: words) || (!isException && bytes.last == UInt8(ascii: ":")) { return .echo }
        // `E RKNN: 6, 1` says nothing to anybody.
        if !isException, words.count > 1, !says(words) { return .vague }
        return isVague(bytes, words: words) ? .vague : .reason
    }

    /// `failed to load model 'x'` says what and not why.
    ///
    /// - Parameter isPart: whether this is a part of a message that is looked at already: one level is enough.
    private static func isVague(_ bytes: [UInt8], words: Words, isPart: Bool = false) -> Bool {
        // `serve.py FAILED`, `AsyncLLM output_handler failed.`
        if words.count <= 3, words.words.last == "failed", !words.words.contains("check"),
            !Phrases.reasons.occurs(in: words)
        {
            return true
        }
        for index in 0..<words.count {
            if let failed = Phrases.failedTo.phrase(in: words, at: index),
                Phrases.broadAttempts.contains(words.word(failed.upperBound))
                    || words.word(failed.upperBound) == "be"
                        && Phrases.broadResults.contains(words.word(failed.upperBound + 1))
            {
                return !givesReason(bytes, words: words, after: failed, isPart: isPart)
            }
            let next = words.word(index + 1)
            if words.word(index) == "error", Phrases.broadBeginnings.contains(next) {
                return !givesReason(bytes, words: words, after: index..<index + 2, isPart: isPart)
            }
        }
        return false
    }

    private static func saysHarmless(_ words: Words) -> Bool {
        guard let phrase = Phrases.harmless.first(in: words) else { return false }
        return !["no", "not", "cannot", "can't", "without", "never", "nor"].contains(words.word(phrase.lowerBound - 1))
    }

    /// The end of the clause before `start`, if a comma or the like parts them and it has several words.
    private static func clauseEnd(_ bytes: [UInt8], before start: Int) -> Int? {
        var end = start
        while end > 0, bytes[end - 1].isBlank { end -= 1 }
        // A dash of three bytes is a mark as well.
        guard end > 1, bytes[end - 1].isOne(of: ",;.!-") || bytes[end - 1] >= 0x80 else { return nil }
        return Words(bytes[..<end]).count >= 2 ? end - 1 : nil
    }

    /// The bracket or the sentence before `start` that only points at another message, if several words are before it.
    private static func beforePointer(_ bytes: [UInt8], at start: Int) -> Int? {
        for place in (Swift.max(1, start - 240)..<Swift.max(1, start)).reversed() {
            let isSentence = bytes[place].isBlank && bytes[place - 1] == UInt8(ascii: ".")
            guard isSentence || bytes[place] == UInt8(ascii: "(") else { continue }
            return Words(bytes[..<place]).count >= 2 ? place : nil
        }
        return nil
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
    private static func givesReason(
        _ bytes: [UInt8], words: Words, after phrase: Range<Int>, isPart: Bool = false
    ) -> Bool {
        let end = words.ends[phrase.upperBound - 1]
        for index in phrase.upperBound..<words.count {
            if words.word(index) == "because" { return true }
        }
        var place = end
        var looks = 0
        while place + 1 < bytes.count, looks < 8 {
            let isMark = bytes[place].isOne(of: ":,;") && bytes[place + 1].isBlank
            if isMark || bytes[place] == UInt8(ascii: "(") {
                looks += 1
                var rest = bytes[(place + 1)...]
                if bytes[place] == UInt8(ascii: "("), let close = rest.firstIndex(of: UInt8(ascii: ")")) {
                    rest = rest[..<close]
                }
                let after = Words(rest)
                // A path or a name alone says what; an echo of an echo says nothing. After a comma stands a reason or
                // more of the same.
                let isComma = bytes[place].isOne(of: ",;")
                if isComma, Phrases.hints.occurs(in: after) { return true }
                if !isComma, says(after), !isValue(rest), rest.drop(while: \.isBlank).contains(where: \.isBlank) {
                    if let echo = Phrases.echoes.first(in: after) { return echo.lowerBound > 3 }
                    return isPart || !isVague(Array(rest), words: after, isPart: true)
                }
            }
            place += 1
        }
        let rest = Words(bytes[end...])
        guard let reason = Phrases.reasons.first(in: rest) else { return false }
        // `EngineCore encountered a fatal error.` ends where a reason would begin.
        return reason.upperBound < rest.count || Phrases.emptyReasons.phrase(in: rest, at: reason.lowerBound) == nil
    }

    /// Two words at least that are no numbers: `(pid: 4711)` is no reason.
    private static func says(_ words: Words) -> Bool {
        words.words.lazy.filter { !$0.utf8.allSatisfy(\.isDigit) }.prefix(2).count == 2
    }

    /// A number that no word follows, as in `local_rank: 0 (pid: 4711)`.
    private static func isValue(_ rest: ArraySlice<UInt8>) -> Bool {
        let text = rest.drop(while: \.isBlank)
        let after = text.drop(while: \.isDigit)
        guard after.count < text.count else { return false }
        return after.drop(while: \.isBlank).first?.isLetter != true
    }

    /// Whether a line without a level speaks of an error.
    private static func speaksOfAnError(_ bytes: [UInt8], words: Words) -> Bool {
        // A shell: `run.sh: 12: exec: llama-server: not found`; assert of C: "Assertion `x' failed."
        if bytes.suffix(11).elementsEqual(": not found".utf8) || (bytes.has("Assertion `") && bytes.has("' failed")) {
            return true
        }
        if isOfShell(bytes) { return true }
        if let reason = Phrases.reasons.first(in: words), !isDenied(words, before: reason.lowerBound) { return true }
        for index in 0..<words.count {
            if Phrases.failedTo.phrase(in: words, at: index) != nil, !isConditional(words, before: index) {
                return true
            }
            // `x failed: reason`, `error: reason` anywhere, but not `errors: 0` or `on_error: none`.
            let word = words.word(index)
            guard word == "error" || word == "failed" || word == "fatal" || word == "failure" else { continue }
            let end = words.ends[index]
            // `fopen a.bin failed`, `init failed, ret=-6`, but not `3 failed, 0 skipped`.
            if word == "failed", index > 0, end == bytes.count || bytes[end].isOne(of: ",;(!."),
                !isDenied(words, before: index), !words.word(index - 1).utf8.allSatisfy(\.isDigit)
            {
                return true
            }
            guard end + 1 < bytes.count, bytes[end] == UInt8(ascii: ":"), bytes[end + 1].isBlank else { continue }
            if words.sayNothing(after: index) { continue }
            if !isDenied(words, before: index) { return true }
        }
        guard let echo = Phrases.echoes.first(in: words), !isConditional(words, before: echo.lowerBound) else {
            return false
        }
        if words.words.contains(where: { ["failed", "died", "error", "crashed"].contains($0) }) { return true }
        // `worker 3 ended with exit code 7`, but not 0.
        let number =
            words.word(echo.upperBound) == "code" ? words.word(echo.upperBound + 1) : words.word(echo.upperBound)
        guard words.words.contains(where: { Judgement.ended.contains($0) }) else { return false }
        return number != "0" && !number.isEmpty && number.utf8.allSatisfy(\.isDigit)
    }

    private static func isDenied(_ words: Words, before index: Int) -> Bool {
        // Not the last number of a version.
        if words.word(index - 1) == "0" { return index < 2 || words.starts[index - 1] > words.ends[index - 2] + 1 }
        return ["no", "without", "zero", "not", "any", "never", "if", "on", "handle", "handles"].contains(
            words.word(index - 1))
    }

    private static func isConditional(_ words: Words, before index: Int) -> Bool {
        if words.word(index - 1) == "0" || words.word(index - 2) == "0" { return true }
        return words.words.prefix(index).contains { $0 == "if" || $0 == "when" || $0 == "whenever" }
    }

    /// `ValueError: …` without its traceback, as it is left where the beginning was cut off.
    static func isBareException(_ bytes: [UInt8]) -> Bool {
        // Elixir: `** (FunctionClauseError) …`.
        if bytes.has("** (", at: 0) { return true }
        return ExceptionName(bytes)?.isError == true
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

    /// A level after the name of a function: `whisper_model_load: WARN no tensors`, `main: error: …`.
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
                if hasColon, level == .error, words.sayNothing(after: index) { return nil }
                if !isUpper, word.first?.isUppercase == true { return nil }
                return level
            }
        }
        return nil
    }
}
