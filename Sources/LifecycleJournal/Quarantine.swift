import Foundation
import ModelLifecycle

#if canImport(Glibc)
    import Glibc
#elseif canImport(Darwin)
    import Darwin
#endif

/// Sets a damaged journal aside as a whole, so that an engine can begin a new one and nothing is overwritten.
struct Quarantine {
    package let path: String
    package let locks: OwnerLocks

    /// - Parameters:
    ///   - damage: what is wrong with it.
    ///   - file: which file that was found in.
    /// - Returns: where the journal lies now; its log lies beside it. nil where another file lies there by now, or none:
    ///   another engine that began at the same time has set the damaged one aside.
    /// - Throws: `damage` itself where a living engine still has the journal, and what renaming throws.
    func setAside(_ damage: JournalError, _ file: FileIdentity?) throws -> String? {
        let (opening, _) = try locks.openingLock()
        return try withExtendedLifetime(opening) {
            guard FileIdentity(path) == file else { return nil }
            if let engine = locks.livingEngine() {
                throw JournalError(
                    .damaged, path, "\(damage.message); engine \(engine) still has it open: stop that one first")
            }
            for suffix in ["", "-wal"] { try refuseUnreadable(path + suffix) }
            let aside = unusedName()
            // The log first: without it the database is at worst older, but a log without its database would be
            // taken for that of the new one.
            var moved: [String] = []
            for suffix in ["-wal", "-shm", ""] {
                if rename(path + suffix, aside + suffix) == 0 {
                    moved.append(suffix)
                    continue
                }
                let code = errno
                if code == ENOENT { continue }
                // All of it or nothing: a database without its log is an older one.
                for suffix in moved.reversed() { rename(aside + suffix, path + suffix) }
                throw JournalError(
                    .cannotCreate, path,
                    "\(damage.message); it could not be set aside: \(String(cString: strerror(code)))")
            }
            return aside
        }
    }

    /// What the disk does not give may be whole. Nobody has the file open, so reading it drops no lock.
    private func refuseUnreadable(_ path: String) throws {
        var status = stat()
        let descriptor = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK)
        guard descriptor >= 0 else { return }
        defer { close(descriptor) }
        guard fstat(descriptor, &status) == 0, status.st_mode & S_IFMT == S_IFREG else { return }
        var buffer = [UInt8](repeating: 0, count: 1 << 20)
        while true {
            let count = read(descriptor, &buffer, buffer.count)
            if count < 0, errno == EINTR { continue }
            guard count >= 0 else {
                throw JournalError(.inputOutput, path, "the disk is failing: \(String(cString: strerror(errno)))")
            }
            if count == 0 { return }
        }
    }

    private func unusedName() -> String {
        // `20261123T023107Z`
        let time = WallTime.now.rfc3339.prefix { $0 != "." }.filter { $0 != "-" && $0 != ":" } + "Z"
        let name = "\(path).damaged-\(time)"
        var number = 1
        var candidate = name
        while access(candidate, F_OK) == 0 || access(candidate + "-wal", F_OK) == 0 {
            number += 1
            candidate = "\(name)-\(number)"
        }
        return candidate
    }
}
