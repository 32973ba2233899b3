import Foundation
import ModelLifecycle
import Testing

/// `docs/state-machine.md` shows the table of the code, not a memory of it.
@Suite("docs/state-machine.md")
struct StateMachinePageTests {
    static let begin = "<!-- table: begin -->\n"
    static let end = "\n<!-- table: end -->"
    static let page = URL(filePath: #filePath)
        .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
        .appending(path: "docs/state-machine.md")

    @Test func thePageShowsTheTableOfTheCode() throws {
        var text = try String(contentsOf: Self.page, encoding: .utf8)
        let begin = try #require(text.range(of: Self.begin))
        let end = try #require(text.range(of: Self.end))
        let table = begin.upperBound..<end.lowerBound
        if ProcessInfo.processInfo.environment["MODELJOURNAL_UPDATE_DOCS"] == "1" {
            text.replaceSubrange(table, with: LifecycleTable.markdown)
            try text.write(to: Self.page, atomically: true, encoding: .utf8)
            return
        }
        #expect(
            text[table] == LifecycleTable.markdown,
            "run MODELJOURNAL_UPDATE_DOCS=1 swift test --filter StateMachinePageTests")
    }

    @Test func thePageExplainsEveryStateTriggerTimerAndReason() throws {
        let text = try String(contentsOf: Self.page, encoding: .utf8)
        for state in ModelState.allCases { #expect(text.contains("\n| \(state) | "), "\(state)") }
        for trigger in Trigger.allCases { #expect(text.contains("\n| `\(trigger.rawValue)` | "), "\(trigger)") }
        for reason in FailureReason.allCases {
            let retried = reason.isRetryable ? "yes" : "no"
            #expect(text.contains("\n| \(reason.rawValue) | \(retried) | "), "\(reason)")
        }
    }

    @Test func thePageNamesTheDefaultTimeouts() throws {
        let text = try String(contentsOf: Self.page, encoding: .utf8)
        let run = RunConfiguration(model: "en-us", provider: "scripted")
        #expect(text.contains("| startup deadline | \(run.startupTimeout.components.seconds) s | "))
        #expect(text.contains("| stall | \(run.loadStallTimeout.map { "\($0)" } ?? "none") | "))
        #expect(text.contains("| warm-up | \(run.warmup.timeout.map { "\($0)" } ?? "none") | "))
        #expect(text.contains("| unload | \(run.unloadTimeout.components.seconds) s | "))
        #expect(text.contains("| backoff | \(run.retry.backoff.components.seconds) s | "))
        #expect(text.contains("at most \(run.retry.maximumDelay.components.seconds) s"))
        #expect(text.contains("| stable | \(run.retry.stableAfter.components.seconds) s | "))
    }
}
