import Crypto
import Foundation
import GRDB
import HostProcesses
import JournalReports
import LifecycleJournal
import ModelLifecycle

/// Appends what another journal has recorded, under the rules for this journal's own rows. Everything happens in one
/// transaction of the caller's, between `begin` and `end`.
struct ForeignHistory {
    /// Where a model stands in this journal.
    private struct Place {
        var modelID: Int64
        var state: String
        var run: Int64?
        var ordinal: Int64
        var owner: Int64?
        var epoch: Int64
        /// True once the model has got another owner from here.
        var isTakenOver = false

        var isInFlight: Bool { ModelState(rawValue: state)?.isInFlight ?? false }
    }

    private let path: String
    /// nil for a journal that no engine can have open.
    private let locks: OwnerLocks?
    private var parts = NamedParts()
    private var places: [String: Place] = [:]
    private var engines: [String: Int64] = [:]
    private var runs: [String: Int64] = [:]
    private var configurations: [String: Int64] = [:]

    init(path: String, locks: OwnerLocks?) {
        self.path = path
        self.locks = locks
    }

    func begin(_ db: Database) throws { try db.execute(sql: "INSERT INTO importing (only_row) VALUES (1)") }

    /// Models that came to rest belong to nobody, so that an engine of this machine can take them.
    func end(_ db: Database) throws {
        for place in places.values where place.isTakenOver && !place.isInFlight {
            try db.execute(
                sql: "UPDATE model_owner SET engine_id = NULL WHERE model_id = ?", arguments: [place.modelID])
        }
        try db.execute(sql: "DELETE FROM importing")
    }

    /// All of the row, or nothing.
    /// - Returns: false where the row is here already.
    /// - Throws: `ForeignRefusal` where it does not fit; `JournalError` with code `busy` where a living engine drives its
    ///   model.
    mutating func append(_ db: Database, _ row: ForeignTransition) throws -> Bool {
        let place = places[row.run.model]
        let knownRun = runs[row.run.id]
        let knownEngine = engines[row.engine.id]
        do {
            try db.execute(sql: "SAVEPOINT row")
            let isNew = try appendParts(db, row)
            try db.execute(sql: "RELEASE row")
            return isNew
        } catch {
            // A full disk, say, has taken back the whole transaction already.
            try? db.execute(sql: "ROLLBACK TO row; RELEASE row")
            // What was learned on the way is not there any more.
            places[row.run.model] = place
            runs[row.run.id] = knownRun
            engines[row.engine.id] = knownEngine
            configurations = [:]
            throw error
        }
    }

    private mutating func appendParts(_ db: Database, _ row: ForeignTransition) throws -> Bool {
        try check(row)
        let engine = try engineRow(db, row.engine)
        if let run = try runRow(db, row.run.id) {
            if try isStored(db, run, engine, row) {
                try appendNotes(db, row, run)
                return false
            }
            guard try belongs(db, run, to: row.run) else {
                throw ForeignRefusal(
                    "run \(row.run.id) stands here with another model, provider, attempt or correlation ID")
            }
        }
        try openPlace(db, row.run.model)
        guard var place = places[row.run.model] else { return false }
        guard row.content.afterGap == 1 || fits(row, place) else { throw ForeignRefusal(misfit(row, place)) }
        try takeOver(db, &place, by: engine)
        let run = try runRow(db, row.run.id) ?? insertRun(db, row.run, modelID: place.modelID, engine: engine)
        var content = row.content
        // It may well follow on what is here.
        if fits(row, place) { content.afterGap = 0 }
        try ChainedAppend(
            run: run, modelID: place.modelID, engineRow: engine, epoch: place.epoch, runHash: parts.run(db, run),
            engineHash: parts.engine(db, engine)
        ).perform(db, content)
        (place.state, place.run, place.ordinal) = (content.to, run, content.ordinal)
        places[row.run.model] = place
        try appendNotes(db, row, run)
        return true
    }

    private func appendNotes(_ db: Database, _ row: ForeignTransition, _ run: Int64) throws {
        for note in row.notes where try !NoteAppend.isStored(db, note, run: run) {
            try NoteAppend.perform(db, note, run: run, runID: row.run.id, afterOrdinal: note.afterOrdinal)
        }
    }

    /// A note without its transition, which may be lost.
    /// - Returns: false if its run is not here, or the note is here already.
    mutating func append(_ db: Database, note: StoredNote, ofRun id: String) throws -> Bool {
        guard let run = try runRow(db, id), try !NoteAppend.isStored(db, note, run: run) else { return false }
        try NoteAppend.perform(db, note, run: run, runID: id, afterOrdinal: note.afterOrdinal)
        return true
    }

