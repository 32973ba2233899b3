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
        if let word = arguments.first, text == "unexpected argument '\(word)'" {
            text = "there is no command '\(word)'" + (nearest(word).map { ". Did you mean '\($0)'?" } ?? "")
        }
        return "\(RunArgument.unshielded(text)) (see `\(help(arguments))`)"
    }

    /// The command that somebody may have meant: two slips of the fingers away at most, and not all of the word.
    private static func nearest(_ word: String) -> String? {
        let names = ModelJournalCommand.configuration.groupedSubcommands.flatMap { $0.subcommands }
            .compactMap { $0.configuration.commandName }
        let closest = names.map { (name: $0, slips: slips(from: word, to: $0)) }.min { $0.slips < $1.slips }
        return closest.flatMap { $0.slips <= min(2, word.count / 2) ? $0.name : nil }
    }

    /// How many characters have to be put in, taken out, changed, or swapped with their neighbour.
    private static func slips(from word: String, to name: String) -> Int {
        let (word, name) = (Array(word.prefix(32)), Array(name))
        var before: [Int] = []
        var last = Array(0...name.count)
        for (row, typed) in word.enumerated() {
            var next = [row + 1]
            for (column, meant) in name.enumerated() {
                var least = min(last[column + 1] + 1, next[column] + 1, last[column] + (typed == meant ? 0 : 1))
                if row > 0, column > 0, typed == name[column - 1], word[row - 1] == meant {
                    least = min(least, before[column - 1] + 1)
                }
                next.append(least)
            }
            (before, last) = (last, next)
        }
        return last[name.count]
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
