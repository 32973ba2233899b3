/// How this program was called, as far as a command that it prints for pasting must repeat it.
package struct Invocation: Sendable, Hashable {
    /// The journal, as it was given with `--journal`; nil if it was not.
    package var journal: String?
    /// The store, as it was given with `--fleet`; nil if it was not.
    package var fleet: String?
    /// The directory in which a command will be pasted; nil if it is unknown.
    package var directory: String?

    package init(journal: String? = nil, fleet: String? = nil, directory: String? = nil) {
        self.journal = journal
        self.fleet = fleet
        self.directory = directory
    }

    /// Reads the words of a command line up to `--`, after which a server's own options begin.
    package init(arguments: [String], directory: String?) {
        self.init(directory: directory)
        var words = arguments.prefix { $0 != "--" }[...]
        while let word = words.popFirst() {
            for (name, place) in [("--journal", \Invocation.journal), ("--fleet", \Invocation.fleet)] {
                if word == name {
                    self[keyPath: place] = words.popFirst()
                } else if word.hasPrefix(name + "=") {
                    self[keyPath: place] = String(word.dropFirst(name.count + 1))
                }
            }
        }
    }

    /// A question that goes to the same journal or store.
    /// - Parameter words: the subcommand and its arguments, not quoted yet.
    package func command(_ words: String...) -> String { command(words) }

    package func command(_ words: [String]) -> String { command(words, answersForFleets: true) }

    /// A command that works on a journal alone, such as `run`.
    package func journalCommand(_ words: String...) -> String { command(words, answersForFleets: false) }

    private func command(_ words: [String], answersForFleets: Bool) -> String {
        let source = fleet.map { answersForFleets ? ShellWords.option("--fleet", $0) : [] } ?? journalOption
        return (["modeljournal"] + words.map(ShellWords.quoted) + source).joined(separator: " ")
    }

    /// `--journal PATH` as words of a shell; empty if it was not given.
    var journalOption: [String] { journal.map { ShellWords.option("--journal", $0) } ?? [] }

    /// The same invocation for a command that runs in another directory.
    func moved(to other: String) -> Invocation {
        var moved = self
        if let journal, !journal.hasPrefix("/"), let directory { moved.journal = directory + "/" + journal }
        moved.directory = other
        return moved
    }

    /// The same for a page, whose reader does not know the directory of this process.
    package var anywhere: Invocation {
        var anywhere = moved(to: "")
        anywhere.directory = nil
        return anywhere
    }

    /// Completes the commands that a message names in backquotes: `modeljournal verify` gets the journal.
    package func completing(_ message: String) -> String {
        let parts = message.split(separator: "`", omittingEmptySubsequences: false)
        // An odd one out is no pair of quotes.
        guard parts.count > 2, parts.count % 2 == 1, journal != nil || fleet != nil else { return message }
        return parts.enumerated().map { place, part in
            place % 2 == 1 ? completed(String(part)) : String(part)
        }.joined(separator: "`")
    }

    private func completed(_ command: String) -> String {
        let words = command.split(separator: " ")
        guard words.count > 1, words[0] == "modeljournal", !words.contains("--journal") else { return command }
        if words.last == "--fleet" { return fleet.map { "\(command) \(ShellWords.quoted($0))" } ?? command }
        guard !Self.withoutJournal.contains(String(words[1])) else { return command }
        return ([command] + journalOption).joined(separator: " ")
    }

    /// Subcommands that look at no journal.
    private static let withoutJournal: Set<String> = ["providers", "schema"]
}
