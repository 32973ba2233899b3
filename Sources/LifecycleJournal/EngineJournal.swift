package import Foundation
package import GRDB
package import HostProcesses
public import ModelLifecycle
import Synchronization

/// The journal as one engine writes it. Opening it settles the past: runs whose owner is provably
/// dead get their `recovered` row before anything else happens.
public final class EngineJournal: ModelJournal, Sendable {
    /// The file; where a symbolic link was given, the one that it leads to.
    public let path: String
    /// Names this engine on every row that it writes.
    public let engineID: EngineID
    /// The runs that opening found interrupted, oldest first.
    public let recovered: [RecoveredRun]

    package let writer: JournalWriter
    let commits: GroupCommit
    package let locks: OwnerLocks
    /// This engine's row, and the hash of it.
    package let engineRow: Int64
    package let engineHash: Data
    private let ownLock: Mutex<HeldLock?>
    private let isClosed = Mutex(false)
    /// Whether the file is this engine's work.
    private let isNew: Bool
    /// Whether a model could not be taken because the disk is full or failing.
    let couldNotBegin = Mutex(false)
    /// The models that were handed out and not given back.
    let claimed = Mutex<Set<Int64>>([])

    /// Where a damaged journal was set aside that lay here before; nil usually.
    public let setAside: String?

    /// - Parameters:
    ///   - path: the file; created, for its owner only, where there is none. Its directory must exist.
    ///   - programVersion: recorded with the engine.
    ///   - setsDamageAside: renames a damaged journal, and begins a new one that says so. Else, and while another
    ///     engine has it open, damage is an error.
    /// - Throws: `JournalError`; a file that was not there before is not there afterwards.
    public convenience init(
        path: String, programVersion: String = "library", setsDamageAside: Bool = false
    ) throws {
        try self.init(
            path: path, programVersion: programVersion, setsDamageAside: setsDamageAside, identity: .current)
    }

    /// - Parameter identity: of the process that the engine is said to be.
    package init(path: String, programVersion: String, setsDamageAside: Bool, identity: ProcessIdentity) throws {
        let path = JournalFile.resolved(path)
        let locks = OwnerLocks(journal: path)
        var setAside: String?
        func open(follows: String? = nil) throws -> (opened: Opened, engine: EngineID) {
            let engine = EngineID(at: .now)
            let name = (engine: engine, identity: identity, programVersion: programVersion)
            return (try Self.open(path, locks, name, follows: follows), engine)
        }
        let opened: Opened
        let engineID: EngineID
        let file = FileIdentity(path)
        do {
            // SQLite takes some reads that fail for damage, so damage is looked at twice.
            do { (opened, engineID) = try open() } catch let damage as JournalError where damage.code == .damaged {
                (opened, engineID) = try open()
            }
        } catch let damage as JournalError where damage.code == .damaged && setsDamageAside {
            setAside = try Quarantine(path: path, locks: locks).setAside(damage, file)
            (opened, engineID) = try open(follows: setAside.map { "\($0): \(damage.message)" })
        }
        self.path = path
        self.locks = locks
        self.engineID = engineID
        self.setAside = setAside
        writer = opened.writer
        commits = GroupCommit(opened.writer)
        ownLock = Mutex(opened.lock)
        engineRow = opened.row.id
        engineHash = opened.row.hash
        recovered = opened.recovered
        isNew = opened.isNew
    }

    private struct Opened {
        var writer: JournalWriter
        var lock: HeldLock
        var row: (id: Int64, hash: Data)
        var recovered: [RecoveredRun]
        var isNew: Bool
    }

    /// - Parameter follows: the damaged journal that lay here before, and what was wrong with it.
    private static func open(
        _ path: String, _ locks: OwnerLocks,
        _ name: (engine: EngineID, identity: ProcessIdentity, programVersion: String), follows: String?
    ) throws -> Opened {
        let now = WallTime.now
        var opened = try JournalConnection.openWriter(path, locks: locks) { writer, isNew in
            try abandoning(writer, locks, name.engine) {
                // The lock is held before the row exists: whoever sees the row can judge it.
                let lock = try locks.hold(name.engine)
                let row = try writer.write { db in
                    try insertJournalInfo(db, at: now, follows: follows)
                    return try insertEngine(
                        db, name.engine, name.identity, at: now, programVersion: name.programVersion)
                }
                return Opened(writer: writer, lock: lock, row: row, recovered: [], isNew: isNew)
            }
        }
        // A new journal has no past, and what fails from here on leaves the file.
        guard !opened.isNew else { return opened }
        opened.recovered = try abandoning(opened.writer, locks, name.engine) {
            try Recovery(path: path, writer: opened.writer, locks: locks, engineRow: opened.row.id).settle(model: nil)
        }
        return opened
    }

