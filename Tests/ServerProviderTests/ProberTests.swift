import Foundation
import TestSupport
import Testing

@testable import ServerProvider

@Suite("Probes", .turn(of: "ServerProviderTests"))
struct ProberTests {
    /// The shell alone would not be enough: what it waits for would stay.
    @Test func whatACommandHasStartedEndsWithItsTime() async throws {
        let file = FileManager.default.temporaryDirectory.path + "/modeljournal-probe-" + UUID().uuidString
        defer { try? FileManager.default.removeItem(atPath: file) }
        // On a busy machine the shell may not come so far in a short time.
        var timeout = Duration.milliseconds(100)
        var child: pid_t?
        while child == nil {
            let answer = await CommandProber(command: "sleep 600 & echo $! > '\(file)'; wait", timeout: timeout).ask()
            #expect(!answer.isReady)
            #expect(answer.summary.contains("did not end within"), "\(answer.summary)")
            child = (try? String(contentsOfFile: file, encoding: .utf8))
                .flatMap { pid_t($0.trimmingCharacters(in: .whitespacesAndNewlines)) }
            timeout = timeout * 2
        }
        let started = try #require(child)
        try await eventually("the end of what a probe's command has started") { !Self.runs(started) }
    }

    @Test(
        arguments: [
            ("echo ok", true, "the probe command succeeded: ok", nil),
            ("true", true, "the probe command succeeded", nil),
            ("echo a; echo b >&2; echo; exit 3", false, "the probe command exited with 3: b", nil),
            ("printf 'no end'; exit 1", false, "the probe command exited with 1: no end", nil),
            (
                "echo \"password=hunter2hunter2\"; exit 1", false,
                "the probe command exited with 1: password=[redacted]", nil
            ),
            ("echo gone; exit 126", false, "the probe command exited with 126: gone", "gone"),
            ("exit 127", false, "the probe command exited with 127", "the probe command was not found"),
            ("printf 'a\\001b'; kill -9 $$", false, "the probe command was ended by signal 9: a?b", nil),
            // More than a pipe holds, and more than is kept.
            ("head -c 3000000 /dev/zero | tr '\\0' x; echo; echo end", true, "the probe command succeeded: end", nil),
        ] as [(String, Bool, String, String?)])
    func aCommandsLastLineIsEvidence(command: String, isReady: Bool, line: String, failure: String?) async {
        let answer = await CommandProber(command: command, timeout: .seconds(60)).ask()
        #expect(answer.isReady == isReady && answer.line == line && answer.failure == failure, "\(answer)")
    }

    @Test func aCommandThatDoesNotExistCanNeverSucceed() async {
        let answer = await CommandProber(command: "no-such-program-anywhere", timeout: .seconds(60)).ask()
        #expect(answer.failure?.contains("not found") == true && answer.summary == "the probe command exited with 127")
    }

    /// It keeps the pipe open, and nothing waits for it.
    @Test func whatACommandLeavesBehindIsNotWaitedFor() async throws {
        let file = FileManager.default.temporaryDirectory.path + "/modeljournal-probe-" + UUID().uuidString
        defer { try? FileManager.default.removeItem(atPath: file) }
        let answer = await CommandProber(
            command: "sleep 600 & echo $! > '\(file)'; echo started", timeout: .seconds(60)
        ).ask()
        #expect(answer.line == "the probe command succeeded: started")
        let child = try String(contentsOfFile: file, encoding: .utf8).trimmingCharacters(in: .whitespacesAndNewlines)
        kill(try #require(pid_t(child)), SIGKILL)
    }

    @Test func aCommandThatCannotBeRunSaysWhy() async {
        // Longer than what a system takes as arguments.
        let command = ":" + String(repeating: " ", count: 1 << 22)
        let answer = await CommandProber(command: command, timeout: .seconds(60)).ask()
        #expect(!answer.isReady)
        #expect(answer.summary.hasPrefix("the probe command could not be run: "), "\(answer.summary.prefix(200))")
        #expect(!answer.summary.contains("\n"))
    }

    @Test func aURLWithoutAPathAsksForTheRoot() async throws {
        let http = HTTPExchange()
        // Nobody listens at port 1.
        let url = try #require(URL(string: "http://127.0.0.1:1"))
        let answer = await HTTPProber(url: url, timeout: .seconds(60), http: http).ask()
        await http.shutDown()
        #expect(!answer.isReady)
        #expect(answer.summary.hasPrefix("GET http://127.0.0.1:1/: "), "\(answer.summary)")
    }

    /// One that has ended, and that nobody has asked for its status, does not run.
    private static func runs(_ process: pid_t) -> Bool {
        guard kill(process, 0) == 0 else { return false }
        guard let status = try? String(contentsOfFile: "/proc/\(process)/stat", encoding: .utf8) else {
            return kill(process, 0) == 0
        }
        return status.split(separator: ")").last?.split(separator: " ").first != "Z"
    }
}
