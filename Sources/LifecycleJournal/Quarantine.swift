import Foundation
import ModelLifecycle

#if canImport(Glibc)
    import Glibc
#elseif canImport(Darwin)
    import Darwin
#endif

/// Sets a damaged journal aside as a whole, so that an engine can begin a new one and nothing is overwritten.
struct Quarantine {
    let path: String
    let locks: OwnerLocks

    /// - Parameter damage: what is wrong with it.
    /// - Returns: where the journal lies now; its log lies beside it.
    /// - Throws: `damage` itself where a living engine still has the journal, and what renaming throws.
    func setAside(_ damage: JournalError) throws -> String {
        let (opening, _) = try locks.openingLock()
        return try withExtendedLifetime(opening) {
            if let engine = try livingEngine() {
                throw JournalError(
                    .damaged, path, "\(damage.message); engine \(engine) still has it open: stop that one first")
            }
            let aside = unusedName()
            // The log first: without it the database is at worst older, but a log without its database would be
            // taken for that of the new one.
            for suffix in ["-wal", "-shm", ""] {
                guard rename(path + suffix, aside + suffix) == 0 || errno == ENOENT else {
                    throw JournalError(
                        .cannotCreate, path,
                        "\(damage.message); it could not be set aside: \(String(cString: strerror(errno)))")
                }
            }
            return aside
        }
    }

    /// Whoever holds a lock here lives, whatever the damaged journal says.
    private func livingEngine() throws -> String? {
        let names = (try? FileManager.default.contentsOfDirectory(atPath: locks.directory)) ?? []
        return names.filter { $0.hasSuffix(".lock") && $0 != "opening.lock" }.first { name in
            guard let lock = try? HeldLock(locks.directory + "/" + name, flags: O_RDONLY) else { return false }
            return !lock.tryLock(LOCK_SH)
        }.map { String($0.dropLast(".lock".count)) }
    }

    private func unusedName() -> String {
        let fields = Date(timeIntervalSince1970: Double(WallTime.now.microseconds) / 1_000_000)
            .ISO8601Format(.iso8601(timeZone: .gmt, dateSeparator: .omitted, timeSeparator: .omitted))
        let name = "\(path).damaged-\(fields)"
        var number = 1
        var candidate = name
        while access(candidate, F_OK) == 0 || access(candidate + "-wal", F_OK) == 0 {
            number += 1
            candidate = "\(name)-\(number)"
        }
        return candidate
    }
}
