import Foundation
import JournalRendering
import ModelLifecycle

/// What text output is written on: its width, whether it shows colour, and in which zone times are shown.
struct Screen {
    enum Style: String {
        case plain = ""
        case bold = "1"
        case faint = "2"
        case red = "31"
        case green = "32"
        case yellow = "33"
        case cyan = "36"
    }

    let isColored: Bool
    let utc: Bool
    /// Columns; effectively without limit where nobody looks at a screen.
    let width: Int
}

extension Screen {
    init(color: ColorMode, utc: Bool, descriptor: Int32) {
        let environment = ProcessInfo.processInfo.environment
        let isTerminal = isatty(descriptor) != 0
        switch color {
        case .always: isColored = true
        case .never: isColored = false
        case .auto:
            isColored = isTerminal && (environment["NO_COLOR"] ?? "").isEmpty && environment["TERM"] != "dumb"
        }
        self.utc = utc
        width = Self.width(descriptor, isTerminal: isTerminal, environment["COLUMNS"])
    }

    private static func width(_ descriptor: Int32, isTerminal: Bool, _ columns: String?) -> Int {
        var size = winsize()
        if isTerminal, ioctl(descriptor, UInt(TIOCGWINSZ), &size) == 0, size.ws_col > 0 { return Int(size.ws_col) }
        if let columns = columns.flatMap({ Int($0) }), columns > 0 { return columns }
        return isTerminal ? 80 : 10_000
    }

    func styled(_ text: String, _ style: Style) -> String {
        isColored && style != .plain && !text.isEmpty ? "\u{1b}[\(style.rawValue)m\(text)\u{1b}[0m" : text
    }

    static func style(ofState state: Recorded<ModelState>) -> Style {
        switch state.known {
        case .ready: .green
        case .error: .red
        case .loading, .warmingUp: .yellow
        case .unloading: .cyan
        case .uninitialized, nil: .faint
        }
    }

    static func style(ofOutcome outcome: Recorded<RunOutcome>) -> Style {
        switch outcome.known {
        case .ready, .unloaded: .green
        case .failed, .interrupted: .red
        case .cancelled: .cyan
        case .inProgress, nil: .yellow
        }
    }
}
