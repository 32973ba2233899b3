/// How much a message tells about why a server ended, from nothing to the reason.
enum Rank: Int, Sendable, Comparable {
    /// Requests, frames, known lines: as if they were not there.
    case noise
    case farewell
    case ordinary
    /// A sign that the server works.
    case recovery
    /// An error of which the server says that it goes on without.
    case harmless
    /// Ordinary words that say why, if an error is near.
    case hint
    /// An error of one request, after which the server goes on.
    case request
    /// An error that follows from another one: a launcher's, a front process's.
    case echo
    /// An error that says what failed, and not why.
    case vague
    case reason

    static func < (one: Rank, other: Rank) -> Bool { one.rawValue < other.rawValue }
}

/// What one server said at one place: a line, or a block such as a traceback.
struct Message: Sendable {
    var text: String
    /// The line that `text` is taken from, and the first and the last line of the block.
    var line: Int
    var firstLine: Int
    var lastLine: Int
    var level: Level?
    var rank: Rank
    var form: Form
    /// What was raised last because of this one, in a chain of exceptions.
    var outer: OutputReading.Finding?
    /// What a logger said directly before an exception: which attempt it ended.
    var announcement: OutputReading.Finding?
    /// Whether it is an exception, an assertion or a panic rather than a line of a log.
    var isException = false

    init(_ text: String, at line: OutputLine, rank: Rank, form: Form) {
        self.text = text
        self.line = line.index
        firstLine = line.index
        lastLine = line.index
        level = line.level
        self.rank = rank
        self.form = form
    }

    var isError: Bool { rank >= .request }
}
