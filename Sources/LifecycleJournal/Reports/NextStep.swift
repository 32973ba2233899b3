import Foundation
import ModelLifecycle

/// What to do after a failure: in words, and where there is one, the command to try.
package struct NextStep: Sendable, Hashable {
    package var advice: String
    /// For a shell. Holds no secret: what the journal left out of a command line is marked there.
    package var command: String?
}

extension Postmortem {
    package var nextStep: NextStep {
        let run = story.run
        let model = ShellWords.quoted(run.model)
        let server = RecordedServer(story)
        let byHand = server.map {
            NextStep(advice: "start the server by hand and read what it says", command: $0.command)
        }
        let compare =
            lastGoodRun.map {
                NextStep(
                    advice: "see how it looked when it last worked", command: "modeljournal show \($0.runID.prefix(13))"
                )
            } ?? NextStep(advice: "see what happened before", command: "modeljournal history --model \(model)")
        switch run.reason.flatMap(FailureReason.init(rawValue:)) {
        case .startupTimeout: return moreTime(model, server)
        case .stalled:
            return byHand
                ?? NextStep(
                    advice: "if it only says nothing for so long, let it",
                    command: "modeljournal run --model \(model) --load-stall-timeout …")
        case .interrupted:
            return NextStep(
                advice: run.isSettled ? "carry on" : "record the interruption and carry on",
                command: "modeljournal run --resume")
        case .providerNotAvailable:
            return NextStep(advice: "see what is missing and how to install it", command: "modeljournal providers")
        case .oomKilled:
            let peak = run.evidence?.rssPeakBytes.map { " than \($0 / 1_048_576) MB" } ?? ""
            return NextStep(
                advice: "give it more memory\(peak), or let a smaller model stand in",
                command: "modeljournal run --model \(model) --fallback …")
        case .warmupFailed:
            return server?.warmup.map {
                NextStep(advice: "send the same request to the running server", command: $0)
            } ?? compare
        case .runtimeUnhealthy:
            return server?.probe.map { NextStep(advice: "ask the running server the same", command: $0) } ?? compare
        case .unloadTimeout:
            return NextStep(
                advice: "give it more time to stop", command: "modeljournal run --model \(model) --stop-timeout 60s")
        case .spawnFailed, .processExited, .modelLoadFailed: return byHand ?? compare
        case .unloadFailed, .cancelled, .superseded, nil: return compare
        }
    }

    private func moreTime(_ model: String, _ server: RecordedServer?) -> NextStep {
        if let comparison, let elapsed = comparison.elapsed, let p99 = comparison.p99, elapsed > p99 * 2 {
            return NextStep(
                advice: "it has been more than twice as fast: find out what slows it, rather than wait longer",
                command: "modeljournal stats --model \(model)")
        }
        let spent = story.transitions.compactMap(\.elapsed).reduce(0, &+)
        let seconds = max(1, (max(spent, comparison?.p99 ?? 0) &* 2 &+ 999_999) / 1_000_000)
        return NextStep(
            advice: "give it more time",
            command: "modeljournal run --model \(model) --startup-timeout \(seconds)s"
                + (server.map { " … -- \($0.command)" } ?? ""))
    }
}

/// A supervised server as the journal describes it, as commands for a shell.
private struct RecordedServer {
    var command: String
    var probe: String?
    var warmup: String?

    init?(_ story: RunStory) {
        guard let options = try? ConfigurationJSON(json: story.configuration).options,
            let words = options["command"].flatMap(ShellWords.list), !words.isEmpty
        else { return nil }
        command = ShellWords.line(words)
        probe = options["probe"].flatMap { $0.hasPrefix("http") ? "curl -i \(ShellWords.quoted($0))" : nil }
        warmup = options["warmup_url"].map { url in
            var parts = ["curl", "-i"]
            for header in options["warmup_headers"].flatMap(ShellWords.list) ?? [] {
                parts += ["-H", ShellWords.quoted(header)]
            }
            if let file = options["warmup_body_file"] { parts += ["--data-binary", ShellWords.quoted("@" + file)] }
            if let body = options["warmup_body"] { parts += ["--data-binary", ShellWords.quoted(body)] }
            if let field = options["warmup_audio_field"] {
                parts += ["-F", ShellWords.quoted("\(field)=@silence.wav")]
            }
            return (parts + [ShellWords.quoted(url)]).joined(separator: " ")
        }
    }

}

enum ShellWords {
    /// One word of a POSIX shell.
    static func quoted(_ word: String) -> String {
        let isPlain =
            !word.isEmpty
            && word.utf8.allSatisfy { byte in
                switch byte {
                case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
                    UInt8(ascii: "0")...UInt8(ascii: "9"):
                    true
                default: "-_./:@%+=,".utf8.contains(byte)
                }
            }
        guard !isPlain else { return word }
        var quoted = "'"
        for scalar in word.unicodeScalars {
            if scalar == "'" { quoted += #"'\'"# }
            quoted.unicodeScalars.append(scalar)
        }
        return quoted + "'"
    }

    static func line(_ words: [String]) -> String { words.map(quoted).joined(separator: " ") }

    /// The words of a command as a run's configuration keeps them: a JSON array in a text.
    static func list(_ text: String) -> [String]? {
        try? JSONDecoder().decode([String].self, from: Data(text.utf8))
    }
}

extension Postmortem.Change {
    /// The two values for people: a text without its quotes, a command as it is typed, "not set".
    package var shown: (before: String, after: String) { (Self.shown(before), Self.shown(after)) }

    private static func shown(_ json: String?) -> String {
        guard let json else { return "not set" }
        guard let text = try? JSONDecoder().decode(String.self, from: Data(json.utf8)) else { return json }
        return ShellWords.list(text).map(ShellWords.line) ?? text
    }
}