    /// Whether the row follows on the last one of its model in this journal.
    mutating func fits(_ db: Database, _ row: ForeignTransition) throws -> Bool {
        _ = try runRow(db, row.run.id)
        try openPlace(db, row.run.model)
        return places[row.run.model].map { fits(row, $0) } ?? false
    }

    // MARK: - What is accepted

    private func check(_ row: ForeignTransition) throws {
        let content = row.content
        guard ModelName.isValid(row.run.model) else { throw ForeignRefusal("a model's name has 1 to 200 characters") }
        guard CorrelationID(rawValue: row.run.correlationID) != nil else {
            throw ForeignRefusal("a correlation ID has 1 to 200 printable characters")
        }
        for (what, id) in [("run", row.run.id), ("engine", row.engine.id)] where !Self.isIdentifier(id) {
            throw ForeignRefusal("the \(what)'s ID has other characters than letters, digits and '-'")
        }
        guard let from = ModelState(rawValue: content.from), let to = ModelState(rawValue: content.to),
            let trigger = Trigger(rawValue: content.trigger),
            LifecycleTable.isLegal(from: from, trigger: trigger, to: to)
        else { throw ForeignRefusal("no legal move: \(content.from) by \(content.trigger) to \(content.to)") }
        if let reason = content.reason, FailureReason(rawValue: reason) == nil {
            throw ForeignRefusal("no such reason: \(reason)")
        }
        guard row.run.attempt > 0, content.ordinal > 0, content.at >= 0, content.elapsed ?? 0 >= 0 else {
            throw ForeignRefusal("a number that cannot be")
        }
    }

    /// It becomes the name of a file, and no path may hide in it.
    static func isIdentifier(_ text: String) -> Bool {
        (1...100).contains(text.utf8.count)
            && text.utf8.allSatisfy { byte in
                byte == UInt8(ascii: "-") || UInt8(ascii: "0")...UInt8(ascii: "9") ~= byte
                    || UInt8(ascii: "a")...UInt8(ascii: "z") ~= byte || UInt8(ascii: "A")...UInt8(ascii: "Z") ~= byte
            }
    }

    private func fits(_ row: ForeignTransition, _ place: Place) -> Bool {
        guard row.content.from == place.state else { return false }
        if row.content.to == ModelState.loading.rawValue { return row.content.ordinal == 1 && runs[row.run.id] == nil }
        guard let run = runs[row.run.id] else { return false }
        return place.run == run && place.ordinal + 1 == row.content.ordinal
    }

    private func misfit(_ row: ForeignTransition, _ place: Place) -> String {
        let content = row.content
        if content.ordinal > 1, runs[row.run.id] == nil {
            return "run \(row.run.id) begins earlier; import what comes before this line first"
        }
        if content.from != place.state {
            return "\(row.run.model) leaves \(content.from) here, but is \(place.state) in this journal"
                + "; a journal of its own takes it"
        }
        return "row \(content.ordinal) of run \(row.run.id) does not follow on the last one of \(row.run.model)"
    }

    private func isStored(_ db: Database, _ run: Int64, _ engine: Int64, _ row: ForeignTransition) throws -> Bool {
        let stored = try Row.fetchOne(
            db.cachedStatement(
                sql: """
                    SELECT from_state, to_state, trigger, at_us, reason, elapsed_us, engine_id FROM transition
                    WHERE run = ? AND ordinal = ?
                    """), arguments: [run, row.content.ordinal])
        guard let stored = stored?.checked else { return false }
        let content = row.content
        guard try stored["from_state"] == content.from, try stored["to_state"] == content.to,
            try stored["trigger"] == content.trigger, try stored["at_us"] == content.at,
            try stored["reason"] == content.reason, try stored["elapsed_us"] == content.elapsed,
            try stored["engine_id"] == engine
        else { throw ForeignRefusal("row \(content.ordinal) of run \(row.run.id) stands here with another content") }
        return true
    }

    private func belongs(_ db: Database, _ run: Int64, to foreign: ForeignTransition.Run) throws -> Bool {
        let stored = try Row.fetchOne(
            db.cachedStatement(
                sql: """
                    SELECT m.name, r.provider, r.attempt, r.correlation_id
                    FROM run AS r JOIN model AS m ON m.id = r.model_id WHERE r.id = ?
                    """), arguments: [run])
        guard let stored = stored?.checked else { return false }
        return try stored["name"] == foreign.model && stored["provider"] == foreign.provider
            && stored["attempt"] == foreign.attempt
            // An export has lost a secret in it.
            && [stored["correlation_id"], stored.shown("correlation_id")].contains(foreign.correlationID)
    }

    // MARK: - What it names

