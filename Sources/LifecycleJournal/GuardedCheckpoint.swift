import GRDB
import Synchronization

/// Moves the write-ahead log into the database, in the one way that is safe with every SQLite: up to
/// 3.51.2 a checkpoint that races a commit can lose it (the WAL-reset bug), so a second connection
/// checkpoints while the first one holds the write lock and writes nothing.
final class GuardedCheckpoint: Sendable {
    /// The log's size in bytes at which a checkpoint is worth it.
    static let threshold: Int64 = 4 << 20

    private let path: String
    private let writer: DatabaseQueue
    private let second = Mutex<DatabaseQueue?>(nil)

    init(path: String, writer: DatabaseQueue) {
        self.path = path
        self.writer = writer
    }

    /// Checkpoints where the log has grown past the threshold. To be called outside of transactions.
    func runIfNeeded() throws {
        guard JournalFile.logSize(path) >= Self.threshold else { return }
        try run()
    }

    func run() throws {
        try second.withLock { second in
            let checkpointer = try second ?? DatabaseQueue(path: path, configuration: ConnectionSettings.writer)
            second = checkpointer
            try writer.writeWithoutTransaction { db in
                try db.inTransaction(.immediate) {
                    try checkpointer.writeWithoutTransaction { other in
                        _ = try Row.fetchOne(other, sql: "PRAGMA wal_checkpoint(PASSIVE)")
                    }
                    return .rollback
                }
            }
        }
    }

    func close() throws {
        try second.withLock { second in
            try second?.close()
            second = nil
        }
    }
}
