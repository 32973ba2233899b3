import Foundation
import GRDB
import HostProcesses
import JournalReports
import LifecycleJournal
import ModelLifecycle

/// Appends salvaged transitions to a new journal, in their old order. The old chain of hashes tells which of them are what
/// was written; what is missing is marked by `after_gap`, and by `recovered` rows for runs whose end is lost.
struct SalvagedHistory {
    private static let page = 1000

    let tables: SalvagedTables
    let path: String
    var foreign: ForeignHistory

    private var report = SalvageReport()
    /// The hashes on which the next transition may build; none where it follows on lost ones.
    private var previous: [Data] = []
    /// The last transition where it did not fit its hash: it may yet be its hash alone that is damaged.
    private var doubt: (seq: Int64, hash: Data)?
    private var last: Int64 = 0
    private var anchors: [(range: ClosedRange<Int64>, hash: Data)] = []
    /// Each model's last transition.
    private var ends: [String: ForeignTransition] = [:]
    private var runs: [Int64: (run: ForeignTransition.Run, hash: Data?)] = [:]
    private var engines: [Int64: (engine: ForeignTransition.Engine, hash: Data?)] = [:]
    private let here: ForeignTransition.Engine

    init(tables: SalvagedTables, path: String, foreign: ForeignHistory) {
        self.tables = tables
        self.path = path
        self.foreign = foreign
        here = ForeignTransition.Engine(
            id: EngineID(at: .now).rawValue, identity: .current, programVersion: "recover",
            started: WallTime.now.microseconds)
    }

    mutating func append(to db: Database, _ progress: (Double) -> Void) throws -> SalvageReport {
        try foreign.begin(db)
        // What cannot be read of these rows is as good as lost.
        previous = try tables.all(.information).compactMap { row in
            try? ChainedParts.beginning(
                journalID: row["journal_id"], created: row["created_us"], follows: row["follows"])
        }
        anchors = try tables.all(.anchor).compactMap { try? Self.anchor($0) }.sorted {
            $0.range.lowerBound < $1.range.lowerBound
        }
        let end = try tables.all(.head).compactMap { try? $0["seq"] as Int64 }.max() ?? 0
        var place: Int64 = 0
        while true {
            let page = try tables.ids(.transition, after: place, limit: Self.page)
            for seq in page where seq <= CheckedRow.largest { try visit(db, seq) }
            place = page.last ?? place
            progress(Double(last) / Double(max(1, end)))
            guard page.count == Self.page else { break }
        }
        if let doubt { report.add(doubtful: doubt.seq) }
        if end > last { report.add(lost: last + 1...end) }
        for model in ends.keys.sorted() { try settle(db, model) }
        try appendNotes(db)
        try foreign.end(db)
        report.runs = try Int.fetchOne(db, sql: "SELECT count(*) FROM run") ?? 0
        return report
    }

    /// A run's notes are numbered as they come: which of them are missing is of no use to anyone.
    private mutating func appendNotes(_ db: Database) throws {
        var place = Int64.min
        while true {
            let page = try tables.ids(.note, after: place, limit: Self.page)
            for id in page {
                // What cannot be read of a note is as good as lost.
                for row in try tables.rows(.note, id) {
                    guard let note = try? StoredNote(row: row), let number: Int64 = try? row["run"],
                        let run = runs[number]?.run
                            ?? (try? tables.rows(.run, number).last.flatMap { try read(run: $0) })
                    else { continue }
                    if try foreign.append(db, note: note.withoutSecrets, ofRun: run.id) { report.notes += 1 }
                }
            }
            place = page.last ?? place
            guard page.count == Self.page else { return }
        }
    }

    private func read(run row: CheckedRow) throws -> ForeignTransition.Run {
        let id: String = try row["run_id"]
        let unknown = ForeignTransition.Run(
            id: id, model: "unknown", provider: "unknown", attempt: 1, correlationID: id)
        return try read(run: row, else: unknown).run
    }

    private static func anchor(_ row: CheckedRow) throws -> (range: ClosedRange<Int64>, hash: Data)? {
        let (first, last): (Int64, Int64) = try (row["first_seq"], row["last_seq"])
        return first <= last ? (first...last, try row["hash"]) : nil
    }

