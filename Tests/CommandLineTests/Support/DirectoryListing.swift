import Foundation
import JournalRendering

/// Every file below a directory with what is in it, to see that nothing was created, changed or lost.
struct DirectoryListing: Equatable, CustomStringConvertible {
    private var files: [String: Data] = [:]

    /// - Parameter sideFiles: false leaves out what SQLite puts beside a database that is only read.
    init(_ directory: URL, sideFiles: Bool = true) throws {
        let manager = FileManager.default
        for name in try manager.subpathsOfDirectory(atPath: directory.path) {
            if !sideFiles, name.hasSuffix("-shm") || name.hasSuffix("-wal") { continue }
            let file = directory.appending(path: name)
            var isDirectory: ObjCBool = false
            let exists = manager.fileExists(atPath: file.path, isDirectory: &isDirectory)
            files[name] = exists && !isDirectory.boolValue ? try Data(contentsOf: file) : Data("directory".utf8)
        }
    }

    var names: [String] { files.keys.sorted() }

    var description: String {
        files.sorted { $0.key < $1.key }.map { "\($0.key) (\($0.value.count) bytes)" }.joined(separator: ", ")
    }
}
