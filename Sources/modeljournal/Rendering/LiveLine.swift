import JournalRendering
import LifecycleEngine
import LifecycleJournal
import ModelLifecycle

/// The one line that `run` keeps up to date on a terminal: state, elapsed, and how long it will
/// still take, judged by that model's own past.
struct LiveLine: Sendable {
    private let terminal: TerminalLog
    private let groups: [FallbackPreloader]
    private let path: String

    /// - Parameter path: of the journal that knows the past.
    init(_ terminal: TerminalLog, _ groups: [FallbackPreloader], path: String) {
        self.terminal = terminal
        self.groups = groups
        self.path = path
    }

    /// Runs until its task is cancelled.
    func run() async {
        guard terminal.isTerminal else { return }
        var expectations = Expectations(path: path)
        var entered: [String: (state: ModelState, at: ContinuousClock.Instant)] = [:]
        while !Task.isCancelled {
            let now = ContinuousClock.now
            // What has failed for good is history once something stands in for it.
            let parts = groups.compactMap(\.preloaders.last).map { preloader in
                let model = preloader.configuration.model
                let state = preloader.state
                if entered[model]?.state != state { entered[model] = (state, now) }
                let elapsed = (entered[model].map { now - $0.at } ?? .zero).wholeMicroseconds
                return part(preloader, state, elapsed, expectations[preloader.configuration])
            }
            let text = parts.joined(separator: "   ")
            terminal.setLine(String(text.prefix(columns: terminal.screen.width - 1)))
            guard (try? await Task.sleep(for: .milliseconds(100))) != nil else { return }
        }
    }

    private func part(
        _ preloader: ModelPreloader, _ state: ModelState, _ elapsed: Int64, _ expected: PhaseExpectation
    ) -> String {
        let configuration = preloader.configuration
        let spent =
            elapsed < 10_000_000
            ? "\(elapsed / 1_000_000).\(elapsed % 1_000_000 / 100_000) s" : DurationText.long(elapsed)
        let text = "\(Escaping.visible(configuration.model))  \(state)  \(spent)"
        if let digest = preloader.digestProgress, digest.total >= Self.worthShowing {
            return "\(text)  \(Self.bar(digest))"
        }
        let forecast = Forecast.text(
            state, elapsed: elapsed, expected, warmsUp: configuration.warmup.isEnabled)
        let isUnderWay = state == .loading || state == .warmingUp
        let activity = isUnderWay ? preloader.activity.map(Escaping.visible) : nil
        return [text, activity, forecast].compactMap { $0 }.joined(separator: "  ")
    }

    /// From this size on, reading the files takes long enough for a bar.
    private static let worthShowing: Int64 = 1_000_000_000

    /// `reading for the digest ████████░░░░░░░░  52 % of 3.1 GB`
    static func bar(_ progress: ModelDigester.Progress) -> String {
        let share = min(1, Double(progress.bytes) / Double(max(1, progress.total)))
        let width = 16
        let full = Int(share * Double(width))
        let bar = String(repeating: "█", count: full) + String(repeating: "░", count: width - full)
        let tenths = progress.total / 100_000_000
        return "reading for the digest \(bar) \(Int(share * 100)) % of \(tenths / 10).\(tenths % 10) GB"
    }
}
