/// What an exit status of a server means, in the phase in which it means that.
public struct ExitMeaning: Sendable, Hashable {
    /// When a server ended.
    public enum Phase: Sendable, Hashable, CaseIterable {
        /// Before its probe succeeded.
        case beforeReady
        /// After its probe had succeeded, a warm-up included.
        case afterReady
    }

    /// The exit status.
    public var status: Int32
    /// The phase in which it means that; nil for both.
    public var phase: Phase?
    /// What it means, in a few words.
    public var words: String

    /// - Parameters:
    ///   - status: the exit status.
    ///   - phase: the phase in which it means that; nil for both.
    ///   - words: what it means, in a few words.
    public init(_ status: Int32, _ phase: Phase?, _ words: String) {
        self.status = status
        self.phase = phase
        self.words = words
    }
}

enum ExitStatus {
    /// What is known of a status: from the server's preset, or by the conventions of shells.
    static func words(for status: Int32, in phase: ExitMeaning.Phase, _ configuration: ServerConfiguration) -> String? {
        let known = configuration.phasedExitMeanings.first {
            $0.status == status && ($0.phase == nil || $0.phase == phase)
        }
        return known?.words ?? configuration.exitMeanings[status] ?? conventional(status)
    }

    /// The signal that ended a process within, if the status is a shell's way to say so.
    static func signal(behind status: Int32) -> Int32? {
        let signal = status - 128
        return signal > 0 && SignalName.isKnown(signal) ? signal : nil
    }

    private static func conventional(_ status: Int32) -> String? {
        if status == 126 { return "as shells say that a command was found and could not be executed" }
        if status == 127 { return "as shells and env say that a command was not found" }
        guard let signal = signal(behind: status) else { return nil }
        let name = SignalName.of(signal)
        // A program that catches one of these often ends with that status itself.
        let isCatchable = ["SIGHUP", "SIGINT", "SIGQUIT", "SIGTERM", "SIGPIPE", "SIGALRM", "SIGUSR1", "SIGUSR2"]
            .contains(name)
        let whose = isCatchable ? "it or a process in it" : "a process in it"
        return "128 + \(signal): \(whose) was ended by \(name)"
    }
}
