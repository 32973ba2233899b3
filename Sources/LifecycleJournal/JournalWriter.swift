package import GRDB
import Synchronization

/// The connection through which an engine writes.
///
/// An I/O error in a commit does not say whether it was stored: what SQLite has taken back may be there
/// once the log is read anew. So after such an error the connection is closed, and the next use opens
/// another one, which sees what everybody will see.
package final class JournalWriter: Sendable {
    private struct Connection {
        /// nil once it was closed, after an error or for good.
        var queue: DatabaseQueue?
        var isClosed = false
        /// The system may have dropped pages that it could not write: what the log still shows of them
        /// would not survive a power cut, nor would anything that is written behind them.
        var hasUnsyncedLog = false
    }

    private let path: String
    private let connection: Mutex<Connection>
    private let guarded: GuardedCheckpoint

    package init(path: String, _ queue: DatabaseQueue) {
        self.path = path
        guarded = GuardedCheckpoint(path: path)
        connection = Mutex(Connection(queue: queue))
        guarded.watch(queue)
    }

    // MARK: - Access

    package func write<Result: Sendable>(_ body: @Sendable (Database) throws -> Result) async throws -> Result {
        while true {
            let queue = try queueForWriting()
            do { return try await queue.write(body) } catch {
                guard wasReplaced(queue, error) else { throw closing(queue, after: error) }
            }
        }
    }

    package func write<Result>(_ body: (Database) throws -> Result) throws -> Result {
        while true {
            let queue = try queueForWriting()
            do { return try queue.write(body) } catch {
                guard wasReplaced(queue, error) else { throw closing(queue, after: error) }
            }
        }
    }

    /// As `write`, for what happens all the time: beginning and committing are not parsed anew.
    package func append(_ body: (Database) throws -> Void) throws {
        while true {
            let queue = try queueForWriting()
            do {
                return try queue.writeWithoutTransaction { db in
                    try db.cachedStatement(sql: "BEGIN IMMEDIATE TRANSACTION").execute()
                    do {
                        try body(db)
                        try db.cachedStatement(sql: "COMMIT TRANSACTION").execute()
                    } catch {
                        if db.isInsideTransaction { try? db.rollback() }
                        throw error
                    }
                }
            } catch {
                guard wasReplaced(queue, error) else { throw closing(queue, after: error) }
            }
        }
    }

    package func writeWithoutTransaction<Result>(_ body: (Database) throws -> Result) throws -> Result {
        try queueForWriting().writeWithoutTransaction(body)
    }

    package func read<Result: Sendable>(_ body: @Sendable (Database) throws -> Result) async throws -> Result {
        while true {
            let queue = try queue()
            do { return try await queue.read(body) } catch { guard wasReplaced(queue, error) else { throw error } }
        }
    }

    package func read<Result>(_ body: (Database) throws -> Result) throws -> Result {
        while true {
            let queue = try queue()
            do { return try queue.read(body) } catch { guard wasReplaced(queue, error) else { throw error } }
        }
    }

    // MARK: - Sums

    /// Stores the sums over blocks of transitions that have become complete.
    /// - Parameter most: blocks at a time, as others wait for the write lock.
    func addUp(most: Int) throws {
        for _ in 0..<most {
            // Not by `read`, which switches writing off and on and so makes SQLite compile every statement anew.
            guard try writeWithoutTransaction({ db in try BlockBuilder(db).isDue }),
                try write({ db in try BlockBuilder(db).storeNext() })
            else { return }
        }
    }

    /// All that are missing.
    package func addUpAll() throws {
        while try write({ db in try BlockBuilder(db).storeNext(fillsGaps: true) }) { try checkpointIfNeeded() }
    }

    // MARK: - Checkpoints

    var isCheckpointDue: Bool { guarded.isDue }

    /// Checkpoints where the log has grown past the threshold.
    package func checkpointIfNeeded() throws {
        if isCheckpointDue { try checkpoint() }
    }

    package func checkpoint() throws { try guarded.run(queueForWriting()) }

    // MARK: - The connection

    package func close() throws {
        try connection.withLock { connection in
            connection.isClosed = true
            let queue = connection.queue
            connection.queue = nil
            do {
                try guarded.close()
                try queue?.inDatabase { db in try ConnectionSettings.checkpointOnClose(db, true) }
                try queue?.close()
            } catch {
                // Whatever failed, the file is not kept open.
                try? queue?.close()
                throw error
            }
        }
    }

    /// Closes a journal that turned out to be damaged, or that cannot be written: what is in its log stays there.
    package func abandon() {
        connection.withLock { connection in
            connection.isClosed = true
            try? guarded.close()
            try? connection.queue?.close()
            connection.queue = nil
        }
    }

    private func queue() throws -> DatabaseQueue { try connection.withLock { try open(&$0) } }

    private func queueForWriting() throws -> DatabaseQueue {
        try connection.withLock { connection in
            let queue = try open(&connection)
            if connection.hasUnsyncedLog {
                // Copies what the log shows into the database and syncs that. A reader may keep some of it
                // from being copied, but then it was there all the while, and with it a log that shows
                // nothing of the commit in doubt: the next one overwrites it.
                guard try guarded.run(queue) else {
                    throw JournalError(.busy, path, "another process is moving the journal's log; try again")
                }
                connection.hasUnsyncedLog = false
            }
            return queue
        }
    }

    private func open(_ connection: inout Connection) throws -> DatabaseQueue {
        if let queue = connection.queue { return queue }
        guard !connection.isClosed else { throw JournalError(.inputOutput, path, "the journal is closed") }
        let queue = try JournalConnection.reopenWriter(path)
        guarded.watch(queue)
        connection.queue = queue
        return queue
    }

    /// True where the connection was closed, and nothing done, because of somebody else's error.
    private func wasReplaced(_ queue: DatabaseQueue, _ error: any Error) -> Bool {
        guard (error as? DatabaseError)?.resultCode == .SQLITE_MISUSE else { return false }
        return connection.withLock { $0.queue !== queue && !$0.isClosed }
    }

    /// - Returns: the error.
    private func closing(_ queue: DatabaseQueue, after error: any Error) -> any Error {
        guard let code = (error as? DatabaseError)?.resultCode else { return error }
        // A refusal by the schema was taken back, and without the write lock nothing was begun.
        guard code != .SQLITE_CONSTRAINT, code != .SQLITE_BUSY else { return error }
        connection.withLock { connection in
            guard connection.queue === queue else { return }
            connection.queue = nil
            // A disk without room refuses the write; it does not lose what it has taken.
            if code != .SQLITE_FULL { connection.hasUnsyncedLog = true }
            try? guarded.close()
            try? queue.close()
        }
        return error
    }
}
