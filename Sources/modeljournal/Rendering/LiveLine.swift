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
                return part(preloader, state, elapsed)
            }
            let text = parts.joined(separator: "   ")
            terminal.setLine(String(text.prefix(columns: terminal.screen.width - 1)))
            guard (try? await Task.sleep(for: .milliseconds(100))) != nil else { return }
        }
    }

    private func part(_ preloader: ModelPreloader, _ state: ModelState, _ elapsed: Int64) -> String {
        let configuration = preloader.configuration
        let spent =
            elapsed < 10_000_000
            ? "\(elapsed / 1_000_000).\(elapsed % 1_000_000 / 100_000) s" : DurationText.long(elapsed)
        let text = "\(Escaping.visible(configuration.model))  \(state)  \(spent)"
        let forecast = Forecast.text(
            state, elapsed: elapsed, expectations[configuration.model], warmsUp: configuration.warmup.isEnabled)
        return forecast.map { "\(text)  \($0)" } ?? text
    }
}
