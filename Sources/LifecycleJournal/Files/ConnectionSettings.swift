import CSQLiteSettings
import Foundation
package import GRDB

/// How each connection is set up. A test asserts every value on a live connection.
package enum ConnectionSettings {
    /// Where a log that a slow reader let grow is cut, once it starts over; twice what usually fills it.
    package static let logSizeLimit: Int64 = 8 << 20

    package static var writer: Configuration {
        var configuration = Configuration()
        configuration.label = "modeljournal.writer"
        configuration.busyMode = .callback(waitForOtherWriter)
        configuration.foreignKeysEnabled = true
        configuration.prepareDatabase { db in
            try harden(db)
            // What turns out to be damaged, or another program's log, is left as it was.
            try checkpointOnClose(db, false)
            try db.execute(
                sql: """
                    PRAGMA synchronous = FULL;
                    PRAGMA wal_autocheckpoint = 0;
                    PRAGMA journal_size_limit = \(logSizeLimit);
                    PRAGMA recursive_triggers = ON;
                    """)
            #if canImport(Darwin)
                // On macOS fsync returns before the drive has written; these wait for it.
                try db.execute(sql: "PRAGMA fullfsync = ON; PRAGMA checkpoint_fullfsync = ON")
            #endif
        }
        return configuration
    }

    /// How long another engine's transaction is waited for, in seconds.
    static let writerPatience = 5

    /// SQLite's own way of waiting sleeps for up to a tenth of a second: an engine that commits again and again leaves the
    /// lock for some ten microseconds at a time, and another one would meet such a moment once a second. Looking often meets
    /// one soon, whoever has had the lock before.
    /// - Parameter tries: how often it was tried before.
    /// - Returns: false where that was long enough.
    private static func waitForOtherWriter(tries: Int) -> Bool {
        let (soon, later) = (100, 1000)
        guard tries < soon + writerPatience * 1_000_000 / later else { return false }
        usleep(tries < soon ? 200 : UInt32(later))
        return true
    }

    package static var reader: Configuration {
        var configuration = Configuration()
        configuration.label = "modeljournal.reader"
        configuration.readonly = true
        configuration.busyMode = .timeout(2)
        configuration.prepareDatabase { db in
            try harden(db)
            try db.execute(sql: "PRAGMA query_only = ON; PRAGMA wal_autocheckpoint = 0")
        }
        return configuration
    }

    /// Whether closing the last connection empties the log.
    static func checkpointOnClose(_ db: Database, _ isOn: Bool) throws {
        let result = modeljournal_sqlite_checkpoint_on_close(db.sqliteConnection, isOn ? 1 : 0)
        guard result == 0 else { throw DatabaseError(resultCode: ResultCode(rawValue: result)) }
    }

    private static func harden(_ db: Database) throws {
        let result = modeljournal_sqlite_harden(db.sqliteConnection)
        guard result == 0 else { throw DatabaseError(resultCode: ResultCode(rawValue: result)) }
        try db.execute(sql: "PRAGMA cell_size_check = ON")
    }
}
