import JournalRendering
import ModelLifecycle

/// A duration on the command line: `250ms`, `10s`, `1h30min`.
struct DurationArgument: ExplainedArgument, CustomStringConvertible {
    static let accepted = "give numbers with units, such as 250ms, 10s, 5m, 2h or 1h30min"

    let duration: Duration

    init(_ duration: Duration) { self.duration = duration }

    init?(argument: String) {
        guard let duration = Self.parse(argument) else { return nil }
        self.duration = duration
    }

    /// As the help shows a default: the parser shows none of an option that explains itself.
    var description: String { DurationText.short(duration.wholeMicroseconds) }

    /// Without months and years: as a limit they would be a typing error, `5M` for `5m`.
    static func parse(_ text: String) -> Duration? {
        TimeSpan(text, units: TimeSpan.exact).map { .microseconds($0.microseconds) }
    }
}
