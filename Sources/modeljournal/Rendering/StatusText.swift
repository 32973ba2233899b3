import JournalRendering
import JournalReports
import LifecycleJournal
import ModelLifecycle

/// Where each model is now, for people.
struct StatusText {
    let screen: Screen
    let now: WallTime
    let invocation: Invocation
    /// Whether the models are on several machines.
    var showsHosts = false

    func text(_ models: [ModelStatus]) -> String {
        var table = TextTable([
            .init(title: "MODEL", minimum: 16), .init(title: "STATE"), .init(title: "FOR", isRight: true),
            .init(title: showsHosts ? "HOST" : "ENGINE", rank: 3), .init(title: "RUN", rank: 2),
            .init(title: "NOTE", rank: 1, minimum: 30),
        ])
        for model in models {
            var engine = model.owner.map { owner in
                "pid \(owner.pid)" + (owner.liveness == .alive || showsHosts ? "" : " (\(owner.liveness.rawValue))")
            }
            if showsHosts { engine = [model.run.host, engine].compactMap { $0 }.joined(separator: " ") }
            let style: Screen.Style = model.isAbandoned ? .red : Screen.style(ofState: model.state)
            table.add([
                .init(text: model.run.model, style: .bold), .init(text: model.state.text, style: style),
                .init(text: DurationText.long(elapsed(model))), .init(text: engine ?? ""),
                .init(text: Display.run(model.run.runID)), .init(text: note(model)),
            ])
        }
        return table.rendered(screen)
    }

    private func elapsed(_ model: ModelStatus) -> Int64 { max(0, now.microseconds - model.since.microseconds) }

    private func note(_ model: ModelStatus) -> String {
        let place = model.servedBy.map { "\($0) serves in its place" } ?? model.run.wanted.map { "in place of \($0)" }
        let parts = [place, model.activity, judgement(model)].compactMap { $0 }
        return parts.filter { !$0.isEmpty }.joined(separator: "; ")
    }

    private func judgement(_ model: ModelStatus) -> String {
        if model.isAbandoned { return "its engine ended; `\(invocation.journalCommand("run", "--resume"))` carries on" }
        if model.isCrashLoop {
            let why = invocation.command("postmortem", String(model.run.runID.prefix(13)))
            return "crash loop: interrupted \(model.interruptionsInARow) times in a row, not resumed any more; "
                + "start it without --resume; how: \(why)"
        }
        if let expected = model.expectation.phase(model.state.known) {
            let judgement = elapsed(model) > expected.p99 ? "slower than p99" : "usual"
            return "\(judgement): p50 \(DurationText.long(expected.p50)), p99 \(DurationText.long(expected.p99))"
        }
        let why = [model.run.reason?.text, model.run.message].compactMap { $0 }.joined(separator: ": ")
        guard model.state == .error else { return why }
        let next =
            model.nextRetryAt.map { "next attempt at \(TimeText.clock($0, utc: screen.utc))" }
            ?? "no attempt is planned"
        return why.isEmpty ? next : "\(next); \(why)"
    }
}
