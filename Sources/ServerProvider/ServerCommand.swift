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
        for folder in folders {
            let path = (folder.isEmpty ? "." : folder) + "/" + name
            if (try? check(path)) != nil { return path }
        }
        throw InvalidServerSetting("there is no program '\(name)' in PATH", isMissingFile: true)
    }

    static func path(_ name: String, in directory: String?) -> String {
        guard let directory, !name.hasPrefix("/") else { return name }
        return directory + "/" + name
    }

    private static func check(_ path: String) throws {
        var isFolder: ObjCBool = false
        guard FileManager.default.fileExists(atPath: path, isDirectory: &isFolder) else {
            throw InvalidServerSetting("there is no program \(path)", isMissingFile: true)
        }
        guard !isFolder.boolValue else { throw InvalidServerSetting("\(path) is a directory, not a program") }
        guard FileManager.default.isExecutableFile(atPath: path) else {
            throw InvalidServerSetting("\(path) is not executable; try: chmod +x \(path)")
        }
    }
}
