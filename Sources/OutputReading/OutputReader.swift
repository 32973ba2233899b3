/// Reads the output of model servers as an experienced operator would.
///
/// In stages, each in a file: visible lines, what loggers put around a message, messages with their rank, the last
/// burst of errors. All of it is linear in the size of the output.
package enum OutputReader {
    /// - Parameters:
    ///   - output: as it was kept, with the note about what was dropped in its middle.
    ///   - linesSinceReady: how many lines at the end were written after READY; only these can tell of a later
    ///     end. nil if the model was never READY.
    package static func read(_ output: String, linesSinceReady: Int? = nil) -> OutputReading {
        let lines = OutputLine.lines(of: output)
        let all = MessageReader().read(lines)
        var reading = OutputReading()
        reading.complaints = Complaints.list(all)
        let start = linesSinceReady.map { lines.count - Swift.max(0, Swift.min($0, lines.count)) } ?? 0
        let recent = all.filter { $0.lastLine >= start }
        (reading.cause, reading.consequence) = Burst(recent).findings()
        // Some servers point at what they said before.
        if start > 0, recent.contains(where: { $0.isError && pointsBack($0) }) {
            (reading.cause, reading.consequence) = Burst(all).findings()
        }
        let said = recent.filter { !$0.text.isEmpty }
        let last = said.last { $0.rank > .farewell } ?? said.last { $0.rank == .farewell }
        reading.lastLine = last.map { OutputReading.Finding(text: $0.text, line: $0.line) }
        return reading
    }

    private static func pointsBack(_ message: Message) -> Bool {
        let words = Words(Array(message.text.utf8)).words
        return words.contains("above") || words.contains("earlier")
    }
}
