import ArgumentParser
import Foundation
import JournalCare
import LifecycleJournal
import ModelLifecycle

struct ImportCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "import", abstract: "Take in what `export` has put out: all of it, or nothing.",
        discussion: """
            What the journal has already is passed over, so the same file can be imported again, and a longer one \
            carries on. A line that does not fit is named by its number, and then nothing has changed. A journal that is \
            not there is created. What `run` has put on stderr because it could not write its journal is an export, too.

            Examples:
              modeljournal import --journal copy.sqlite export.ndjson
              grep '^{' run.log | modeljournal import
            """)

    @Argument(help: "NDJSON; standard input where it is missing or '-'.")
    var file: String?

    @OptionGroup var journal: JournalOption

    func run() throws {
        let isStandardInput = file == nil || file == "-"
        let name = isStandardInput ? "standard input" : file ?? ""
        if isStandardInput, isatty(STDIN_FILENO) == 1 {
            throw CommandFailure(.usage, "give a file, or pipe an export into this")
        }
        let descriptor = isStandardInput ? STDIN_FILENO : open(name, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else {
            let code = errno
            throw CommandFailure(
                code == EACCES ? .permission : code == ENOENT || code == ENOTDIR ? .noInput : .inputOutput,
                "\(name): \(code == ENOENT ? "no such file" : String(cString: strerror(code)))")
        }
        defer { if !isStandardInput { close(descriptor) } }
        let line = TerminalLog(descriptor: STDERR_FILENO)
        let result = try journal.withPathForWriting { path in
            try JournalImport(path: path).perform(from: descriptor, name: name) { count in
                if line.isTerminal { line.setLine("importing  \(count) lines") }
            }
        }
        line.clearLine()
        let known = result.known > 0 ? ", \(result.known) were there already" : ""
        print("\(result.added) transition\(result.added == 1 ? "" : "s") imported\(known)")
    }
}
