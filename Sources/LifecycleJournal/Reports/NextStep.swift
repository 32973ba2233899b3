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
        let recorded = RecordedStart(story)
        let server = recorded?.server
        let byHand = server.map {
            NextStep(advice: "start the server by hand and read what it says", command: $0.command)
        }
        func again(_ options: [String]) -> String? { recorded?.command(with: options) }
        let compare =
            lastGoodRun.map {
                NextStep(
                    advice: "see how it looked when it last worked", command: "modeljournal show \($0.runID.prefix(13))"
                )
            } ?? NextStep(advice: "see what happened before", command: "modeljournal history --model \(model)")
        switch run.reason.flatMap(FailureReason.init(rawValue:)) {
        case .startupTimeout: return moreTime(model, recorded)
        case .stalled:
            return byHand
                ?? NextStep(
                    advice: "if it only says nothing for so long, let it",
                    command: again(["--load-stall-timeout", moreThan(stallTimeout ?? spent)]))
        case .interrupted:
            return NextStep(
                advice: run.isSettled ? "carry on" : "record the interruption and carry on",
                command: "modeljournal run --resume")
        case .providerNotAvailable:
            return NextStep(advice: "see what is missing and how to install it", command: "modeljournal providers")
        case .oomKilled:
            let peak = run.evidence?.rssPeakBytes.map { " than \($0 / 1_048_576) MB" } ?? ""
            return NextStep(
                advice: "give it more memory\(peak), or let a smaller model stand in: --fallback and its name, with",
                command: again([]))
        case .warmupFailed:
            let what = server?.isWarmedByAudio == true ? "a recording" : "the same request"
            return server?.warmup.map { NextStep(advice: "send \(what) to the running server", command: $0) } ?? compare
        case .runtimeUnhealthy:
            return server?.probe.map { NextStep(advice: "ask the running server the same", command: $0) } ?? compare
        case .unloadTimeout:
            // A minute, or more where it had half of that already.
            let stop = max(30_000_000, recorded?.stopTimeout.wholeMicroseconds ?? 0)
            return NextStep(advice: "give it more time to stop", command: again(["--stop-timeout", moreThan(stop)]))
        case .spawnFailed, .processExited, .modelLoadFailed: return byHand ?? compare
        case .unloadFailed, .cancelled, .superseded, nil: return compare
        }
    }

    private func moreTime(_ model: String, _ recorded: RecordedStart?) -> NextStep {
        if let comparison, let elapsed = comparison.elapsed, let p99 = comparison.p99, elapsed > p99 * 2 {
            return NextStep(
                advice: "it has been more than twice as fast: find out what slows it, rather than wait longer",
                command: "modeljournal stats --model \(model)")
        }
        return NextStep(
            advice: "give it more time",
            command: recorded?.command(with: ["--startup-timeout", moreThan(max(spent, comparison?.p99 ?? 0))]))
    }

    /// Microseconds of the whole run, as far as they were measured.
    private var spent: Int64 { story.transitions.compactMap(\.elapsed).reduce(0, &+) }

    private var stallTimeout: Int64? {
        (try? ConfigurationJSON(json: story.configuration))?.configuration.loadStallTimeout?.wholeMicroseconds
    }

    /// Twice as much, in whole seconds.
    private func moreThan(_ microseconds: Int64) -> String {
        let (twice, overflow) = max(0, microseconds).multipliedReportingOverflow(by: 2)
        let wanted = overflow ? Int64.max : twice
        return "\(max(1, wanted / 1_000_000 + (wanted % 1_000_000 > 0 ? 1 : 0)))s"
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