    /// Nothing may be open when the file is set aside.
    private static func abandoning<Result>(
        _ writer: JournalWriter, _ locks: OwnerLocks, _ engine: EngineID, _ body: () throws -> Result
    ) throws -> Result {
        do { return try body() } catch {
            writer.abandon()
            locks.remove(engine)
            throw error
        }
    }

    /// Lets go of the models, the lock and the file. A model that is still in flight keeps its owner,
    /// so that the next engine records it as interrupted.
    /// - Throws: `JournalError` where the end could not be written; file and lock are let go of all the same.
    public func close() throws {
        let wasClosed = isClosed.withLock { closed in
            defer { closed = true }
            return closed
        }
        guard !wasClosed else { return }
        defer { letGoOfLock() }
        commits.settle()
        if couldNotBegin.withLock({ $0 }), isNew, removeUnused() { return }
        let inFlight: Bool?
        do {
            inFlight = try writer.write(release)
            // Engines that only come and go beside one that stays would let the log grow.
            try writer.checkpointIfNeeded()
        } catch {
            writer.abandon()
            throw JournalError(whileServing: error, path: path)
        }
        try journalErrors(path) { try writer.close() }
        if inFlight == false { locks.remove(engineID) }
    }

    /// Takes the new file away again where the disk had no room for as much as a model's name: whoever refuses to begin
    /// leaves nothing behind.
    /// - Returns: false where somebody else has found it meanwhile, or it holds something.
    private func removeUnused() -> Bool {
        // Held so long, nobody opens it.
        guard let (opening, _) = try? locks.openingLock() else { return false }
        defer { withExtendedLifetime(opening) {} }
        let isUnused = try? writer.read { db in
            try Bool.fetchOne(
                db, sql: "SELECT (SELECT count(*) FROM engine) = 1 AND NOT EXISTS (SELECT 1 FROM transition)")
        }
        guard isUnused == true else { return false }
        writer.abandon()
        for suffix in ["-wal", "-shm", ""] { unlink(path + suffix) }
        locks.remove(engineID)
        locks.removeDirectory()
        return true
    }

    /// - Returns: whether a model stays this engine's.
    private func release(_ db: Database) throws -> Bool? {
        try db.execute(
            sql: "UPDATE model_owner SET engine_id = NULL WHERE engine_id = ? AND NOT \(Self.isInFlight)",
            arguments: [engineRow])
        return try Bool.fetchOne(
            db, sql: "SELECT EXISTS (SELECT 1 FROM model_owner WHERE engine_id = ?)", arguments: [engineRow])
    }

    /// A condition on a row of `model_owner`.
    package static let isInFlight = """
        EXISTS (
            SELECT 1 FROM run_progress AS p
            WHERE p.model_id = model_owner.model_id AND \(InFlight.sql))
        """

    /// From here on this engine counts as dead.
    func letGoOfLock() { ownLock.withLock { $0 = nil } }

    /// The row that makes a new file a journal; nothing where it is there already.
    package static func insertJournalInfo(_ db: Database, at now: WallTime, follows: String?) throws {
        guard try Int.fetchOne(db, sql: "SELECT count(*) FROM journal_info") == 0 else { return }
        let journalID = uuidVersion7(at: now)
        try RawStatement.run(
            db, "INSERT INTO journal_info (only_row, journal_id, created_us, follows) VALUES (1, ?, ?, ?)",
            [journalID.databaseValue, now.microseconds.databaseValue, follows.databaseValue])
        try db.execute(
            sql: "INSERT INTO chain_head (only_row, count, seq, hash) VALUES (1, 0, 0, ?)",
            arguments: [ChainedParts.beginning(journalID: journalID, created: now.microseconds, follows: follows)])
    }

    /// - Returns: the number of its row, and its hash.
    package static func insertEngine(
        _ db: Database, _ engine: EngineID, _ identity: ProcessIdentity, at now: WallTime, programVersion: String
    ) throws -> (id: Int64, hash: Data) {
        let row = Row([
            ("engine_id", engine.rawValue.databaseValue), ("host", identity.host.databaseValue),
            ("pid", identity.pid.databaseValue), ("process_start", identity.start.databaseValue),
            ("pid_namespace", identity.pidNamespace.databaseValue), ("boot_id", identity.bootID.databaseValue),
            ("program_version", programVersion.databaseValue), ("started_us", now.microseconds.databaseValue),
        ])
        let hash = try ChainedParts.engine(row.checked)
        try RawStatement.run(
            db,
            """
            INSERT INTO engine
                (engine_id, host, pid, process_start, pid_namespace, boot_id, program_version, started_us, hash)
            VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)
            """, row.databaseValues + [hash.databaseValue])
        return (db.lastInsertedRowID, hash)
    }
}

extension WallTime {
    /// The system's clock.
    package static var now: WallTime {
        WallTime(microseconds: max(0, Int64((Date().timeIntervalSince1970 * 1_000_000).rounded(.down))))
    }
}
