// An engine process that does what it is told, line by line, so that a test can decide when it lives,
// stops and dies. Each command is answered by one line: `ok …` or `error CODE …`.

import Foundation
import GRDB

@testable import JournalCare
@testable import JournalReports
@testable import LifecycleJournal
@testable import ModelLifecycle

@main
struct JournalActor {
    static func main() async {
        var actor = JournalActor()
        answer("hello")
        while let line = nextLine() {
            do {
                let words = try await actor.obey(line.split(separator: " ").map(String.init))
                answer((["ok"] + words).joined(separator: " "))
            } catch let error as JournalError {
                answer("error \(error.code) \(error.message)")
            } catch RecorderFailure.fenced(let detail) {
                answer("error fenced \(detail)")
            } catch {
                answer("error other \(error)")
            }
        }
    }

    /// Swift's `readLine` takes the end of the input for an interruption, and tries again for ever, where a call that was
    /// made earlier on this thread was interrupted.
    private static func nextLine() -> String? {
        errno = 0
        return readLine()
    }

    private static func answer(_ line: String) {
        print(line)
        fflush(nil)
    }

    private var journal: EngineJournal?
    private var reader: JournalReader?
    private var claimed: ClaimedModel?
    private var run: RunIdentity?
    private var ordinal = 0
    private var state = ModelState.uninitialized
    /// The row that was last to be appended.
    private var transition: Transition?

    mutating func obey(_ words: [String]) async throws -> [String] {
        switch (words.first, words.dropFirst().first, words.dropFirst(2).first) {
        case ("umask", let mode?, nil):
            umask(mode_t(mode, radix: 8) ?? 0)
            return []
        case ("open", let path?, nil):
            dieOfFilesThatAreTooLarge()
            let opened = try EngineJournal(path: path, programVersion: "journal-actor")
            journal = opened
            return [opened.engineID.rawValue, String(opened.recovered.count)]
        case ("claim", let model?, nil):
            guard let journal else { throw Misuse("open a journal first") }
            let claimed = try await journal.claim(RunConfiguration(model: model, provider: "scripted"))
            self.claimed = claimed
            state = claimed.state
            return [state.rawValue]
        case ("move", let trigger?, let to?):
            try await move(trigger, to)
            return [String(ordinal)]
        case ("again", nil, nil):
            try await append()
            return [String(ordinal)]
        case ("stress", let count?, nil):
            try await stress(Int(count) ?? 0)
            return [count]
        case ("weaken", nil, nil):
            // The control of a test that cuts the power: with this it has to lose what was acknowledged.
            try journal?.writer.writeWithoutTransaction { db in try db.execute(sql: "PRAGMA synchronous = NORMAL") }
            return []
        case ("close", nil, nil):
            try journal?.close()
            return []
        case ("read", let path?, nil):
            return [String(try JournalReader(path: path).history(ReportFilter()).count)]
        case ("reader", let path?, nil):
            reader = try JournalReader(path: path)
            return []
        case ("count", nil, nil):
            guard let reader else { throw Misuse("open a reader first") }
            return [String(try reader.history(ReportFilter()).count)]
        case ("verify", let path?, nil):
            return [String(try JournalVerifier(JournalReader(path: path, trustsViews: false)).verify().findings.count)]
        case ("sql", let path?, nil):
            var rows = 0
            try ReadOnlySQL(path: path, sql: "SELECT seq FROM transitions").run(
                deadline: .seconds(60), columns: { _ in }, row: { _ in rows += 1 })
            return [String(rows)]
        default: throw Misuse("no such command")
        }
    }

    /// A write past the limit on a file's size kills, although the threads of Swift's pool block that
    /// signal and the parent may ignore it.
    private func dieOfFilesThatAreTooLarge() {
        signal(SIGXFSZ, SIG_DFL)
        var fatal = sigset_t()
        sigemptyset(&fatal)
        sigaddset(&fatal, SIGXFSZ)
        pthread_sigmask(SIG_UNBLOCK, &fatal, nil)
    }

    private mutating func move(_ trigger: String, _ to: String) async throws {
        guard let trigger = Trigger(rawValue: trigger), let to = ModelState(rawValue: to) else {
            throw Misuse("name a trigger and a state")
        }
        if to == .loading {
            ordinal = 0
            run = RunIdentity(runID: RunID(at: .now), correlationID: CorrelationID(at: .now), attempt: 1)
        }
        guard let run else { throw Misuse("a run begins in LOADING") }
        transition = Transition(
            run: run, ordinal: ordinal + 1, from: state, to: to, trigger: trigger, at: .now,
            elapsed: .milliseconds(1), failure: nil, warmups: [], version: nil)
        try await append()
    }

    /// Lifecycles of the claimed model, good and bad ones in turn. Each transition is acknowledged, `ack RUN ORDINAL TO`,
    /// once it is appended.
    /// - Parameter count: of transitions; 0 for no end.
    private mutating func stress(_ count: Int) async throws {
        let good: [(Trigger, ModelState)] = [
            (.initialize, .loading), (.loaded, .warmingUp), (.warmed, .ready), (.unload, .unloading),
            (.unloaded, .uninitialized),
        ]
        let bad: [(Trigger, ModelState)] = [(.initialize, .loading), (.loadFailed, .error)]
        var written = 0
        for lifecycle in 0... {
            for (trigger, to) in lifecycle.isMultiple(of: 3) ? bad : good {
                guard count == 0 || written < count else { return }
                try await move(trigger.rawValue, to.rawValue)
                written += 1
                Self.answer("ack \(run?.runID.rawValue ?? "-") \(ordinal) \(to.rawValue)")
            }
        }
    }

    private mutating func append() async throws {
        guard let claimed, let transition else { throw Misuse("nothing to append") }
        try await claimed.recorder.append(transition)
        ordinal = transition.ordinal
        state = transition.to
    }
}

struct Misuse: Error {
    var message: String
    init(_ message: String) { self.message = message }
}
