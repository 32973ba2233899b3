/// What the lines around an exception say about it.
extension MessageReader {
    /// `ERROR: failed to load x`, directly before the traceback that says why.
    ///
    /// - Returns: the announcement, if it says more than that something failed.
    func demoteAnnouncement(
        of exception: Message, at place: Int, in lines: [OutputLine], _ messages: inout [Message]
    ) -> OutputReading.Finding? {
        var before = place - 1
        while before >= 0, place - before < 3, lines[before].isEmpty { before -= 1 }
        guard before >= 0 else { return nil }
        var announcement: OutputReading.Finding?
        for index in messages.indices.reversed() {
            guard messages[index].lastLine >= lines[before].index, !messages[index].isException else { break }
            // A binding raises `Failed to create a model` after its library has said why.
            if exception.rank == .vague, messages[index].rank == .reason { break }
            if messages[index].rank > .echo {
                announcement = OutputReading.Finding(text: messages[index].text, line: messages[index].line)
            }
            demote(messages[index].text, in: &messages)
        }
        return announcement
    }

    /// The same may have been said several times.
    func demote(_ text: String, in messages: inout [Message]) {
        for index in messages.indices.suffix(8) where messages[index].text == text && messages[index].rank > .echo {
            messages[index].rank = .echo
        }
    }

    /// Whether the lines before a traceback say that it is of one request, and its class that the client is at fault.
    func isOfRequest(_ message: Message, at place: Int, in lines: [OutputLine]) -> Bool {
        guard let name = ExceptionName(Array(message.text.utf8)), Phrases.exceptionsOfRequests.contains(name.last)
        else { return false }
        return lines[Swift.max(0, place - 2)...place].contains { line in
            line.index < message.line && Phrases.requests.occurs(in: Words(line.bytes))
        }
    }

    /// The exceptions of a group follow it, and say why.
    func isGroup(_ message: Message) -> Bool {
        ExceptionName(Array(message.text.utf8))?.last.hasSuffix("ExceptionGroup") == true
    }

    /// What Python raised in a destructor or a callback, where nothing can catch it.
    func isIgnored(_ place: Int, in lines: [OutputLine]) -> Bool {
        place > 0 && lines[place - 1].bytes.has("Exception ignored", at: 0)
    }

    /// A traceback that a logger put below a warning: the program has dealt with it, as far as it says.
    func isLoggedAsWarning(_ place: Int, in lines: [OutputLine]) -> Bool {
        guard place > 0, !lines[place].isMarked, Judgement.rank(lines[place - 1]) > .farewell else { return false }
        return lines[place - 1].isMarked && lines[place - 1].level == .warning
    }
}
