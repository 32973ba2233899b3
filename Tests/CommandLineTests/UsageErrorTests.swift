import Foundation
import TestSupport
import Testing

/// Wrong words on the command line: what is wrong is named, the status is 64, and no file moves.
@Suite(.turn(of: "CommandLineTests")) struct UsageErrorTests {
    /// The arguments, and what must stand on stderr.
    static let wrong: [([String], String)] = [
        (["nonsense"], "'nonsense'"), (["history", "--nonsense"], "'--nonsense'"),
        (["run", "--once", "--provider", "nix"], "no provider 'nix'; known: pocketsphinx"),
        (
            ["run", "--once", "--model", "nix"],
            "pocketsphinx knows no model 'nix' by name; known: en-us; for another one add --model-path PATH"
        ),
        (["run", "--max-retries", "-1"], "--max-retries must be between 0 and 1000000"),
        (["run", "--max-retries", "many"], "'many'"), (["run", "--startup-timeout", "soon"], "'soon'"),
        (["run", "--startup-timeout", "0s"], "--startup-timeout must be longer than nothing"),
        (["run", "--startup-timeout", "10"], "'10'"), (["run", "--stop-timeout", "-5s"], "--stop-timeout"),
        (["run", "--retry-backoff", "1y"], "'1y'"), (["run", "--warmup", "hot"], "'hot'"),
        (["run", "--warmup-policy", "maybe"], "'maybe'"), (["run", "--model", ""], "--model has 1 to 200"),
        (["run", "--model", String(repeating: "m", count: 201)], "--model has 1 to 200"),
        (["run", "--model", String(repeating: "e\u{301}", count: 150)], "--model has 1 to 200"),
        (["run", "--correlation-id", "two words"], "'two words'"), (["run", "--correlation-id", ""], "''"),
        (["run", "--log-level", "loud"], "'loud'"), (["run", "stray"], "'stray'"),
        (["history", "--model", "nix"], "no model 'nix' in the journal; known: en-us"),
        (["runs", "--provider", "nix"], "no provider 'nix' in the journal; known: pocketsphinx"),
        (["stats", "--model", "nix"], "no model 'nix'"), (["status", "--model", "nix"], "no model 'nix'"),
        (["postmortem", "--model", "nix"], "no model 'nix'"),
        (["history", "--run", "ffff"], "no run 'ffff'; `modeljournal runs` lists them"),
        (["show", "ffff"], "no run 'ffff'"), (["postmortem", "ffff"], "no run 'ffff'"),
        (["history", "--run", "0"], "is ambiguous: "), (["show", "0"], "is ambiguous: "),
        (["show", "not-a-run!"], "'not-a-run!'"), (["history", "--run", "zz"], "'zz'"), (["show"], "'<run>'"),
        (["show", "-9"], "no run -9: the journal holds 2 run"),
        (["history", "--run", "-9"], "no run -9"), (["show", String(repeating: "a", count: 37)], "aaa"),
        (["postmortem", "-2"], "did not fail (unloaded)"),
        (["history", "-S", "nonsense"], "'nonsense'"), (["history", "-S", "2026-02-30"], "'2026-02-30'"),
        (["history", "-U", "2026-13-01"], "'2026-13-01'"), (["runs", "-S", "25:00"], "'25:00'"),
        (["history", "-S", "-5parsecs"], "'-5parsecs'"), (["history", "-S", ""], "''"),
        (["history", "-S", "now", "-U", "yesterday"], "--until must be later than --since"),
        (["history", "-o", "xml"], "'xml'"), (["runs", "--color", "green"], "'green'"),
        (["history", "--state", "DONE"], "'DONE'"), (["runs", "--outcome", "fine"], "'fine'"),
        (["runs", "--reason", "BadLuck"], "'BadLuck'"),
        (["history", "-g", "("], "not a regular expression: '('"),
        (["history", "-n", "-1"], "--lines must not be negative"), (["history", "-n", "ten"], "'ten'"),
        (["history", "-f", "-r"], "--follow and --reverse exclude each other"),
        (["history", "-f", "-o", "json"], "use -o ndjson"),
        (["export", "--after-cursor", "-1"], "--after-cursor must not be negative"),
        (["export", "--after-cursor", "x"], "'x'"), (["sql"], "'<statement>'"), (["sql", ""], "statement"),
        (["sql", "SELECT 1", "--timeout", "forever"], "'forever'"),
    ]

    @Test(arguments: wrong) func whatIsWrongIsNamed(arguments: [String], words: String) async throws {
        try await withWorkspace { workspace in
            try await workspace.seed([.unloaded(), .failed()])
            let before = try DirectoryListing(workspace.directory, sideFiles: false)
            let finished = try await workspace.run(arguments)
            #expect(finished.status == 64, "\(finished)")
            #expect(finished.output.isEmpty, "\(finished)")
            #expect(finished.errors.contains(words), "\(finished)")
            #expect(finished.errors.hasPrefix("modeljournal: ") && finished.errorLines.count == 1, "\(finished)")
            let after = try DirectoryListing(workspace.directory, sideFiles: false)
            #expect(after == before, "\(after)")
        }
    }

    /// The words that the type of the argument accepts, and where more is to be read.
    @Test(
        arguments: [
            (["show", "zzz"], "a unique beginning of one, or -1 for the last", "show"),
            (["history", "-S", "garbage"], "-2h, '3 days ago' or yesterday", "history"),
            (["stats", "-U", "garbage"], "'2026-11-23 02:31'", "stats"),
            (["runs", "-o", "xml"], "'text', 'json', 'ndjson' or 'csv'", "runs"),
            (["run", "--startup-timeout", "5"], "such as 250ms, 10s, 5m, 2h or 1h30min", "run"),
            (["history", "--state", "FOO"], "LOADING, WARMING_UP, READY", "history"),
            (["runs", "--reason", "Foo"], "ModelLoadFailed, WarmupFailed", "runs"),
            (["runs", "--outcome", "x"], "in_progress, ready, unloaded, failed, cancelled, interrupted", "runs"),
            (["run", "--correlation-id", "two words"], "without blanks", "run"),
            (["run", "--log-level", "x"], "trace, debug, info", "run"),
            (["sql", "SELECT 1", "--timeout", "5"], "250ms", "sql"),
            (["history", "--modle", "x"], "--model", "history"),
        ] as [([String], String, String)])
    func whatIsAcceptedStandsInTheSameLine(arguments: [String], words: String, command: String) async throws {
        try await withWorkspace { workspace in
            let finished = try await workspace.run(arguments)
            #expect(finished.status == 64 && finished.output.isEmpty && finished.errorLines.count == 1, "\(finished)")
            #expect(finished.errors.hasPrefix("modeljournal: ") && finished.errors.contains(words), "\(finished)")
            #expect(finished.errors.hasSuffix(" (see `modeljournal \(command) --help`)\n"), "\(finished)")
        }
    }

    @Test func anUnknownCommandLeadsToTheListOfThem() async throws {
        try await withWorkspace { workspace in
            let finished = try await workspace.run("nonsense")
            #expect(finished.errors == "modeljournal: there is no command 'nonsense' (see `modeljournal --help`)\n")
        }
    }

    @Test(arguments: [
        ("histroy", "history"), ("postmorten", "postmortem"), ("satus", "status"), ("stat", "stats"), ("rn", "run"),
        ("List", nil), ("x", nil), ("", nil), (String(repeating: "history", count: 1000), nil),
    ]) func aSlipOfTheFingersIsUnderstood(word: String, command: String?) async throws {
        try await withWorkspace { workspace in
            let finished = try await workspace.run(word)
            let hint = command.map { ". Did you mean '\($0)'?" } ?? ""
            #expect(finished.status == 64)
            #expect(
                finished.errors
                    == "modeljournal: there is no command '\(word)'\(hint) (see `modeljournal --help`)\n")
        }
    }

    @Test func aHostileWordIsShownHarmlessly() async throws {
        try await withWorkspace { workspace in
            try await workspace.seed(.failed())
            let finished = try await workspace.run("history", "--model", "\u{1b}[2J\nx")
            #expect(finished.status == 64 && finished.errorLines.count == 1)
            #expect(!finished.errors.contains("\u{1b}"))
            let parsed = try await workspace.run("history", "--state", "\u{1b}[2J\nx")
            #expect(parsed.status == 64 && parsed.errorLines.count == 1 && !parsed.errors.contains("\u{1b}"))
        }
    }

    @Test(arguments: ["[", "-", "~/journal", "a/b", "/", "."]) func aPathOfAnyKindIsTaken(journal: String) async throws
    {
        try await withWorkspace { workspace in
            try "hello\n".write(toFile: workspace.path("garbage"), atomically: true, encoding: .utf8)
            let refused = try await workspace.run("import", workspace.path("garbage"), "--journal", journal)
            #expect([64, 65, 66, 73].contains(refused.status) && refused.errorLines.count == 1, "\(refused)")
            #expect(try FileManager.default.contentsOfDirectory(atPath: workspace.directory.path) == ["garbage"])
        }
    }

    /// Whoever has no journal yet has none afterwards.
    @Test func anImportThatIsRefusedLeavesNoFolders() async throws {
        try await withWorkspace { workspace in
            let file = workspace.path("garbage")
            try "hello\n".write(toFile: file, atomically: true, encoding: .utf8)
            let refused = try await workspace.run(["import", file], environment: ["MODELJOURNAL_PATH": nil])
            #expect(refused.status == 65, "\(refused)")
            #expect(try FileManager.default.contentsOfDirectory(atPath: workspace.directory.path) == ["garbage"])
        }
    }
}
