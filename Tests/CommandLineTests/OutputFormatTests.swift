import Foundation
import JournalRendering
import ModelLifecycle
import TestSupport
import Testing

/// The four forms of an answer.
@Suite(.turn(of: "CommandLineTests")) struct OutputFormatTests {
    private static let formula = "=HYPERLINK(\"http://x\",\"y\")"

    private func withSeeds(_ body: (Workspace) async throws -> Void) async throws {
        try await withWorkspace { workspace in
            try await workspace.seed([
                .unloaded(), .failed("en-us", Failure(.modelLoadFailed, Self.formula)),
                .failed("en-us", Failure(.modelLoadFailed, "two lines,\nand a \"quote\"")),
            ])
            try await body(workspace)
        }
    }

    @Test(arguments: [["history"], ["runs"], ["stats"], ["status"], ["show", "-1"], ["postmortem"], ["schema"]])
    func ndjsonIsTheDocumentsObjectsALineEach(command: [String]) async throws {
        try await withSeeds { workspace in
            let lines = try await workspace.run(command + ["-o", "ndjson"]).lines
            let document = try await workspace.run(command + ["-o", "json"]).json()
            let objects = try document as? [[String: Any]] ?? [#require(document as? [String: Any])]
            #expect(lines.count == objects.count)
            for (line, object) in zip(lines, objects) {
                var parsed = try #require(try JSONSerialization.jsonObject(with: Data(line.utf8)) as? [String: Any])
                var expected = object
                // Time goes on between two questions.
                (parsed["in_state_ms"], expected["in_state_ms"]) = (nil, nil)
                #expect(NSDictionary(dictionary: parsed) == NSDictionary(dictionary: expected))
            }
        }
    }

    @Test func csvHasTheContractsColumnsInItsOrder() async throws {
        try await withSeeds { workspace in
            let history = try await workspace.run("history", "-o", "csv").output.components(separatedBy: "\r\n")
            #expect(
                history.first
                    == "seq,at,model,provider,run_id,attempt,correlation_id,from_state,to_state,trigger,reason,message,"
                    + "elapsed_ms,exit_code,signal,engine_id,pid,host")
            let runs = try await workspace.run("runs", "-o", "csv").output.components(separatedBy: "\r\n")
            #expect(
                runs.first
                    == "run_id,model,provider,version,attempt,correlation_id,started_at,ended_at,state,outcome,"
                    + "startup_ms,load_ms,warmup_ms,ready_ms,failed_phase,reason,message,exit_code,signal,engine_id,host,wanted"
            )
            #expect(runs.dropFirst().first?.contains(",400.437,352.417,48.02,95000,,") == true, "\(runs)")
        }
    }

    @Test func csvQuotesAndNeverHoldsAFormula() async throws {
        try await withSeeds { workspace in
            let csv = try await workspace.run("history", "-o", "csv", "--state", "ERROR").output
            #expect(csv.contains(",\"'=HYPERLINK(\"\"http://x\"\",\"\"y\"\")\","), "\(csv)")
            #expect(csv.contains(",\"two lines,\nand a \"\"quote\"\"\","), "\(csv)")
            let sql = try await workspace.run("sql", "-o", "csv", "SELECT '=1+1' AS a, '@x' AS b, '+1' AS c, -5 AS d")
            #expect(sql.output == "a,b,c,d\r\n'=1+1,'@x,+1,-5\r\n", "\(sql)")
        }
    }

    @Test func anEmptyAnswerIsStillADocument() async throws {
        try await withSeeds { workspace in
            let none = ["--grep", "no such message"]
            #expect(try await workspace.run(["history", "-o", "json"] + none).output == "[]\n")
            #expect(try await workspace.run(["history", "-o", "ndjson"] + none).output.isEmpty)
            let csv = try await workspace.run(["runs", "-o", "csv"] + none)
            #expect(csv.lines.count == 1 && csv.output.hasPrefix("run_id,model,"))
            let text = try await workspace.run(["runs"] + none)
            #expect(text.status == 0 && text.output.isEmpty)
        }
    }

    @Test func textGroupsTransitionsByRun() async throws {
        try await withSeeds { workspace in
            let ids = try await workspace.runs().map(\.runId)
            let text = try await workspace.run("history", "--utc")
            let headings = text.lines.filter { $0.hasPrefix("en-us  run ") }
            #expect(headings.count == 3)
            for (heading, id) in zip(headings, ids) { #expect(heading.contains(id.prefix(13))) }
            #expect(text.output.contains("LOADING       → WARMING_UP        352 ms  loaded"), "\(text)")
            #expect(text.output.contains("ModelLoadFailed: two lines,"))
        }
    }

    private static let commands = [
        ["history"], ["runs"], ["show", "-1"], ["stats"], ["status"], ["postmortem"], ["schema"], ["providers"],
        ["sql", "SELECT * FROM runs"],
    ]

    @Test(arguments: commands) func colourIsForTerminalsOrOnRequest(command: [String]) async throws {
        try await withSeeds { workspace in
            let plain = try await workspace.run(command + ["--utc"], environment: ["TERM": "xterm-256color"])
            #expect(!plain.output.contains("\u{1b}") && !plain.output.isEmpty, "\(plain)")
            let always = try await workspace.run(
                command + ["--utc", "--color", "always"], environment: ["NO_COLOR": "1"])
            #expect(always.output.contains("\u{1b}["))
            // Colour changes nothing else; only the time goes on.
            if command != ["status"] {
                #expect(always.output.replacing(/\u{1b}\[[0-9;]*m/, with: "") == plain.output)
            }
            let json = try await workspace.run(command + ["-o", "json", "--color", "always"])
            #expect(!json.output.contains("\u{1b}"))
        }
    }

    @Test func aTerminalGetsColourUnlessItsUserWantsNone() async throws {
        try await withSeeds { workspace in
            for (environment, arguments, isColored) in [
                (["TERM": "xterm"], [], true), (["TERM": "xterm", "NO_COLOR": "1"], [], false),
                (["TERM": "dumb"], [], false), (["TERM": "xterm"], ["--color", "never"], false),
                (["TERM": "xterm", "NO_COLOR": ""], [], true),
            ] as [([String: String?], [String], Bool)] {
                let terminal = try PseudoTerminal(columns: 100)
                let program = try workspace.start(
                    ["history"] + arguments, environment: environment, output: terminal.end)
                terminal.closeEnd()
                #expect(try await program.finished().status == 0)
                try await eventually("the end of the terminal's output") { terminal.collected.isComplete }
                #expect(terminal.collected.text.contains("\u{1b}[") == isColored, "\(environment) \(arguments)")
            }
        }
    }

    @Test func aMessageCannotControlTheTerminal() async throws {
        try await withWorkspace { workspace in
            let hostile = "\u{1b}]0;owned\u{7}\u{1b}[2J\u{202e}txt\r\u{85}"
            var failure = Failure(.modelLoadFailed, hostile)
            failure.outputTail = hostile
            try await workspace.seed([.unloaded(hostile), .failed(hostile, failure)])
            for command in Self.commands.dropLast(3) + [["sql", "SELECT * FROM runs"]] {
                for format in ["text", "json", "ndjson"] {
                    let finished = try await workspace.run(command + ["-o", format])
                    let dangerous = (finished.output + finished.errors).unicodeScalars.filter {
                        $0.value < 0x20 && $0 != "\n" || (0x7F...0x9F).contains($0.value) || $0.value == 0x202E
                    }
                    #expect(dangerous.isEmpty, "\(command) \(format): \(finished.output.debugDescription)")
                }
            }
        }
    }
}
