import ArgumentParser

/// What the parser says about the words on the command line, in one line.
enum UsageError {
    /// - Parameters:
    ///   - message: the parser's, which may list what is possible on lines of its own.
    ///   - arguments: of the process.
    static func line(_ message: String, arguments: [String]) -> String {
        let lines = message.split(separator: "\n").map { $0.drop { $0 == " " } }
        let choices = lines.dropFirst().map { $0.hasPrefix("- ") ? $0.dropFirst(2) : $0 }
        var text = ([String(lines.first ?? "")] + [choices.joined(separator: ", ")]).joined(separator: " ")
        while let last = text.last, last == " " || last == "." { text.removeLast() }
        // "The value", but not "READY".
        if let first = text.first, first.isUppercase, text.dropFirst().first?.isUppercase == false {
            text = first.lowercased() + text.dropFirst()
        }
        return "\(RunArgument.unshielded(text)) (see `\(help(arguments))`)"
    }

    private static func help(_ arguments: [String]) -> String {
        var words = ["modeljournal"]
        var commands = ModelJournalCommand.configuration.groupedSubcommands.flatMap { $0.subcommands }
        for argument in arguments {
            guard let command = commands.first(where: { $0.configuration.commandName == argument }) else { break }
            words.append(argument)
            commands = command.configuration.subcommands
        }
        return (words + ["--help"]).joined(separator: " ")
    }
}
