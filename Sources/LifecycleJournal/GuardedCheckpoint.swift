import GRDB
import GRDBSQLite
import Synchronization

/// Moves the write-ahead log into the database, in the one way that is safe with every SQLite: up to
/// 3.51.2 a checkpoint that races a commit can lose it (the WAL-reset bug), so a second connection
/// checkpoints while the first one holds the write lock and writes nothing.
final class GuardedCheckpoint: Sendable {
    /// The pages in the log at which a checkpoint is worth it: 4 MB. The file's size would not do, as
    /// SQLite starts the log over without cutting the file.
    static let threshold = 1000

    private let path: String
    private let writer: DatabaseQueue
    private let second = Mutex<DatabaseQueue?>(nil)
    private let pages = Atomic<Int>(0)

    init(path: String, writer: DatabaseQueue) {
        self.path = path
        self.writer = writer
        writer.writeWithoutTransaction(countPages)
    }

    /// SQLite tells the log's pages after each commit of the writer. Whoever commits holds the journal,
    /// and with it this object.
    private func countPages(_ db: Database) {
        sqlite3_wal_hook(
            db.sqliteConnection,
            { context, _, _, pages in
                guard let context else { return SQLITE_OK }
                Unmanaged<GuardedCheckpoint>.fromOpaque(context).takeUnretainedValue()
                    .pages.store(Int(pages), ordering: .relaxed)
                return SQLITE_OK
            }, Unmanaged.passUnretained(self).toOpaque())
    }

    var isDue: Bool { pages.load(ordering: .relaxed) >= Self.threshold }

    /// Checkpoints where the log has grown past the threshold. To be called outside of transactions.
    func runIfNeeded() throws {
        if isDue { try run() }
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
            // Until the next commit tells.
            pages.store(0, ordering: .relaxed)
        }
    }

    func close() throws {
        writer.writeWithoutTransaction { db in _ = sqlite3_wal_hook(db.sqliteConnection, nil, nil) }
        try second.withLock { second in
            try second?.close()
            second = nil
        }
    }
}
