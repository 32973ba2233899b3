/// Finds the errors that belong to the end: the last burst of errors, without a sign in it that the server
/// recovered and went on.
struct Burst {
    /// In order, without noise and farewells.
    let messages: [Message]

    /// So many ordinary lines after the last error mean that it had no part in the end.
    private static let limitAfter = 20
    /// So many mean that the last words of a program may say more.
    private static let limitBeforeLastWords = 6

    /// How many ordinary lines may be between two errors of one burst. A server that has only said that
    /// something failed has said why some lines before; one that has said why is at the beginning of its end.
    private static func limitBetween(_ best: Rank) -> Double {
        switch best {
        case .reason: 6
        default: 16
        }
    }

    init(_ messages: [Message]) {
        self.messages = messages.filter { $0.rank > .farewell && !$0.text.isEmpty }
    }

    /// The places of the first and the last message of the burst; nil if no line speaks of an error.
    var range: ClosedRange<Int>? {
        guard let last = messages.lastIndex(where: \.isError) else { return nil }
        var after = Weight()
        for message in messages[(last + 1)...] { after.add(message) }
        guard after.kinds < Burst.limitAfter else { return nil }
        if after.kinds >= Burst.limitBeforeLastWords, lonelyHint != nil { return nil }
        var first = last
        var best = messages[last].rank
        var between = Weight()
        for place in (0..<last).reversed() {
            guard messages[place].isError else {
                between.add(messages[place])
                // What has been looked at is never looked at twice: far errors need no counting.
                if between.amount > 60 { break }
                continue
            }
            guard between.amount < Burst.limitBetween(best) else { break }
            first = place
            best = Swift.max(best, messages[place].rank)
            between = Weight()
        }
        return first...last
    }

    /// How much a server went on: lines of one shape, such as those of a step or a wait, count half.
    private struct Weight {
        private var shapes: Set<String> = []
        private(set) var amount = 0.0
        var kinds: Int { shapes.count }

        mutating func add(_ message: Message) {
            guard message.rank == .ordinary || message.rank == .recovery else { return }
            let shape = String(message.text.prefix(80).filter { !$0.isNumber })
            let isNew = shapes.insert(shape).inserted
            amount += isNew ? (message.rank == .recovery ? 3 : 1) : 0.5
        }
    }

    /// Cause and consequence in the burst.
    func findings() -> (cause: OutputReading.Finding?, consequence: OutputReading.Finding?) {
        guard let range else { return (lonelyHint, nil) }
        let errors = messages[range].filter(\.isError)
        let cause: Message?
        if let place = errors.firstIndex(where: { $0.rank == .reason }) {
            cause = refinement(of: place, in: errors) ?? errors[place]
        } else {
            let best = errors.map(\.rank).max() ?? .echo
            // That a worker died says more than that something failed afterwards.
            let isDeath = best == .vague && errors.first.map(tellsDeath) == true
            let equal = isDeath ? errors : errors.filter { $0.rank == best }
            // Of a request the exception says more than the line that announces it.
            let first = best == .request ? equal.first(where: \.isException) ?? equal.first : equal.first
            cause = hint(around: range, for: best) ?? first
        }
        guard let cause else { return (nil, nil) }
        let finding = OutputReading.Finding(text: cause.text, line: cause.line)
        return (finding, consequence(of: cause, among: errors) ?? attempt(endedBy: cause, among: errors))
    }

    /// The error directly after it that gives the system's own words for the same: `cannot bind`, then
    /// `Address already in use`.
    private func refinement(of place: Int, in errors: [Message]) -> Message? {
        let first = errors[place]
        guard !first.isException, !SystemWords.occur(in: first.text), place + 1 < errors.count else { return nil }
        let next = errors[place + 1]
        let isGuess = Words(Array(next.text.utf8)).words.contains {
            ["perhaps", "maybe", "possibly", "might"].contains($0)
        }
        if isGuess { return nil }
        return next.firstLine - first.lastLine <= 2 && next.rank == .reason && SystemWords.occur(in: next.text)
            ? next : nil
    }

