import ArgumentParser

/// `--server-output none|inherit|FILE`.
enum ServerOutputArgument: ExpressibleByArgument, Equatable {
    /// The journal alone keeps it.
    case none
    /// To this program's stderr, as it comes.
    case inherit
    /// To a file, a pipe or a device.
    case file(String)

    init?(argument: String) {
        switch argument {
        case "": return nil
        case "none": self = .none
        case "inherit": self = .inherit
        default: self = .file(argument)
        }
    }

    static let help = ArgumentHelp(
        "Where the server's output goes as it comes: none, inherit (this program's stderr), or a file to append to. A "
            + "regular file is rotated: at \(OutputFile.sizeLimit >> 20) MiB it becomes FILE.1, and "
            + "\(OutputFile.keptFiles) old ones are kept. The journal keeps the beginning and the end of the output in "
            + "any case. (default: none)", valueName: "none|inherit|file")
}
