import Foundation

/// Whether a path lies on a file system that several machines can share. There SQLite's write-ahead log
/// does not work, whose index is memory that processes share, and neither do the locks that tell whether
/// an engine is alive.
package enum NetworkFileSystem {
    /// Lets an engine write there all the same, for the one machine that uses the journal.
    static let override = "MODELJOURNAL_ALLOW_NETWORK_FILE_SYSTEM"

    /// - Throws: where the directory of `path` lies on one, unless the environment allows it.
    package static func refuse(_ path: String) throws {
        guard ProcessInfo.processInfo.environment[override] != "1", let name = name(of: directory(of: path)) else {
            return
        }
        throw JournalError(
            .unsuitableFileSystem, path,
            """
            the directory lies on a network file system (\(name)), where SQLite's log and the engines' locks do not \
            work; use a local one, or set \(override)=1 if no other machine ever opens the journal
            """)
    }

    package static func directory(of path: String) -> String {
        // Foundation's own way of it traps on a name of one character.
        guard let slash = path.lastIndex(of: "/") else { return "." }
        return slash == path.startIndex ? "/" : String(path[..<slash])
    }
}
