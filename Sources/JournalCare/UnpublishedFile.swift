import Foundation
import JournalReports
import LifecycleJournal

#if canImport(Glibc)
    import Glibc
#elseif canImport(Darwin)
    import Darwin
#endif

/// A database file that gets its name only when it is whole and on the disk; until then, and where that never comes,
/// nothing lies there.
final class UnpublishedFile {
    /// Where it is written.
    let path: String
    private let destination: String

    /// - Parameter destination: where nothing lies yet, in a directory that exists.
    init(for destination: String) throws {
        guard try JournalFile.kind(destination) == .missing else {
            throw JournalError(.cannotCreate, destination, "something lies there already; choose another name")
        }
        // Nobody else's, also where another process of this number has left one behind.
        let path = destination + ".partial-" + String(UInt64.random(in: .min ... .max), radix: 36)
        // Before anything is set: from then on `deinit` removes the file, even where this throws.
        try JournalFile.create(path)
        self.destination = destination
        self.path = path
    }

    deinit { for suffix in ["-wal", "-shm", "-journal", ""] { unlink(path + suffix) } }

    /// Nothing may have it open.
    func publish() throws {
        try Self.sync(path)
        // Not `rename`: what has come to lie there meanwhile is somebody's.
        guard link(path, destination) == 0 else {
            let code = errno
            throw JournalError(
                .cannotCreate, destination,
                code == EEXIST ? "something lies there already" : String(cString: strerror(code)))
        }
        unlink(path)
        try Self.sync(NetworkFileSystem.directory(of: destination))
    }

    private static func sync(_ path: String) throws {
        let descriptor = open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { throw JournalError(.inputOutput, path, String(cString: strerror(errno))) }
        defer { close(descriptor) }
        guard fsync(descriptor) == 0 else { throw JournalError(.inputOutput, path, String(cString: strerror(errno))) }
    }
}