    private mutating func visit(_ db: Database, _ seq: Int64) throws {
        // In a page that is free by now, a transition may still stand that was pruned.
        guard !anchors.contains(where: { $0.range.contains(seq) }) else { return }
        skip(to: seq)
        let candidates = try tables.rows(.transition, seq).compactMap { try? read($0) }
        let good = candidates.first { candidate in previous.contains { candidate.hash(after: $0) == candidate.stored } }
        guard let row = good ?? candidates.last else {
            if let doubt { report.add(doubtful: doubt.seq) }
            (doubt, previous, last) = (nil, [], seq)
            return report.add(leftOut: seq, "it cannot be read")
        }
        if let doubt {
            // Where this one builds on what the last one reads as, that is what was written.
            if good.map({ $0.hash(after: doubt.hash) == $0.stored }) != true { report.add(doubtful: doubt.seq) }
            self.doubt = nil
        }
        if good != nil {
            previous = [row.stored]
        } else if let before = previous.first, let computed = row.hash(after: before) {
            doubt = (seq, computed)
            previous = [row.stored, computed]
        } else {
            // Nobody knows what it was built on, or what it names is lost.
            if row.hash(after: Data()) == nil { report.add(doubtful: seq) }
            previous = [row.stored]
        }
        last = seq
        do { try append(db, row.transition) } catch let refusal as ForeignRefusal {
            report.add(leftOut: seq, refusal.message)
        } catch let error as DatabaseError where error.resultCode == .SQLITE_CONSTRAINT {
            report.add(leftOut: seq, error.message ?? "the journal refuses it")
        }
    }

    /// Over what lies between the last transition and this one.
    private mutating func skip(to seq: Int64) {
        var next = last + 1
        for (range, hash) in anchors where range.lowerBound >= next && range.upperBound < seq {
            if range.lowerBound > next { report.add(lost: next...range.lowerBound - 1) }
            next = range.upperBound + 1
            previous = [hash]
        }
        guard next < seq else { return }
        report.add(lost: next...seq - 1)
        previous = []
    }

    private mutating func append(_ db: Database, _ transition: ForeignTransition) throws {
        var transition = transition
        transition.content.removeSecrets()
        let model = transition.run.model
        if try !foreign.fits(db, transition) {
            // Another run began: the end of the one before is lost.
            if let end = ends[model], end.run.id != transition.run.id { try settle(db, model) }
            transition.content.afterGap = try foreign.fits(db, transition) ? 0 : 1
        }
        guard try foreign.append(db, transition) else { throw ForeignRefusal("it stands there twice") }
        ends[model] = transition
        report.transitions += 1
    }

    /// Ends a run that is in flight as far as anybody knows.
    private mutating func settle(_ db: Database, _ model: String) throws {
        guard let end = ends[model], let state = ModelState(rawValue: end.content.to), state.isInFlight else { return }
        var row = end
        row.engine = here
        row.content = ChainRow(
            ordinal: end.content.ordinal + 1, at: max(end.content.at, WallTime.now.microseconds), from: state.rawValue,
            to: (state == .unloading ? ModelState.uninitialized : .error).rawValue, trigger: Trigger.recovered.rawValue)
        row.content.reason = FailureReason.interrupted.rawValue
        row.content.message =
            "was \(state) where the record of engine \(end.engine.id) ends; recovered from a damaged journal"
        _ = try foreign.append(db, row)
        ends[model] = row
        report.settled += 1
    }

    // MARK: - One transition

    private struct Found {
        var transition: ForeignTransition
        var stored: Data
        /// Of what it names; nil where that is lost.
        var parts: (run: Data, engine: Data)?

        func hash(after previous: Data) -> Data? {
            guard let parts else { return nil }
            var content = transition.content
            (content.run, content.engine) = parts
            return content.hash(after: previous)
        }
    }

    private mutating func read(_ row: CheckedRow) throws -> Found {
        let number: Int64 = try row["run"]
        let run = try run(number, modelID: row["model_id"])
        let engine = try engine(row["engine_id"])
        let warmups = try warmups(of: number, count: row["warmups"])
        let content = try ChainRow(row: row, warmups: warmups)
        let parts = run.hash.flatMap { run in engine.hash.map { (run: run, engine: $0) } }
        return Found(
            transition: ForeignTransition(run: run.run, engine: engine.engine, content: content),
            stored: try row["hash"], parts: parts)
    }

