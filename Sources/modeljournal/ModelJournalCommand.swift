import ArgumentParser
import CLifeline
import Foundation

/// The command line's root.
@main
struct ModelJournalCommand: AsyncParsableCommand {
    static let version = Program.version

    static let configuration = CommandConfiguration(
        commandName: "modeljournal",
        abstract: "A flight recorder for the start-up of speech and other ML models.",
        discussion: """
            `run` takes a model through LOADING and WARMING_UP to READY and appends every transition to a \
            journal; the other commands answer from it what happened, how long it took and why it failed.

            The journal is --journal PATH, else $MODELJOURNAL_PATH, else \
            $XDG_STATE_HOME/modeljournal/journal.sqlite (~/.local/state/modeljournal/journal.sqlite).

            First steps:
              modeljournal run --once    load, warm and unload the default model
              modeljournal history       what happened
              modeljournal stats         how long starts take
              modeljournal postmortem    why the last failed run failed

            Exit status: 0 done, 1 the answer is "no", 64 usage, 65 not a journal or damaged, 66 no such \
            file, 69 unavailable, 73 cannot create, 74 I/O error, 75 busy, 77 permission.
            """,
        version: version,
        groupedSubcommands: [
            CommandGroup(name: "Record", subcommands: [RunCommand.self, ProvidersCommand.self, PresetsCommand.self]),
            CommandGroup(
                name: "Ask",
                subcommands: [
                    HistoryCommand.self, RunsCommand.self, ShowCommand.self, StatsCommand.self, PostmortemCommand.self,
                    StatusCommand.self,
                ]),
            CommandGroup(name: "See it", subcommands: [ServeCommand.self, PlotCommand.self]),
            CommandGroup(
                name: "Look after it",
                subcommands: [
                    VerifyCommand.self, DoctorCommand.self, BackupCommand.self, PruneCommand.self, RecoverCommand.self,
                ]),
            CommandGroup(
                name: "Use elsewhere",
                subcommands: [
                    SQLCommand.self, SchemaCommand.self, ExportCommand.self, ImportCommand.self, ShipCommand.self,
                ]),
        ])

    static func main() async {
        // This program is also what ties a model server to its engine.
        if CommandLine.argc > 1, CommandLine.arguments[1] == Program.lifelineArgument {
            Foundation.exit(modeljournal_lifeline_main(CommandLine.argc - 1, CommandLine.unsafeArgv + 1))
        }
        // A reader of the output that stops early, such as `head`, is no error of ours.
        signal(SIGPIPE, SIG_DFL)
        reserveStandardStreams()
        do {
            var command = try parsed(
                ShowCommand.withFlagForOutput(RunArgument.shielded(Array(CommandLine.arguments.dropFirst()))))
            if var command = command as? any AsyncParsableCommand {
                try await command.run()
            } else {
                try command.run()
            }
            try StandardOutput.flush()
        } catch {
            // An exit code alone comes after an answer, such as that of `status`.
            do { if error is ExitCode { try StandardOutput.flush() } } catch { end(error) }
            end(error)
        }
    }

    /// A line that is right is parsed by its own subcommand alone, which takes half the time; for anything else the
    /// whole has the words.
    private static func parsed(_ arguments: [String]) throws -> any ParsableCommand {
        let subcommand = configuration.subcommands.first { $0._commandName == arguments.first }
        if let subcommand, let command = try? subcommand.parse(Array(arguments.dropFirst())) { return command }
        return try parseAsRoot(arguments)
    }

    /// A file that was opened in the place of a closed stdin, stdout or stderr would get what is meant
    /// for those. What stands in for them now refuses to be used.
    private static func reserveStandardStreams() {
        for (stream, mode) in [(STDIN_FILENO, O_WRONLY), (STDOUT_FILENO, O_RDONLY), (STDERR_FILENO, O_RDONLY)]
        where fcntl(stream, F_GETFD) < 0 {
            _ = open("/dev/null", mode)
        }
    }
}
