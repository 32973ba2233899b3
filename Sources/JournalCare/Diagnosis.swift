import CSQLiteSettings
import Foundation
import GRDB
import GRDBSQLite
import HostProcesses
import JournalReports
import LifecycleJournal
import ModelLifecycle

#if canImport(Glibc)
    import Glibc
#elseif canImport(Darwin)
    import Darwin
#endif

/// How a journal is set up, and what about that may lead to trouble. The content is `verify`'s matter.
package struct Diagnosis: Sendable {
    package struct Item: Sendable, Hashable {
        package var name: String
        package var value: String
        /// What may go wrong and what to do about it; nil where nothing is amiss.
        package var problem: String?
    }

    package private(set) var items: [Item] = []

    package var isHealthy: Bool { items.allSatisfy { $0.problem == nil } }

    private mutating func add(_ name: String, _ value: String, problem: String? = nil) {
        items.append(Item(name: name, value: value, problem: problem))
    }

    /// Changes nothing, and creates nothing.
    /// - Throws: `JournalError` where there is no journal.
    package init(path: String) throws {
        let path = JournalFile.resolved(path)
        let reader = try JournalReader(path: path, trustsViews: false)
        addSQLite()
        addFile(path)
        addFileSystem(path)
        try addSettings(reader, path)
        try addOwners(reader, path)
    }

    // MARK: - SQLite

    private mutating func addSQLite() {
        let number = sqlite3_libversion_number()
        // 3.7.0 to 3.51.2, and the releases that had it mended later.
        let hasBug = (3_007_000..<3_051_003).contains(number)
        add(
            "sqlite",
            String(cString: sqlite3_libversion())
                + (hasBug
                    ? ", with the WAL-reset bug: engines guard their checkpoints against it; open a live journal for "
                        + "writing with no other program" : ""))
    }

    // MARK: - The file

    private mutating func addFile(_ path: String) {
        var status = stat()
        guard stat(path, &status) == 0 else { return }
        let mode = status.st_mode & 0o777
        add("file", "\(status.st_size) bytes, mode \(String(mode, radix: 8))", problem: Self.problem(mode, path))
        var log = stat()
        let size = stat(path + "-wal", &log) == 0 ? Int64(log.st_size) : 0
        add(
            "log", "\(size) bytes",
            problem: size > ConnectionSettings.logSizeLimit * 2
                ? "a reader has held a transaction for long, or checkpoints fail; end old readers of \(path)" : nil)
    }

    private static func problem(_ mode: mode_t, _ path: String) -> String? {
        mode & 0o077 == 0 ? nil : "others can open it; chmod 600 \(path) if they should not"
    }

    private mutating func addFileSystem(_ path: String) {
        let directory = NetworkFileSystem.directory(of: path)
        let network = NetworkFileSystem.name(of: directory)
        var space = statvfs()
        let free = statvfs(directory, &space) == 0 ? UInt64(space.f_bavail) * UInt64(space.f_frsize) : nil
        let room = free.map { ", \($0 / 1_048_576) MB free" } ?? ""
        let problem: String? =
            if network != nil {
                "SQLite's log and the engines' locks do not work there; move the journal to a local disk"
            } else if let free, free < 64 << 20 { "little room is left; free some" } else { nil }
        add("file system", (network ?? "local") + room, problem: problem)
    }

    // MARK: - Settings

    private static let expected = [
        ("journal_mode", "wal"), ("synchronous", "2"), ("wal_autocheckpoint", "0"),
        ("journal_size_limit", "\(ConnectionSettings.logSizeLimit)"), ("recursive_triggers", "1"),
        ("foreign_keys", "1"), ("trusted_schema", "0"), ("cell_size_check", "1"),
    ]

    private mutating func addSettings(_ reader: JournalReader, _ path: String) throws {
        let (version, journal, follows) = try reader.read { db in
            (
                try Int.fetchOne(db, sql: "PRAGMA user_version") ?? 0,
                try String.fetchOne(db, sql: "SELECT journal_id FROM journal_info"),
                try String.fetchOne(db, sql: "SELECT follows FROM journal_info")
            )
        }
        add(
            "journal", "version \(version), \(journal ?? "without an ID")",
            problem: version > JournalSchema.version
                ? "it is newer than this program, which knows \(JournalSchema.version) and only reads it; update" : nil)
        if let follows { add("follows", "a damaged one, \(follows)") }
        guard version <= JournalSchema.version else {
            return add("settings", "not looked at: this program only reads such a journal")
        }
        guard access(path, W_OK) == 0, access(NetworkFileSystem.directory(of: path), W_OK) == 0 else {
            return add("settings", "not looked at: this user may only read")
        }
        let writer = try JournalConnection.reopenWriter(path)
        let found = try journalErrors(path) {
            try writer.read { db in
                try Self.expected.map { name, _ in try String.fetchOne(db, sql: "PRAGMA \(name)") ?? "?" }
            }
        }
        try journalErrors(path) { try writer.close() }
        let wrong = zip(Self.expected, found).filter { $0.1 != $1 }.map { "\($0.0) is \($1), not \($0.1)" }
        add(
            "settings", zip(Self.expected, found).map { "\($0.0)=\($1)" }.joined(separator: " "),
            problem: wrong.isEmpty ? nil : wrong.joined(separator: ", "))
    }

    // MARK: - Owners

    private mutating func addOwners(_ reader: JournalReader, _ path: String) throws {
        let locks = OwnerLocks(journal: path)
        var status = stat()
        if stat(locks.directory, &status) == 0 {
            let mode = status.st_mode & 0o777
            add(
                "locks", "\(locks.directory), mode \(String(mode, radix: 8))",
                problem: Self.problem(mode, locks.directory))
        } else {
            add("locks", "none")
        }
        let owned = try reader.read { db in
            try Row.fetchAll(
                db,
                sql: """
                    SELECT m.name, p.state, e.*
                    FROM model_owner AS o
                    JOIN model AS m ON m.id = o.model_id
                    JOIN engine AS e ON e.id = o.engine_id
                    LEFT JOIN run_progress AS p ON p.run = (SELECT max(run) FROM run_progress WHERE model_id = m.id)
                    ORDER BY m.name
                    """
            ).map { try ($0.checked["name"] as String, $0.checked["state"] as String?, Owner(row: $0)) }
        }
        for (model, state, owner) in owned {
            let liveness = locks.probe(owner.engine, owner.identity).liveness
            let isInFlight = state.flatMap(ModelState.init(rawValue:))?.isInFlight ?? false
            let problem: String? =
                switch liveness {
                case .alive: nil
                case .dead:
                    isInFlight ? "it died while \(state ?? "?"); `modeljournal run --resume` carries on" : nil
                case .unknown: "nobody here can tell whether it is alive; look on \(owner.identity.host)"
                }
            add(
                "owner of \(model)",
                "engine \(owner.engine), pid \(owner.identity.pid) on \(owner.identity.host), \(liveness.rawValue)",
                problem: problem)
        }
    }
}
