import Foundation
import TestSupport
import Testing

/// What is kept of a server's output reaches people and copies whole, whatever bytes are in it.
@Suite(.turn(of: "CommandLineTests")) struct KeptOutputTests {
    private static let script = """
        printf 'loading\\nbuffer: \\000 end \\377\\376\\n\\033[31mValueError: THE-REASON\\n'
        exit 1
        """
    private static let kept = "loading\nbuffer: \0 end \u{FFFD}\u{FFFD}\n\u{1b}[31mValueError: THE-REASON\n"

    private func failed(_ workspace: Workspace) async throws {
        let run = try await workspace.run(
            "run", "--once", "--model", "m", "--probe", "tcp://127.0.0.1:1", "--", "/bin/sh", "-c", Self.script)
        #expect(run.status == 1)
    }

    @Test func everyReportAndEveryCopyHasWhatComesAfterANUL() async throws {
        try await withWorkspace { workspace in
            try await failed(workspace)
            for words in [
                ["postmortem"], ["postmortem", "-o", "json"], ["postmortem", "-o", "html"],
                ["postmortem", "-o", "csv"],
                ["show", "-1"], ["show", "-1", "-o", "json"], ["show", "-1", "-o", "csv"], ["export"],
                ["sql", #"SELECT output_tail FROM "transition""#],
            ] {
                let answer = try await workspace.run(words)
                #expect(answer.output.contains("THE-REASON"), "\(words)")
                #expect(
                    !answer.output.contains("\0") && (words.last == "csv" || !answer.output.contains("\u{1b}[31m")),
                    "\(words)")
            }
            let lines = workspace.path("lines.ndjson")
            try await workspace.run("export").output.write(toFile: lines, atomically: true, encoding: .utf8)
            let copy: [String: String?] = ["MODELJOURNAL_PATH": workspace.path("copy")]
            #expect(try await workspace.run("import", lines, environment: copy).status == 0)
            let shown = try await workspace.run("show", "-1", "-o", "json", environment: copy).object()
            #expect(shown["output_tail"] as? String == Self.kept)
            #expect(try await workspace.run("verify", environment: copy).status == 0)
            #expect(try await workspace.run("verify").status == 0)
        }
    }

    @Test func aProgressBarDoesNotHideTheError() async throws {
        try await withWorkspace { workspace in
            let run = try await workspace.run(
                "run", "--once", "--model", "m", "--probe", "tcp://127.0.0.1:1", "--", "/bin/sh", "-c",
                """
                echo starting
                i=0; while [ $i -lt 3000 ]; do printf '\\rfetching part %d of 3000, at 12 MB a second' $i; i=$((i+1)); done
                echo OSError: THE-REASON; exit 1
                """)
            #expect(run.status == 1)
            let tail = try await workspace.postmortem().evidence?.outputTail
            #expect(tail == "starting\nfetching part 2999 of 3000, at 12 MB a secondOSError: THE-REASON\n")
        }
    }

    @Test func aDeadlineFindsTheWordsUntilThen() async throws {
        try await withWorkspace { workspace in
            let run = try await workspace.run(
                "run", "--once", "--model", "m", "--probe", "tcp://127.0.0.1:1", "--startup-timeout", "3s",
                "--stop-timeout", "1s", "--", "/bin/sh", "-c", "echo loading; printf 'shard 1 of 2'; exec sleep 1000")
            #expect(run.status == 1)
            let answer = try await workspace.postmortem()
            #expect(answer.reason == "StartupTimeout")
            #expect(answer.evidence?.outputTail == "loading\nshard 1 of 2")
        }
    }

    @Test func theKeptOutputAloneIsShown() async throws {
        try await withWorkspace { workspace in
            try await failed(workspace)
            let text = "loading\nbuffer: \\u{0} end \u{FFFD}\u{FFFD}\n\\u{1b}[31mValueError: THE-REASON\n"
            for words in [
                ["show", "-1", "--output"], ["show", "--output", "-1"], ["show", "-1", "--kept-output"],
                ["show", "--output", "-o", "text", "-1"],
            ] {
                let answer = try await workspace.run(words)
                #expect(answer.status == 0 && answer.output == text, "\(words): \(answer.errors)")
            }
            let json = try await workspace.run("show", "-1", "--output", "-o", "json").object()
            #expect(json["output"] as? String == Self.kept && (json["run_id"] as? String)?.isEmpty == false)
            #expect(json.count == 2)
            // With a format it is the whole run, as before.
            let whole = try await workspace.run("show", "-1", "--output", "json").object()
            #expect(whole["output_tail"] as? String == Self.kept && whole["transitions"] != nil)
        }
    }

    @Test func aRunWithoutOutputSaysSo() async throws {
        try await withWorkspace { workspace in
            _ = try await workspace.run(
                "run", "--once", "--model", "m", "--probe", "tcp://127.0.0.1:1", "--", "/bin/sh", "-c", "exit 1")
            let answer = try await workspace.run("show", "-1", "--output")
            #expect(answer.status == 1 && answer.output.isEmpty)
            #expect(answer.errors.contains("the journal holds no output of it"))
        }
    }
}
