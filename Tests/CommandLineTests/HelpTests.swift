import ArgumentParser
import Foundation
import TestSupport
import Testing

@testable import modeljournal

/// Every command explains itself.
@Suite(.turn(of: "CommandLineTests")) struct HelpTests {
    static let commands = ModelJournalCommand.configuration.groupedSubcommands
        .flatMap { $0.subcommands }.compactMap { $0.configuration.commandName }

    /// The names that the contract gives to commands; not all of them exist yet.
    private static let contract: Set = [
        "run", "history", "runs", "show", "stats", "postmortem", "status", "sql", "schema", "export", "import",
        "verify", "doctor", "backup", "prune", "recover", "plot", "serve", "providers", "presets", "ship",
    ]

    @Test(arguments: commands) func aCommandsHelpHasAnExampleThatFits(command: String) async throws {
        try await withWorkspace { workspace in
            for arguments in [[command, "--help"], ["help", command], [command, "-h"]] {
                let help = try await workspace.run(arguments)
                #expect(help.status == 0 && help.errors.isEmpty, "\(help)")
                #expect(help.output.contains("OVERVIEW: ") && help.output.contains("USAGE: modeljournal \(command)"))
                let examples = help.lines.filter { $0.hasPrefix("  modeljournal \(command)") }
                #expect(!examples.isEmpty, "\(help)")
            }
        }
    }

    @Test func defaultsAreShown() async throws {
        try await withWorkspace { workspace in
            let run = try await workspace.run(["run", "--help"], environment: ["COLUMNS": "500"])
            for words in [
                "READY. (default: 300s)", "unloading may take. (default: 10s)", "further one. (default: 10s)",
                "before a retry. (default: 300s)",
            ] { #expect(run.output.contains(words), "\(words): \(run)") }
            let sql = try await workspace.run(["sql", "--help"], environment: ["COLUMNS": "500"])
            #expect(sql.output.contains("(default: 10s)"))
        }
    }

    /// A terminal of 80 columns breaks no example into two lines.
    @Test(arguments: commands) func noExampleIsBroken(command: String) async throws {
        try await withWorkspace { workspace in
            let terminal = try await workspace.run([command, "--help"], environment: ["COLUMNS": "80"])
            // The usage is the parser's own line.
            #expect(terminal.lines.allSatisfy { $0.count <= 80 || $0.hasPrefix("USAGE: ") }, "\(terminal)")
            let wide = try await workspace.run([command, "--help"], environment: ["COLUMNS": "500"])
            let examples = wide.lines.filter { $0.hasPrefix("  modeljournal") }
            #expect(examples.allSatisfy(terminal.lines.contains), "\(examples)")
        }
    }

    @Test(arguments: [["--help"], ["help"], ["-h"], []]) func theRootNamesEveryCommand(arguments: [String]) async throws
    {
        try await withWorkspace { workspace in
            let help = try await workspace.run(arguments)
            #expect(help.status == 0)
            for command in Self.commands {
                #expect(help.lines.contains { $0.hasPrefix("  \(command) ") }, "\(command)")
            }
            #expect(help.output.contains("modeljournal run --once"))
        }
    }

    @Test func commandsAreSpelledAsInTheContract() {
        #expect(Self.commands.count >= 11 && Self.contract.isSuperset(of: Self.commands))
    }

    @Test func theVersionIsALine() async throws {
        try await withWorkspace { workspace in
            let version = try await workspace.run("--version")
            #expect(version.status == 0 && version.lines.count == 1)
            #expect(version.output.wholeMatch(of: /\d+\.\d+\.\d+\n/) != nil)
        }
    }

    @Test func helpCreatesNothing() async throws {
        try await withWorkspace { workspace in
            for command in Self.commands { _ = try await workspace.run(command, "--help") }
            #expect(try DirectoryListing(workspace.directory).names.isEmpty)
        }
    }
}
