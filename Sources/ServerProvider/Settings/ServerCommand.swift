import CLifeline
import Foundation

/// The program that a command line names.
package enum ServerCommand {
    /// - Parameter directory: where a relative path begins; nil for the engine's own directory.
    /// - Returns: the executable's path.
    /// - Throws: `InvalidServerSetting` where there is none.
    package static func executable(_ command: [String], in directory: String? = nil) throws -> String {
        guard let name = command.first, !name.isEmpty else { throw InvalidServerSetting("no command is given") }
        guard !name.contains("/") else {
            try check(path(name, in: directory))
            return name
        }
        let folders = (ProcessInfo.processInfo.environment["PATH"] ?? "/usr/local/bin:/usr/bin:/bin").split(
            separator: ":", omittingEmptySubsequences: false)
        var refusal: InvalidServerSetting?
        for folder in folders {
            let path = (folder.isEmpty ? "." : folder) + "/" + name
            do {
                try check(path)
                return path
            } catch let error as InvalidServerSetting {
                // A later folder may have one that can be executed.
                if !error.isMissingFile, !isFolder(path) { refusal = refusal ?? error }
            }
        }
        throw refusal ?? InvalidServerSetting("there is no program '\(name)' in PATH", isMissingFile: true)
    }

    static func path(_ name: String, in directory: String?) -> String {
        guard let directory, !name.hasPrefix("/") else { return name }
        return directory + "/" + name
    }

    /// What a look at the files tells; the rest is known once it is executed.
    private static func check(_ path: String) throws {
        let mayExecute = access(path, X_OK) == 0
        // Says what is in the way: a missing folder, or one that may not be searched.
        let error = errno
        guard FileManager.default.fileExists(atPath: path) else {
            let words = explanation(path, mayExecute ? ENOENT : error).map { ": \($0)" } ?? ""
            guard error != EACCES else { throw InvalidServerSetting("cannot execute \(path)\(words)") }
            throw InvalidServerSetting("there is no program \(path)\(words)", isMissingFile: true)
        }
        guard !isFolder(path) else { throw InvalidServerSetting("\(path) is a directory, not a program") }
        guard !mayExecute else { return }
        let words = explanation(path, error)
        guard let words, words != "it is not executable" else {
            throw InvalidServerSetting("\(path) is not executable; try: chmod +x \(path)")
        }
        throw InvalidServerSetting("cannot execute \(path): \(words)")
    }

    private static func isFolder(_ path: String) -> Bool {
        var isFolder: ObjCBool = false
        return FileManager.default.fileExists(atPath: path, isDirectory: &isFolder) && isFolder.boolValue
    }

    /// In the same words in which the lifeline says it.
    static func explanation(_ path: String, _ error: Int32) -> String? {
        var words = [CChar](repeating: 0, count: 800)
        guard modeljournal_explain_execution(path, error, &words, 800) != 0 else { return nil }
        return String(decoding: words.prefix { $0 != 0 }.map(UInt8.init(bitPattern:)), as: UTF8.self)
    }
}
