import LifecycleEngine
import LifecycleJournal
import ModelLifecycle

/// The one line that `run` keeps up to date on a terminal: state, elapsed, and how long it will
/// still take, judged by that model's own past.
struct LiveLine: Sendable {
    private let terminal: TerminalLog
    private let preloaders: [ModelPreloader]
    private let expectations: Expectations

    init(_ terminal: TerminalLog, _ preloaders: [ModelPreloader], _ expectations: Expectations) {
        self.terminal = terminal
        self.preloaders = preloaders
        self.expectations = expectations
    }

    /// Runs until its task is cancelled.
    func run() async {
        guard terminal.isTerminal else { return }
        var entered: [String: (state: ModelState, at: ContinuousClock.Instant)] = [:]
        while !Task.isCancelled {
            let now = ContinuousClock.now
            let parts = preloaders.map { preloader in
                let model = preloader.configuration.model
                let state = preloader.state
                if entered[model]?.state != state { entered[model] = (state, now) }
                let elapsed = (entered[model].map { now - $0.at } ?? .zero).wholeMicroseconds
                return part(model, state, elapsed)
            }
            let text = parts.joined(separator: "   ")
            terminal.setLine(String(text.prefix(terminal.screen.width - 1)))
            guard (try? await Task.sleep(for: .milliseconds(100))) != nil else { return }
        }
    }

    private func part(_ model: String, _ state: ModelState, _ elapsed: Int64) -> String {
        let spent =
            elapsed < 10_000_000
            ? "\(elapsed / 1_000_000).\(elapsed % 1_000_000 / 100_000) s" : DurationText.long(elapsed)
        let text = "\(Escaping.visible(model))  \(state)  \(spent)"
        guard let expected = expectations[model].phase(state.rawValue) else { return text }
        if elapsed > expected.p99 { return text + "  slower than its p99 of \(DurationText.long(expected.p99))" }
        return text + "  about \(DurationText.long(max(0, expected.p50 - elapsed))) left"
    }
}
