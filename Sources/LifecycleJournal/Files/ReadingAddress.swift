import Foundation

#if canImport(Glibc)
    import Glibc
#elseif canImport(Darwin)
    import Darwin
#endif

/// How SQLite is to open a journal for reading. Even for a reader it puts the log and its index beside
/// the file, unless they are there; where it may not, a journal that no engine has open can be read all
/// the same.
package struct ReadingAddress: Sendable {
    package let path: String
    /// True where the file cannot change: an engine that has it open has its log beside it, from the moment
    /// of opening to that of closing, and there is none.
    let isImmutable: Bool

    package init(_ path: String) {
        self.path = path
        isImmutable = !Self.mayWriteBeside(path) && !Self.exists(path + "-wal")
    }

    package var name: String { isImmutable ? JournalFile.immutable(path) : path }

    /// To be called after reading: what was read while an engine opened the journal may be torn.
    package func checkStillImmutable() throws {
        guard isImmutable, Self.exists(path + "-wal") else { return }
        throw JournalError(.busy, path, "an engine has just opened the journal; try again")
    }

    /// A log whose index is gone has to be read in, and the index to be put beside it.
    func refuseUnreadableLog() throws {
        guard JournalFile.hasLog(path), !Self.mayWriteBeside(path) else { return }
        let isReadable = access(path + "-wal", R_OK) == 0 && access(path + "-shm", R_OK) == 0
        guard !isReadable else { return }
        throw JournalError(
            .permissionDenied, path,
            """
            an engine has the journal open, or has died, and its log (-wal) cannot be read with these permissions; ask \
            as the user who runs the engine
            """)
    }

    private static func mayWriteBeside(_ path: String) -> Bool {
        access(NetworkFileSystem.directory(of: path), W_OK) == 0
    }

    private static func exists(_ path: String) -> Bool { access(path, F_OK) == 0 || errno != ENOENT }
}
