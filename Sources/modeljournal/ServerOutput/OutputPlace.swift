import Foundation
import JournalRendering

/// What a path for the output of servers leads to.
struct OutputPlace {
    let path: String
    /// The kind of file there; nil if it does not exist yet.
    private let kind: mode_t?

    init(_ path: String) {
        self.path = path
        var status = stat()
        kind = stat(path, &status) == 0 ? status.st_mode & S_IFMT : nil
    }

    /// Whether it is a regular file of its own. `/dev/stderr` is not, even if stderr leads to one.
    var isRotated: Bool {
        (kind == nil || kind == S_IFREG) && !path.hasPrefix("/dev/") && !path.hasPrefix("/proc/")
    }

    /// - Parameter journal: its path.
    /// - Throws: `CommandFailure` if nothing can or may be written there.
    func check(journal: String) throws {
        let name = "--server-output \(Escaping.visible(path))"
        switch kind {
        case S_IFDIR: throw CommandFailure(.cannotCreate, "\(name): it is a directory; give a file in it")
        case S_IFSOCK, S_IFBLK:
            throw CommandFailure(.cannotCreate, "\(name): give a file, a pipe or a character device")
        default: break
        }
        guard isRotated else { return }
        let journal = Self.whole(journal)
        let ours = Set(["", "-wal", "-shm", "-journal"].map { journal + $0 })
        let names = [path] + (1...OutputFile.keptFiles).map { "\(path).\($0)" }
        for file in names.map(Self.whole) where ours.contains(file) || file.hasPrefix(journal + "-engines") {
            throw CommandFailure(.usage, "\(name): this is the journal's own file; give another one")
        }
        guard kind != nil, let file = FileHandle(forReadingAtPath: path) else { return }
        defer { try? file.close() }
        if (try? file.read(upToCount: 15)) == Data("SQLite format 3".utf8) {
            throw CommandFailure(.usage, "\(name): this is a database; give another file")
        }
    }

    /// For appending, without waiting for the reader of a pipe; a new file is its owner's alone.
    /// - Throws: `CommandFailure`.
    func open() throws -> Int32 {
        if let given = Self.descriptor(path) { return try copy(of: given) }
        let flags = O_APPEND | O_CLOEXEC | O_NOCTTY | (isRotated ? O_CREAT : O_NONBLOCK)
        var descriptor = Foundation.open(path, O_WRONLY | flags, 0o600)
        // A pipe with a name whose reader is still to come.
        if descriptor < 0, errno == ENXIO, kind == S_IFIFO { descriptor = Foundation.open(path, O_RDWR | flags) }
        guard descriptor < 0 else { return descriptor }
        throw failure(errno)
    }

    /// Opened again, a file would have another place for its next byte, and what this program itself writes to its stderr
    /// would be written over.
    private func copy(of given: Int32) throws -> Int32 {
        let flags = fcntl(given, F_GETFL)
        guard flags >= 0, flags & O_ACCMODE != O_RDONLY else { throw failure(EBADF) }
        let descriptor = fcntl(given, F_DUPFD_CLOEXEC, 3)
        guard descriptor >= 0 else { throw failure(errno) }
        return descriptor
    }

    private func failure(_ error: Int32) -> CommandFailure {
        let words = String(cString: strerror(error))
        return CommandFailure(
            error == EACCES || error == EPERM || error == EROFS
                ? .permission : error == ENOSPC || error == EIO ? .inputOutput : .cannotCreate,
            "--server-output \(Escaping.visible(path)): cannot be written: \(words)")
    }

    static func size(_ descriptor: Int32) -> Int {
        var status = stat()
        return fstat(descriptor, &status) == 0 ? Int(status.st_size) : 0
    }

    /// `/dev/stderr` and its like.
    private static func descriptor(_ path: String) -> Int32? {
        switch path {
        case "/dev/stdout": STDOUT_FILENO
        case "/dev/stderr": STDERR_FILENO
        default:
            ["/dev/fd/", "/proc/self/fd/"].lazy.compactMap {
                path.hasPrefix($0) ? Int32(path.dropFirst($0.count)) : nil
            }
            .first
        }
    }

    /// Without links, also of a file that is still to come.
    private static func whole(_ path: String) -> String {
        func real(_ path: String) -> String? {
            guard let pointer = realpath(path, nil) else { return nil }
            defer { free(pointer) }
            return String(cString: pointer)
        }
        if let path = real(path) { return path }
        guard let slash = path.lastIndex(of: "/") else { return (real(".") ?? ".") + "/" + path }
        let folder = String(path[..<slash])
        return (real(folder.isEmpty ? "/" : folder) ?? folder) + path[slash...]
    }
}
