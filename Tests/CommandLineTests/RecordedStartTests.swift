import ArgumentParser
import Foundation
import ModelLifecycle
import TestSupport
import Testing

@testable import JournalCare
@testable import JournalRendering
@testable import JournalReports
@testable import LifecycleJournal
@testable import modeljournal

/// A post-mortem's command starts what the run was started with.
@Suite(.turn(of: "CommandLineTests")) struct RecordedStartTests {
    private static func configuration(_ arguments: [String]) throws -> RunConfiguration {
        let command = try #require(try ModelJournalCommand.parseAsRoot(["run"] + arguments) as? RunCommand)
        return try command.wanted().configuration
    }

    private static let here = Invocation(directory: FileManager.default.currentDirectoryPath)

    @Test(arguments: [
        ["--model", "en-us"], ["--model", "it's", "--digest", "--warmup", "full", "--warmup-policy", "warn"],
        ["--model", "m", "--model-path", "/some where/m", "--load-stall-timeout", "250ms", "--warmup", "none"],
        ["--model", "m", "--startup-timeout", "10min", "--stop-timeout", "3s", "--max-retries", "2"],
        ["--model", "m", "--", "/bin/true", "a b", "--help"],
        [
            "--model", "m", "--probe", "tcp://127.0.0.1:80", "--probe-interval", "50ms", "--liveness-failures", "7",
            "--stop-timeout", "90s", "--retry-max-delay", "1h", "--", "/bin/true",
        ],
        [
            "--model", "m", "--warmup-url", "http://127.0.0.1:8/w?a=1&b", "--warmup-body", "{\"it's\": 1}",
            "--warmup-header", "Accept: a/b", "--warmup-count", "4", "--", "/bin/true",
        ],
        [
            "--model", "m", "--probe", "https://127.0.0.1:8/ready", "--probe-header", "Accept: a/b", "--probe-method",
            "POST", "--probe-body", "it's {}", "--probe-insecure", "--ready-when", "status=READY", "--failed-when",
            "status=SETUP_FAILED|DEFUNCT", "--alive-when", "http=200", "--ready-successes", "3", "--probe-timeout",
            "90s", "--liveness-interval", "1500ms", "--liveness-timeout", "1h", "--", "/bin/true",
        ],
        [
            "--model", "m", "--probe", "http://127.0.0.1:8/", "--ready-when", "a=1", "--ready-when", "b=2",
            "--liveness", "off", "--warmup-exec", "echo it's", "--", "/bin/true",
        ],
        ["--model", "m", "--preset", "whisper-server", "--", "/bin/true"],
        ["--model", "m", "--preset", "cog", "--", "/bin/true"],
        ["--model", "m", "--preset", "llama-server", "--warmup", "none", "--", "/bin/true", "--port", "9"],
    ])
    func theCommandMakesTheSameConfiguration(arguments: [String]) async throws {
        let wanted = try Self.configuration(arguments)
        let command = RecordedStart(wanted).command(Self.here).text
        #expect(command.hasPrefix("modeljournal run "))
        // A shell takes it apart.
        try await withWorkspace { workspace in
            let line = "printf '%s\\0' " + command.dropFirst("modeljournal run ".count)
            let words = try await workspace.start("/bin/sh", ["-c", line]).finished().output
            let again = words.split(separator: "\0", omittingEmptySubsequences: false).dropLast().map(String.init)
            #expect(try Self.configuration(again) == wanted, "\(command)")
        }
    }

    @Test func aChangeTakesTheRecordedPlace() throws {
        let recorded = RecordedStart(try Self.configuration(["--model", "m", "--startup-timeout", "2s"]))
        #expect(
            recorded.command(with: [("--startup-timeout", "9s")], Self.here).text
                == "modeljournal run --model m --provider pocketsphinx --startup-timeout 9s")
    }

    /// The limits that are given count, and everything else stays as it was.
    @Test func limitsGoBeforeThoseOfTheRecord() throws {
        let recorded = try Self.configuration([
            "--model", "m", "--startup-timeout", "2s", "--max-retries", "5", "--probe", "tcp://127.0.0.1:80", "--",
            "/bin/true",
        ])
        let command = try #require(
            try ModelJournalCommand.parseAsRoot([
                "run", "--resume", "--startup-timeout", "1min", "--stop-timeout", "7s",
            ])
                as? RunCommand)
        var expected = recorded
        expected.startupTimeout = .seconds(60)
        expected.unloadTimeout = .seconds(12)
        expected.options["stop_timeout_ms"] = "7000.0"
        #expect(try command.options.changing(recorded) == expected)
        let none = try #require(try ModelJournalCommand.parseAsRoot(["run", "--resume"]) as? RunCommand)
        #expect(try none.options.changing(recorded) == recorded)
        let warmed = try #require(
            try ModelJournalCommand.parseAsRoot(["run", "--resume", "--warmup", "full"]) as? RunCommand)
        #expect(throws: CommandFailure.self) { try warmed.options.changing(recorded) }
    }
}
