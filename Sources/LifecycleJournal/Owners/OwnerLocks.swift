import Foundation
package import HostProcesses
package import ModelLifecycle

#if canImport(Glibc)
    import Glibc
#elseif canImport(Darwin)
    import Darwin
#endif

/// Whether the engine behind a row is still there.
package enum OwnerLiveness: String, Sendable {
    case alive
    case dead
    /// It cannot be told from here, e.g. on another host; such an owner is never closed.
    case unknown
}

/// The directory beside a journal in which each engine holds a lock file for life: `PATH-engines/`.
/// The kernel drops the lock with the process, however it ends, so "can be locked" means "dead".
/// Process numbers would not do: they are reused, in containers at once.
package struct OwnerLocks: Sendable {
    package let journal: String
    package let directory: String
    /// False where another machine can have the directory too, so that what this kernel knows about its
    /// locks is not all, and neither is a host's name a proof: two machines may have the same.
    let isLocal: Bool

    package init(journal path: String, isLocal: Bool? = nil) {
        journal = path
        directory = path + "-engines"
        self.isLocal = isLocal ?? (NetworkFileSystem.name(of: NetworkFileSystem.directory(of: path)) == nil)
    }

    private func file(_ engine: EngineID) -> String { directory + "/" + engine.rawValue + ".lock" }

    /// Creates the directory, for its owner only.
    /// - Returns: false where it was there already.
    private func createDirectory() throws -> Bool {
        if mkdir(directory, 0o700) == 0 { return true }
        let code = errno
        switch code {
        case EEXIST: return false
        case EACCES, EPERM, EROFS:
            throw JournalError(.permissionDenied, directory, "no permission to create the directory for the lock files")
        case ENOENT:
            throw JournalError(
                .cannotCreate, journal, "cannot create the journal: its directory does not exist; create it first")
        case ENOSPC, EDQUOT: throw JournalError(.diskFull, directory, "the disk is full; free some space and try again")
        default: throw JournalError(.cannotCreate, directory, String(cString: strerror(code)))
        }
    }

    /// Creates and holds the lock of a new engine.
    func hold(_ engine: EngineID) throws -> HeldLock {
        let path = file(engine)
        let lock = try HeldLock(path, flags: O_CREAT | O_EXCL | O_RDWR)
        guard try lock.tryLock(LOCK_EX) else {
            throw JournalError(.busy, path, "a new lock file is locked by somebody else")
        }
        return lock
    }

    /// Serialises creation and migration: of many first openers SQLite turns some away at once.
    /// - Returns: the lock, and whether its directory was made for it.
    func openingLock(patience: Duration = .seconds(5)) throws -> (lock: HeldLock, madeDirectory: Bool) {
        let path = directory + "/opening.lock"
        let deadline = ContinuousClock.now + patience
        var madeDirectory = false
        while true {
            if try createDirectory() { madeDirectory = true }
            do {
                let lock = try HeldLock(path, flags: O_CREAT | O_RDWR)
                // A creator that failed removes the file; a lock on the removed one would exclude nobody.
                if try lock.tryLock(LOCK_EX), lock.isStill(at: path) { return (lock, madeDirectory) }
            } catch let error as JournalError where error.code == .notFound {
                // It has removed the directory too.
            } catch {
                if madeDirectory { rmdir(directory) }
                throw error
            }
            guard ContinuousClock.now < deadline else {
                throw JournalError(
                    .busy, path, "another process has been opening the journal for \(patience); try again")
            }
            usleep(5000)
        }
    }

    /// Tells whether the engine is alive. A dead engine's lock comes back held, shared with other
    /// observers, so that the caller can settle its runs before letting go.
    package func probe(_ engine: EngineID, _ identity: ProcessIdentity) -> (liveness: OwnerLiveness, lock: HeldLock?) {
        let here = ProcessIdentity.current
        let sameBoot = identity.bootID != nil && identity.bootID == here.bootID
        let path = file(engine)
        guard let lock = try? HeldLock(path, flags: O_RDONLY) else {
            guard access(path, F_OK) != 0, errno == ENOENT else { return (.unknown, nil) }
            return (withoutLockFile(identity, here, sameBoot), nil)
        }
        guard let isFree = try? lock.tryLock(LOCK_SH) else { return (.unknown, nil) }
        guard isFree else { return (.alive, nil) }
        // Another kernel's locks may not be visible here; but a host that has booted since has no old process.
        return sameBoot || isThisMachine(identity, here) ? (.dead, lock) : (.unknown, nil)
    }

    /// Whether an engine has this very journal open, or may have: that cannot always be told.
    package func isHeld(by engine: EngineID) -> Bool {
        guard let lock = try? HeldLock(file(engine), flags: O_RDONLY) else { return access(file(engine), F_OK) == 0 }
        return (try? lock.tryLock(LOCK_SH)) != true
    }

    /// The lock file is gone, say in a copied journal: only the process table is left.
    private func withoutLockFile(_ identity: ProcessIdentity, _ here: ProcessIdentity, _ sameBoot: Bool)
        -> OwnerLiveness
    {
        guard sameBoot else {
            return isThisMachine(identity, here) && identity.bootID != nil && here.bootID != nil ? .dead : .unknown
        }
        guard identity.pidNamespace == here.pidNamespace, let start = identity.start else { return .unknown }
        return ProcessTable.start(of: identity.pid) == start ? .alive : .dead
    }

    private func isThisMachine(_ identity: ProcessIdentity, _ here: ProcessIdentity) -> Bool {
        isLocal && identity.host == here.host
    }

    /// Some engine that lives, whatever the journal says: whoever holds a lock here does.
    package func livingEngine() -> String? {
        let names = (try? FileManager.default.contentsOfDirectory(atPath: directory)) ?? []
        return names.filter { $0.hasSuffix(".lock") && $0 != "opening.lock" }.first { name in
            isHeld(by: EngineID(rawValue: String(name.dropLast(".lock".count))))
        }.map { String($0.dropLast(".lock".count)) }
    }

    package func remove(_ engine: EngineID) { unlink(file(engine)) }

    /// Undoes `openingLock`, whose lock is still held, where creating the journal failed after it.
    func removeDirectory() {
        unlink(directory + "/opening.lock")
        rmdir(directory)
    }
}

