import Foundation
import GRDB
import JournalReports
import LifecycleJournal
package import ModelLifecycle

/// Keeps in a journal how far a store has got it.
package struct ShipmentCursor: Sendable {
    private let path: String
    private let store: String

    /// - Parameter store: its address, without secrets.
    package init(path: String, store: String) {
        self.path = JournalFile.resolved(path)
        self.store = store
    }

    /// Notes that the store is to get the journal, before it has got anything: from now on pruning waits for it.
    package func begin() throws {
        guard try JournalReader(path: path).shipment(to: store) == nil else { return }
        try move(to: ChainPosition(seq: 0, hash: Data(count: 32)))
    }

    /// - Throws: `JournalError` where the journal cannot be written.
    package func move(to position: ChainPosition, at time: WallTime = .now) throws {
        try write { db in
            try db.execute(
                sql: """
                    INSERT INTO shipment (store, seq, hash, shipped_us) VALUES (?1, ?2, ?3, ?4)
                    ON CONFLICT (store) DO UPDATE SET seq = ?2, hash = ?3, shipped_us = ?4
                    """, arguments: [store, position.seq, position.hash, time.microseconds])
        }
    }

    /// The store is to get nothing any more: pruning waits for it no longer.
    /// - Returns: whether it was one that this journal is shipped to.
    package func forget() throws -> Bool {
        let wasKnown = try JournalReader(path: path).shipment(to: store) != nil
        try write { db in try db.execute(sql: "DELETE FROM shipment WHERE store = ?", arguments: [store]) }
        return wasKnown
    }

    private func write(_ body: (Database) throws -> Void) throws {
        try journalErrors(path) {
            let writer = JournalWriter(path: path, try JournalConnection.reopenWriter(path))
            defer { try? writer.close() }
            // A cursor that a power cut takes back costs that a batch is sent once more. Without a sync of the log an engine
            // waits for this commit no longer than for a reader.
            try writer.writeWithoutTransaction { db in try db.execute(sql: "PRAGMA synchronous = NORMAL") }
            try writer.write(body)
        }
    }
}
