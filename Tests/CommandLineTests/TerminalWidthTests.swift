import Foundation
import ModelLifecycle
import TestSupport
import Testing

/// Text fits the terminal, whatever the names and messages.
@Suite(.turn(of: "CommandLineTests")) struct TerminalWidthTests {
    private static let commands = [
        ["history"], ["runs"], ["show", "-1"], ["show", "-2"], ["stats"], ["status"], ["postmortem"],
        ["postmortem", "-2"], ["schema"], ["providers"], ["sql", "SELECT * FROM runs"],
        ["sql", "SELECT model, message FROM runs"], ["sql", "SELECT * FROM startup_stats"],
    ]

    private static let words = String(repeating: "the quick brown fox jumps ", count: 40)
    private static let unbroken = String(repeating: "/a/very/long/path", count: 40)

    private static func seeds(model: String, message: String) -> [SeededRun] {
        var failure = Failure(.processExited, message, exitCode: 139, signal: 11)
        failure.outputTail = "first line\n\(message)\nlast line"
        var warming = SeededRun.failed(model, failure)
        warming.correlationID = String(repeating: "c", count: 200)
        warming.steps.insert(
            SeededRun.Step(to: .warmingUp, trigger: .loaded, elapsed: .seconds(3)), at: 1)
        warming.steps[2] = SeededRun.Step(
            to: .error, trigger: .warmupFailed, elapsed: .seconds(300), failure: failure,
            warmups: [WarmupMeasurement(elapsed: .seconds(300), error: message)])
        warming.startupTimeout = .seconds(1)
        return [.unloaded(model, load: .seconds(3700)), .failed(model, failure), warming]
    }

    @Test(arguments: [80, 66]) func noLineIsWiderThanTheTerminal(columns: Int) async throws {
        for (model, message) in [
            ("en-us", "short"), ("en-us", Self.words), ("en-us", Self.unbroken),
            (String(repeating: "long-model-name-", count: 12), Self.words),
        ] {
            try await withWorkspace { workspace in
                try await workspace.seed(Self.seeds(model: model, message: message))
                for command in Self.commands {
                    let finished = try await workspace.run(
                        command,
                        environment: [
                            "COLUMNS": "\(columns)", "MODELJOURNAL_POCKETSPHINX_LIBRARY": Self.unbroken,
                        ])
                    #expect(!finished.output.isEmpty, "\(finished)")
                    let wide = finished.lines.filter { $0.count > columns }
                    #expect(wide.isEmpty, "\(command): \(model.prefix(8)), \(message.prefix(8))")
                    #expect(finished.lines.allSatisfy { !$0.hasSuffix(" ") }, "\(command): \(finished)")
                }
            }
        }
    }

    @Test func aTerminalsOwnWidthCounts() async throws {
        try await withWorkspace { workspace in
            try await workspace.seed(Self.seeds(model: "en-us", message: Self.words))
            let terminal = try PseudoTerminal(columns: 70)
            let program = try workspace.start(["runs", "--color", "never"], output: terminal.end)
            terminal.closeEnd()
            #expect(try await program.finished().status == 0)
            try await eventually("the end of the terminal's output") { terminal.collected.isComplete }
            let lines = terminal.collected.text.replacing("\r\n", with: "\n").split(separator: "\n")
            #expect(lines.count == 4 && lines.allSatisfy { $0.count <= 70 }, "\(lines)")
        }
    }

    /// Nobody's screen: a file or a pipe gets everything.
    @Test func offATerminalNothingIsCut() async throws {
        try await withWorkspace { workspace in
            try await workspace.seed(.failed("en-us", Failure(.modelLoadFailed, Self.unbroken)))
            for command in [["runs"], ["history"], ["postmortem"], ["show", "-1"], ["stats"], ["status"]] {
                #expect(try await workspace.run(command).output.contains(Self.unbroken), "\(command)")
            }
        }
    }
}
