import Foundation
import JournalRendering
import LifecycleJournal
import Logging
import ModelLifecycle
import Synchronization

/// Writes lines to stderr, above the one live line where that is a terminal.
final class TerminalLog: Sendable {
    let isTerminal: Bool
    let screen: Screen
    private let live = Mutex("")

    init(descriptor: Int32) {
        isTerminal = isatty(descriptor) != 0
        screen = Screen(color: .auto, utc: false, descriptor: descriptor)
    }

    func line(_ text: String) {
        live.withLock { live in
            StandardError.write((live.isEmpty ? "" : "\r\u{1b}[K") + text + "\n" + live)
        }
    }

    /// Replaces the live line; nothing off a terminal.
    func setLine(_ text: String) {
        guard isTerminal else { return }
        live.withLock { live in
            guard text != live else { return }
            live = text
            StandardError.write("\r\u{1b}[K" + text)
        }
    }

    func clearLine() {
        live.withLock { live in
            if !live.isEmpty { StandardError.write("\r\u{1b}[K") }
            live = ""
        }
    }
}

/// Log lines for people: time, level, message; on a terminal without the metadata that the journal has anyway.
struct TerminalLogHandler: LogHandler {
    var metadata: Logger.Metadata = [:]
    var logLevel: Logger.Level = .info
    private let terminal: TerminalLog

    init(_ terminal: TerminalLog) { self.terminal = terminal }

    subscript(metadataKey key: String) -> Logger.Metadata.Value? {
        get { metadata[key] }
        set { metadata[key] = newValue }
    }

    func log(event: LogEvent) {
        let all = metadata.merging(event.metadata ?? [:]) { _, new in new }
        let screen = terminal.screen
        var text = "\(screen.styled(TimeText.clock(.now, utc: false), .faint)) "
        switch event.level {
        case .trace, .debug, .info, .notice: break
        case .warning: text += screen.styled("warning: ", .yellow)
        case .error, .critical: text += screen.styled("\(event.level): ", .red)
        }
        text += Escaping.visible(Redaction.redact("\(event.message)"))
        let keys = terminal.isTerminal ? ["model"] : all.keys.sorted()
        for key in keys {
            if let value = all[key] {
                text += screen.styled("  \(key)=\(Escaping.visible(Redaction.redact("\(value)")))", .faint)
            }
        }
        terminal.line(text)
    }
}
