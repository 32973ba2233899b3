import GRDB
import GRDBSQLite
import Synchronization

/// Moves the write-ahead log into the database, in the one way that is safe with every SQLite: up to
/// 3.51.2 a checkpoint that races a commit can lose it (the WAL-reset bug), so a second connection
/// checkpoints while the first one holds the write lock and writes nothing.
final class GuardedCheckpoint: Sendable {
    /// The bytes in the log at which a checkpoint is worth it. The file's size would not do, as SQLite starts the log
    /// over without cutting the file.
    static let threshold = 4 << 20

    private let path: String
    private let second = Mutex<DatabaseQueue?>(nil)
    private let pages = Atomic<Int>(0)
    private let pageSize = Atomic<Int>(4096)

    init(path: String) { self.path = path }

    /// Lets SQLite tell the log's pages after each commit of the writer. Whoever commits through it has to
    /// hold this object.
    func watch(_ writer: DatabaseQueue) {
        writer.writeWithoutTransaction { db in
            if let size = try? Int.fetchOne(db, sql: "PRAGMA page_size") { pageSize.store(size, ordering: .relaxed) }
            _ = sqlite3_wal_hook(
                db.sqliteConnection,
                { context, _, _, pages in
                    guard let context else { return SQLITE_OK }
                    Unmanaged<GuardedCheckpoint>.fromOpaque(context).takeUnretainedValue()
                        .pages.store(Int(pages), ordering: .relaxed)
                    return SQLITE_OK
                }, Unmanaged.passUnretained(self).toOpaque())
        }
    }

    var isDue: Bool { pages.load(ordering: .relaxed) * pageSize.load(ordering: .relaxed) >= Self.threshold }

    /// To be called outside of transactions.
    /// - Returns: false where another process was at it.
    @discardableResult
    package func run(_ writer: DatabaseQueue) throws -> Bool {
        try second.withLock { second in
            let checkpointer = try second ?? DatabaseQueue(path: path, configuration: ConnectionSettings.writer)
            second = checkpointer
            var isBusy = false
            try writer.writeWithoutTransaction { db in
                try db.inTransaction(.immediate) {
                    isBusy = try checkpointer.writeWithoutTransaction { other in
                        try Bool.fetchOne(other, sql: "PRAGMA wal_checkpoint(PASSIVE)") ?? false
                    }
                    return .rollback
                }
            }
            // Until the next commit tells.
            pages.store(0, ordering: .relaxed)
            return !isBusy
        }
    }

    /// Closes the second connection; the next checkpoint opens another one.
    package func close() throws {
        try second.withLock { second in
            try second?.close()
            second = nil
        }
    }
}