    private func warmups(of run: Int64, count: Int64) throws -> [ChainRow.Warmup] {
        guard count > 0 else { return [] }
        var found: [Int64: ChainRow.Warmup] = [:]
        for row in try tables.rows(.warmups, run) {
            // A duration below zero is damage, which its hash shows, and no reason to lose the transition.
            found[try row["ordinal"]] = ChainRow.Warmup(
                elapsed: max(0, try row["elapsed_us"]), error: try row["error"])
        }
        return found.sorted { $0.key < $1.key }.map(\.value)
    }

    /// What is not found gets a name that says so.
    private mutating func run(_ number: Int64, modelID: Int64) throws -> (run: ForeignTransition.Run, hash: Data?) {
        if let known = runs[number] { return known }
        let lost = "lost-run-\(number)"
        var result = (
            run: ForeignTransition.Run(
                id: lost, model: (try? model(modelID)) ?? "lost-model-\(modelID)", provider: "unknown", attempt: 1,
                correlationID: lost), hash: Data?.none
        )
        // One that cannot be read is as good as lost.
        if let row = try tables.rows(.run, number).last, let found = try? read(run: row, else: result.run) {
            result = found
        }
        if !ModelName.isValid(result.run.model) { result.run.model = "lost-model-\(modelID)" }
        if runs.count >= 10_000 { runs = [:] }
        runs[number] = result
        return result
    }

    private func model(_ id: Int64) throws -> String? { try tables.rows(.model, id).last.map { try $0["name"] } }

    /// - Parameter lost: what stands for it where it has lost its name.
    private func read(
        run row: CheckedRow, else lost: ForeignTransition.Run
    ) throws -> (run: ForeignTransition.Run, hash: Data?) {
        var run = lost
        var hash: Data?
        let model = try model(row["model_id"])
        if let model { run.model = model }
        let (id, correlation): (String, String) = try (row["run_id"], row["correlation_id"])
        if ForeignHistory.isIdentifier(id) { run.id = id }
        if CorrelationID(rawValue: correlation) != nil { run.correlationID = correlation }
        run.provider = try row["provider"]
        run.attempt = max(1, try row["attempt"])
        run.wanted = try row["wanted"]
        let configuration = try tables.rows(.configuration, row["configuration_id"]).last
        // Only an object is one.
        let json: String? = try configuration?["json"]
        run.configuration = json.flatMap { $0.hasPrefix("{") && $0.hasSuffix("}") ? $0 : nil }
        // The beginner's ID, as it stands, is part of the run.
        let beginner = try tables.rows(.engine, row["engine_id"]).last
        if let model, let digest: String = try configuration?["digest"],
            let beginner: String = try beginner?["engine_id"]
        {
            hash = ChainedParts.run(
                id: id, model: model, provider: run.provider, beginner: beginner, digest: digest,
                attempt: try row["attempt"], correlationID: correlation, wanted: run.wanted)
        }
        return (run, hash)
    }

    private mutating func engine(_ number: Int64) throws -> (engine: ForeignTransition.Engine, hash: Data?) {
        if let known = engines[number] { return known }
        let lost = ForeignTransition.Engine(
            id: "lost-engine-\(number)",
            identity: ProcessIdentity(host: "unknown", pid: 0, start: nil, pidNamespace: nil, bootID: nil),
            programVersion: "unknown", started: 0)
        let row = try tables.rows(.engine, number).last
        let found = row.flatMap { try? read(engine: $0, else: lost) } ?? (lost, nil)
        engines[number] = found
        return found
    }

    private func read(
        engine row: CheckedRow, else lost: ForeignTransition.Engine
    ) throws -> (engine: ForeignTransition.Engine, hash: Data?) {
        let id: String = try row["engine_id"]
        let engine = ForeignTransition.Engine(
            id: ForeignHistory.isIdentifier(id) ? id : lost.id,
            identity: try ProcessIdentity(
                host: row["host"], pid: Int32(clamping: row["pid"] as Int64), start: row["process_start"],
                pidNamespace: row["pid_namespace"], bootID: row["boot_id"]),
            programVersion: try row["program_version"], started: try row["started_us"])
        return (engine, try ChainedParts.engine(row))
    }
}
