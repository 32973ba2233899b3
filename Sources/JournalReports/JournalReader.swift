import Foundation
package import GRDB
import LifecycleJournal
import ModelLifecycle

/// A journal, opened for reading only. Reading never blocks an engine, and never creates a file.
package struct JournalReader: Sendable {
    package let path: String
    package let queue: DatabaseQueue
    /// nil for a journal in memory.
    private let address: ReadingAddress?

    /// - Parameter trustsViews: false for who reads tables alone. Reports read through views, and those of a file that
    ///   was tampered with might never end.
    /// - Throws: `JournalError` where there is no journal, or something else lies there.
    package init(path: String, trustsViews: Bool = true) throws {
        self.path = JournalFile.resolved(path)
        let address = ReadingAddress(self.path)
        self.address = address
        queue = try JournalConnection.openReader(address)
        guard trustsViews else { return }
        let deviation = try read { db in
            let version = try Int.fetchOne(db, sql: "PRAGMA user_version")
            return version == JournalSchema.version ? try JournalSchema.deviatingView(db) : nil
        }
        if let deviation { throw JournalError.damaged(path, "\(deviation) is not ours") }
    }

    /// A journal in memory.
    /// - Parameters:
    ///   - name: for errors.
    ///   - fill: writes its rows.
    package init(inMemory name: String, _ fill: (Database) throws -> Void) throws {
        path = name
        address = nil
        queue = try journalErrors(name) {
            let queue = try JournalConnection.inMemory()
            try queue.write(fill)
            return queue
        }
    }

    /// The locks of the engines that may have it open.
    var locks: OwnerLocks? { address.map { OwnerLocks(journal: $0.path) } }

    package func read<Result>(_ body: (Database) throws -> Result) throws -> Result {
        let result = try journalErrors(path) { try queue.read(body) }
        try address?.checkStillImmutable()
        return result
    }

    /// Changes whenever another connection commits.
    package func dataVersion() throws -> Int {
        // Without a transaction, whose beginning and end cost ten times as much: it is asked for all the time.
        try journalErrors(path) {
            try queue.unsafeRead { db in try Int.fetchOne(db.cachedStatement(sql: "PRAGMA data_version")) ?? 0 }
        }
    }

    /// The newest transition's number; 0 where there is none.
    package func lastSeq() throws -> Int64 {
        try read { db in try Int64.fetchOne(db, sql: "SELECT max(seq) FROM transition") ?? 0 }
    }

    /// Which journal this is: numbers of transitions mean something within one only.
    package func journalID() throws -> String {
        try read { db in try String.fetchOne(db, sql: "SELECT journal_id FROM journal_info") ?? "" }
    }

    /// All models that the journal has seen, sorted.
    package func models() throws -> [String] {
        try read { db in try String.fetchAll(db, sql: "SELECT name FROM model ORDER BY name") }
    }

    /// True while nothing has been recorded.
    package func isEmpty() throws -> Bool {
        try read { db in try Int.fetchOne(db, sql: "SELECT 1 FROM transition LIMIT 1") == nil }
    }

    // MARK: - Filters

    /// Checks the names in the filter, so that a typing error does not look like an empty answer.
    package func sql(_ db: Database, _ filter: ReportFilter, _ columns: FilterSQL.Columns) throws -> FilterSQL {
        for model in filter.models {
            try expect(db, "SELECT name FROM model", "name", contains: model, "model")
        }
        for provider in filter.providers {
            try expect(db, "SELECT provider FROM run", "provider", contains: provider, "provider")
        }
        if let grep = filter.grep { try MessagePattern(grep, source: path).install(db) }
        var sql = FilterSQL(filter, columns: columns)
        sql.add(try BlockTimes(db, since: filter.since?.microseconds, until: filter.until?.microseconds))
        if let selector = filter.run {
            if let run = try resolve(db, selector, among: sql) {
                sql.add("\(columns.run) = ?", [run])
            } else {
                sql.add("FALSE", [])
            }
        }
        return sql
    }

    private func expect(
        _ db: Database, _ names: String, _ column: String, contains name: String, _ what: String
    ) throws {
        // What is there is mostly found at once.
        let isKnown =
            try Bool.fetchOne(
                db, sql: "SELECT EXISTS (\(names) WHERE \(column) = ?)", arguments: [name]) ?? false
        guard !isKnown else { return }
        let known = try String.fetchAll(db, sql: "SELECT DISTINCT \(column) FROM (\(names)) ORDER BY 1")
        guard !known.isEmpty else { return }
        throw JournalError(
            .invalidRequest, path, "no \(what) '\(name)' in the journal; known: \(known.joined(separator: ", "))")
    }

    // MARK: - One run

    /// The row of the run that somebody means.
    /// - Parameter others: the filters that leave the runs among which places are counted.
    /// - Returns: nil where those filters leave no run at all.
    /// - Throws: `JournalError` with code `invalidRequest` where there is no such run, or more than one.
    func resolve(_ db: Database, _ selector: RunSelector, among others: FilterSQL) throws -> Int64? {
        switch selector {
        case .last(let place): try last(db, max(1, place), among: others)
        case .prefix(let prefix): try first(db, withPrefix: prefix)
        }
    }

    private func last(_ db: Database, _ place: Int, among others: FilterSQL) throws -> Int64? {
        let runs = "SELECT DISTINCT \(others.columns.run) FROM \(others.columns.view) \(others.whereClause)"
        let id = try Int64.fetchOne(
            db, sql: "\(runs) ORDER BY 1 DESC LIMIT 1 OFFSET \(place - 1)", arguments: others.arguments)
        if let id { return id }
        let count = try Int.fetchOne(db, sql: "SELECT count(*) FROM (\(runs))", arguments: others.arguments) ?? 0
        if others.conditions.isEmpty {
            throw JournalError(
                .invalidRequest, path, "no run -\(place): the journal holds \(count == 0 ? "none" : "\(count) run(s)")")
        }
        guard count > 0 else { return nil }
        throw JournalError(.invalidRequest, path, "no run -\(place): the other filters leave \(count) run(s)")
    }

    private func first(_ db: Database, withPrefix prefix: String) throws -> Int64 {
        // Run IDs sort as text, so a prefix is a range of the index.
        let found = try Row.fetchAll(
            db, sql: "SELECT id, run_id FROM run WHERE run_id >= ? AND run_id < ? ORDER BY run_id LIMIT 4",
            arguments: [prefix.lowercased(), prefix.lowercased() + "~"])
        guard let first = found.first else {
            throw JournalError(.invalidRequest, path, "no run '\(prefix)'; `modeljournal runs` lists them")
        }
        guard try found.count == 1 || first.checked["run_id"] == prefix.lowercased() else {
            let names = try found.prefix(3).map { try $0.checked["run_id"] as String }.joined(separator: ", ")
            throw JournalError(
                .invalidRequest, path,
                "run '\(prefix)' is ambiguous: \(names)\(found.count > 3 ? ", …" : ""); give more of it")
        }
        return try first.checked["id"]
    }

    package func runRow(_ db: Database, _ id: Int64, _ unsettled: UnsettledRuns) throws -> RunRow {
        guard let row = try Row.fetchOne(db, sql: "SELECT * FROM run_rows WHERE id = ?", arguments: [id]) else {
            throw JournalError(.damaged, path, "run number \(id) has no transitions")
        }
        return unsettled.marked(try RunRow(row: row))
    }
}
