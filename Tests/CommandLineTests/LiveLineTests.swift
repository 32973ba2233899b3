import Foundation
import TestSupport
import Testing

extension WithRealModel {
    /// The one line that `run` keeps up to date, on a terminal and nowhere else.
    @Suite(.turn(of: "CommandLineTests")) struct LiveLine {
        @Test func aTerminalShowsStateAndTimeAndIsLeftClean() async throws {
            try await withWorkspace { workspace in
                let terminal = try PseudoTerminal(columns: 40)
                let run = try workspace.start(["run", "--once", "--warmup", "full"], errors: terminal.end)
                terminal.closeEnd()
                let screen = terminal.collected
                #expect(try await run.finished().status == 0)
                try await eventually("the end of the terminal's output") { screen.isComplete }
                let text = screen.text
                #expect(text.contains("en-us  LOADING  "), "\(text.debugDescription)")
                #expect(text.contains("en-us  WARMING_UP  "), "\(text.debugDescription)")
                #expect(text.contains("en-us is READY"))
                // What the terminal shows in its live line never wraps, and nothing of it stays.
                for live in text.components(separatedBy: "\r\u{1b}[K") {
                    let shown = live.prefix { $0 != "\r\n" && $0 != "\n" && $0 != "\r" }
                    if shown.hasPrefix("en-us  ") { #expect(shown.count < 40, "\(shown)") }
                }
                let lastLine = text.components(separatedBy: "\n").last ?? ""
                #expect(lastLine.isEmpty || lastLine.hasSuffix("\r\u{1b}[K"), "\(lastLine.debugDescription)")
            }
        }

        @Test func aKnownModelTellsHowLongItWillTake() async throws {
            try await withWorkspace { workspace in
                #expect(try await workspace.run("run", "--once").status == 0)
                let terminal = try PseudoTerminal(columns: 80)
                let run = try workspace.start(["run", "--once"], errors: terminal.end)
                terminal.closeEnd()
                #expect(try await run.finished().status == 0)
                try await eventually("the end of the terminal's output") { terminal.collected.isComplete }
                let text = terminal.collected.text
                #expect(
                    text.contains(" left") || text.contains("any moment now") || text.contains("slower than its p99"),
                    "\(text.debugDescription)")
            }
        }

        @Test func offATerminalThereIsNoLiveLineAndNoEscapeCode() async throws {
            try await withWorkspace { workspace in
                let run = try await workspace.run("run", "--once")
                #expect(run.status == 0)
                #expect(!run.errors.contains("\u{1b}") && !run.errors.contains("\r"), "\(run)")
                #expect(!run.errors.contains("en-us  LOADING"))
            }
        }
    }
}
