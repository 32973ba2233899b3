public import ArgumentParser
import JournalReports
import LifecycleJournal
public import ModelLifecycle

extension ModelState: ExpressibleByArgument {
    public init?(argument: String) {
        self.init(rawValue: argument.uppercased().replacing("-", with: "_"))
    }
}

extension FailureReason: ExpressibleByArgument {
    public init?(argument: String) {
        guard let reason = Self.allCases.first(where: { $0.rawValue.lowercased() == argument.lowercased() }) else {
            return nil
        }
        self = reason
    }
}

extension RunOutcome: ExpressibleByArgument {}
extension StatisticsGrouping: ExpressibleByArgument {}
extension WarmupConfiguration.Level: ExpressibleByArgument {}
extension WarmupConfiguration.Policy: ExpressibleByArgument {}

extension CorrelationID: ExplainedArgument {
    static let accepted = "give 1 to 200 printable ASCII characters without blanks"

    init?(argument: String) { self.init(rawValue: argument) }
}

/// A run on the command line: its ID, a unique beginning of it, or -1 for the last one.
struct RunArgument: ExplainedArgument {
    static let accepted = "give a run's ID, a unique beginning of one, or -1 for the last run"

    let selector: RunSelector

    /// What a place among the last runs looks like to the parser, which would take `-1` for an option.
    private static let placeMark: Character = "@"

    init?(argument: String) {
        if argument.hasPrefix("-") || argument.first == Self.placeMark {
            guard let place = Int(argument.dropFirst()), place > 0 else { return nil }
            selector = .last(place)
        } else {
            guard !argument.isEmpty, argument.utf8.count <= 36,
                argument.allSatisfy({ $0.isHexDigit && $0.isASCII || $0 == "-" })
            else { return nil }
            selector = .prefix(argument)
        }
    }

    /// What was typed, in a message of the parser about it.
    static func unshielded(_ text: String) -> String {
        text.replacing(/'@(\d+)'/) { "'-\($0.1)'" }
    }

    /// The arguments with `-1`, `-2`, … of the commands that take a run in a form that can be parsed.
    static func shielded(_ arguments: [String]) -> [String] {
        let commands = [["show"], ["postmortem"], ["plot", "timeline"], ["plot", "compare"]]
        guard commands.contains(where: { arguments.starts(with: $0) }) else { return arguments }
        return arguments.map { argument in
            guard argument.hasPrefix("-"), let place = Int(argument.dropFirst()), place > 0 else { return argument }
            return "\(placeMark)\(place)"
        }
    }
}