    private func tellsDeath(_ message: Message) -> Bool {
        message.rank == .echo && Phrases.deaths.occurs(in: Words(Array(message.text.utf8)))
    }

    /// What the server tried when the system refused: `Could not bind 127.0.0.1:8000`.
    private func attempt(endedBy cause: Message, among errors: [Message]) -> OutputReading.Finding? {
        guard SystemWords.occur(in: cause.text) else { return nil }
        if let announcement = cause.announcement {
            // "Loading failed" adds nothing; an address or a path does.
            return announcement.text.utf8.contains { $0.isDigit || $0.isOne(of: "/'\"") } ? announcement : nil
        }
        guard let place = errors.firstIndex(where: { $0.line == cause.line }), place > 0 else { return nil }
        let before = errors[place - 1]
        guard before.rank == .reason, cause.firstLine - before.lastLine <= 2 else { return nil }
        return OutputReading.Finding(text: before.text, line: before.line)
    }

    /// The later error that says most: of the same chain, then one with a reason, then an exception.
    private func consequence(of cause: Message, among errors: [Message]) -> OutputReading.Finding? {
        if let outer = cause.outer, saysMore(outer.text, than: cause.text),
            Judgement.rank(ofError: Array(outer.text.utf8)) > .echo
        {
            return outer
        }
        let later = errors.filter { error in
            error.line > cause.line && saysMore(error.text, than: cause.text) && !isEmptyEcho(error)
        }
        let best =
            later.last { $0.rank == .reason && $0.isException } ?? later.last { $0.isException }
            ?? later.last { $0.rank == .reason }
        if let best { return OutputReading.Finding(text: best.text, line: best.line) }
        guard let outer = cause.outer, ExceptionName(Array(outer.text.utf8))?.isEcho != true else { return nil }
        return saysMore(outer.text, than: cause.text) ? outer : nil
    }

    /// A group or a launcher that only counts what others have said.
    private func isEmptyEcho(_ error: Message) -> Bool {
        guard error.rank == .echo else { return false }
        let name = ExceptionName(Array(error.text.utf8))
        return name?.isEcho == true || name?.last == "Error"
            || Words(Array(error.text.utf8)).words.contains { $0 == "code" || $0 == "exitcode" }
    }

    private func saysMore(_ text: String, than cause: String) -> Bool {
        let (later, first) = (Words(Array(text.utf8)).words, Words(Array(cause.utf8)).words)
        let known = Set(first)
        // A class with and without its modules, or the same sentence in another place, is the same.
        let news = later.filter { !known.contains($0) }
        if news.count < 2 || text.contains(cause) { return false }
        // The same message under another class.
        let message = ExceptionName(Array(cause.utf8))?.message ?? ""
        return message.utf8.count < 8 || news.count > 4 || !text.contains(message)
    }

    /// The ordinary words that say why, nearest before the first error that does not, else after it.
    ///
    /// A warning or an information is asked only where the errors say nothing at all.
    private func hint(around range: ClosedRange<Int>, for best: Rank) -> Message? {
        func says(_ message: Message) -> Bool { message.rank == .hint && (message.level == nil || best <= .echo) }
        var place = range.lowerBound - 1
        var steps = 0
        var found: Message?
        while place >= 0, steps < 12, !messages[place].isError {
            if says(messages[place]) {
                found = messages[place]
                break
            }
            steps += messages[place].rank == .recovery ? 4 : 1
            place -= 1
        }
        if let found { return found }
        return messages[range].first(where: says)
    }

    /// A line without a level, or one in the words of the operating system.
    private func isTelling(_ hint: Message) -> Bool { hint.level == nil || SystemWords.occur(in: hint.text) }

    /// Without any error: a hint among the last few lines of a program that said nothing else.
    private var lonelyHint: OutputReading.Finding? {
        let last = messages.suffix(3)
        // A line at another level counts only as the last word.
        guard let hint = last.first(where: { $0.rank == .hint && isTelling($0) }) ?? last.last, hint.rank == .hint
        else { return nil }
        return OutputReading.Finding(text: hint.text, line: hint.line)
    }
}
