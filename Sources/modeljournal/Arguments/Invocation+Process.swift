import Foundation
import JournalRendering

extension Invocation {
    /// How this process was called.
    static let ofProcess = Invocation(
        arguments: Array(CommandLine.arguments.dropFirst()), directory: FileManager.default.currentDirectoryPath)
}
