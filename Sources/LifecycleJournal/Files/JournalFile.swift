import Foundation
import ModelLifecycle

#if canImport(Glibc)
    import Glibc
#elseif canImport(Darwin)
    import Darwin
#endif

/// Which file lies at a path, whatever it is called.
package struct FileIdentity: Sendable, Equatable {
    private var device: UInt64
    private var number: UInt64

    /// - Returns: nil where none lies there.
    package init?(_ path: String) {
        var status = stat()
        guard stat(path, &status) == 0 else { return nil }
        device = UInt64(truncatingIfNeeded: status.st_dev)
        number = UInt64(truncatingIfNeeded: status.st_ino)
    }
}

/// What lies at a journal's path. Looked at with `stat` alone: opening and closing a database with
/// anything but SQLite drops every lock that this process holds on it.
package enum JournalFile {
    /// "MJRN", the id in the file's header.
    static let applicationID: Int32 = 0x4D4A_524E
    /// The newest schema that this program writes.
    static let schemaVersion = JournalSchema.version

    /// Of a new journal, in bytes. A transition changes a little of six or seven pages, and what a commit costs is
    /// mostly what it writes; answers take as long with SQLite's usual 4096.
    package static let pageSize = 2048

    package enum Kind {
        case missing
        case empty
        case file
    }

    /// - Throws: where something else than a regular file lies there, or the path cannot be looked at.
    package static func kind(_ path: String) throws -> Kind {
        var status = stat()
        guard stat(path, &status) == 0 else {
            let code = errno
            switch code {
            case ENOENT: return .missing
            case ENOTDIR: throw JournalError(.notFound, path, "no such file: a part of the path is not a directory")
            case EACCES: throw JournalError(.permissionDenied, path, "no permission to look at it")
            default: throw JournalError(.inputOutput, path, String(cString: strerror(code)))
            }
        }
        switch status.st_mode & S_IFMT {
        case S_IFREG: return status.st_size == 0 ? .empty : .file
        case S_IFDIR: throw JournalError(.notAJournal, path, "not a journal: a directory")
        default: throw JournalError(.notAJournal, path, "not a journal: not a regular file")
        }
    }

    /// The name under which SQLite opens the file as one that cannot change: without a lock, a look for a log,
    /// or a file beside it.
    static func immutable(_ path: String) -> String {
        (path.hasPrefix("/") ? "file://" : "file:") + PercentEncoding.encode(path, slashes: true) + "?immutable=1"
    }

    /// True where a write-ahead log with content lies beside the file.
    static func hasLog(_ path: String) -> Bool {
        var status = stat()
        return stat(path + "-wal", &status) == 0 && status.st_size > 0
    }

    /// Creates the file, empty and for its owner only, before SQLite would with wider permissions.
    package static func create(_ path: String) throws {
        let descriptor = open(path, O_CREAT | O_EXCL | O_WRONLY | O_CLOEXEC | O_NOFOLLOW, 0o600)
        guard descriptor >= 0 else {
            let code = errno
            let message: String
            switch code {
            case ENOENT: message = "cannot create the journal: its directory does not exist; create it first"
            case EACCES, EPERM: throw JournalError(.permissionDenied, path, "no permission to create the journal")
            case ENOSPC, EDQUOT: throw JournalError(.diskFull, path, "the disk is full; free some space and try again")
            default: message = "cannot create the journal: \(String(cString: strerror(code)))"
            }
            throw JournalError(.cannotCreate, path, message)
        }
        close(descriptor)
    }

    /// The file itself where the path is a symbolic link to it: the log and the locks lie beside the file.
    package static func resolved(_ path: String) -> String {
        var status = stat()
        guard lstat(path, &status) == 0, status.st_mode & S_IFMT == S_IFLNK, let real = realpath(path, nil) else {
            return path
        }
        defer { free(real) }
        return String(cString: real)
    }
}