/// An open lock file. Closing it lets go of the lock.
package final class HeldLock: Sendable {
    private let path: String
    private let descriptor: Int32

    /// O_CLOEXEC keeps a model's process from inheriting, and so prolonging, the lock.
    init(_ path: String, flags: Int32) throws {
        self.path = path
        descriptor = open(path, flags | O_CLOEXEC | O_NOFOLLOW, 0o600)
        guard descriptor >= 0 else {
            let code = errno
            switch code {
            case EACCES, EPERM, EROFS:
                throw JournalError(.permissionDenied, path, "no permission to write the lock file")
            case ENOENT: throw JournalError(.notFound, path, "the directory of the lock files is gone")
            case ENOSPC, EDQUOT: throw JournalError(.diskFull, path, "the disk is full; free some space and try again")
            default: throw JournalError(.cannotCreate, path, String(cString: strerror(code)))
            }
        }
    }

    deinit { close(descriptor) }

    /// Whether the locked file is the one that others find at this path.
    func isStill(at path: String) -> Bool {
        var mine = stat()
        var theirs = stat()
        return fstat(descriptor, &mine) == 0 && stat(path, &theirs) == 0 && mine.st_ino == theirs.st_ino
            && mine.st_dev == theirs.st_dev
    }

    /// - Returns: false where somebody else holds it.
    func tryLock(_ kind: Int32) throws -> Bool {
        while flock(descriptor, kind | LOCK_NB) != 0 {
            let code = errno
            switch code {
            case EINTR: continue
            case EWOULDBLOCK: return false
            default:
                throw JournalError(.inputOutput, path, "the file cannot be locked: \(String(cString: strerror(code)))")
            }
        }
        return true
    }
}