    private mutating func engineRow(_ db: Database, _ engine: ForeignTransition.Engine) throws -> Int64 {
        if let row = engines[engine.id] { return row }
        let known = try Int64.fetchOne(
            db.cachedStatement(sql: "SELECT id FROM engine WHERE engine_id = ?"), arguments: [engine.id])
        let row =
            try known
            ?? EngineJournal.insertEngine(
                db, EngineID(rawValue: engine.id), engine.identity, at: WallTime(microseconds: max(0, engine.started)),
                programVersion: engine.programVersion
            ).id
        engines[engine.id] = row
        return row
    }

    private mutating func runRow(_ db: Database, _ id: String) throws -> Int64? {
        if let row = runs[id] { return row }
        guard
            let row = try Int64.fetchOne(
                db.cachedStatement(sql: "SELECT id FROM run WHERE run_id = ?"), arguments: [id])
        else { return nil }
        remember(run: id, row)
        return row
    }

    private mutating func remember(run id: String, _ row: Int64) {
        // A run's rows stand close together; memory stays bounded whatever is imported.
        if runs.count >= 10_000 { runs = [:] }
        runs[id] = row
    }

    private mutating func insertRun(
        _ db: Database, _ run: ForeignTransition.Run, modelID: Int64, engine: Int64
    ) throws -> Int64 {
        let configuration = try configurationRow(db, run.configuration ?? "{}")
        let insert = try RawStatement(
            db,
            """
            INSERT INTO run (run_id, model_id, engine_id, configuration_id, provider, attempt, correlation_id, wanted)
            VALUES (?, ?, ?, ?, ?, ?, ?, ?)
            """)
        insert.bind(1, run.id)
        insert.bind(2, modelID)
        insert.bind(3, engine)
        insert.bind(4, configuration)
        insert.bind(5, run.provider)
        insert.bind(6, run.attempt)
        insert.bind(7, run.correlationID)
        insert.bind(8, run.wanted)
        try insert.run()
        remember(run: run.id, db.lastInsertedRowID)
        return db.lastInsertedRowID
    }

    private mutating func configurationRow(_ db: Database, _ json: String) throws -> Int64 {
        if let row = configurations[json] { return row }
        let digest = SHA256.hash(data: Data(json.utf8)).hexadecimal
        var row = try Int64.fetchOne(db, sql: "SELECT id FROM configuration WHERE digest = ?", arguments: [digest])
        if row == nil {
            try RawStatement.run(
                db, "INSERT INTO configuration (digest, json) VALUES (?, ?)",
                [digest.databaseValue, json.databaseValue])
            row = db.lastInsertedRowID
        }
        if configurations.count >= 1000 { configurations = [:] }
        configurations[json] = row
        return row ?? 0
    }

    // MARK: - The model and its owner

    private mutating func openPlace(_ db: Database, _ model: String) throws {
        guard places[model] == nil else { return }
        let known = try Int64.fetchOne(db, sql: "SELECT id FROM model WHERE name = ?", arguments: [model])
        if known == nil { try db.execute(sql: "INSERT INTO model (name) VALUES (?)", arguments: [model]) }
        let modelID = known ?? db.lastInsertedRowID
        let last = try Row.fetchOne(
            db,
            sql: """
                SELECT t.run, t.ordinal, t.to_state FROM last_runs AS l JOIN transition AS t ON t.seq = l.last_seq
                WHERE l.model_id = ?
                """,
            arguments: [modelID])?.checked
        let owner = try Row.fetchOne(
            db,
            sql:
                "SELECT o.epoch, e.* FROM model_owner AS o JOIN engine AS e ON e.id = o.engine_id WHERE o.model_id = ?",
            arguments: [modelID]
        ).map(Owner.init(row:))
        // An engine that came by an import drives its model for another journal, and has no lock beside this one.
        if let owner, locks?.isHeld(by: owner.engine) == true {
            throw JournalError(
                .busy, path,
                "engine \(owner.engine) (pid \(owner.identity.pid)) drives the model '\(model)'; stop that one first")
        }
        let epoch = try Int64.fetchOne(
            db, sql: "SELECT epoch FROM model_owner WHERE model_id = ?", arguments: [modelID])
        places[model] = Place(
            modelID: modelID, state: try last?["to_state"] ?? ModelState.uninitialized.rawValue, run: try last?["run"],
            ordinal: try last?["ordinal"] ?? 0, owner: owner?.row, epoch: epoch ?? 0)
    }

    /// Each change of hands has an epoch of its own, as with engines that live.
    private func takeOver(_ db: Database, _ place: inout Place, by engine: Int64) throws {
        guard place.owner != engine || place.epoch == 0 else { return }
        let sql =
            place.epoch == 0
            ? "INSERT INTO model_owner (engine_id, epoch, model_id) VALUES (?, ?, ?)"
            : "UPDATE model_owner SET engine_id = ?, epoch = ? WHERE model_id = ?"
        place.owner = engine
        place.epoch += 1
        place.isTakenOver = true
        try db.execute(sql: sql, arguments: [engine, place.epoch, place.modelID])
    }
}
