import Foundation
import JournalCare
package import JournalReports
package import LifecycleJournal
import ModelLifecycle
import NIOCore

/// The reports of many journals, from their store. What a report says is worked out by the same code as for one journal.
package struct FleetReader: ReportSource {
    let client: ClickHouseClient

    package init(_ client: ClickHouseClient) { self.client = client }

    package var name: String { client.address.description }

    package func isEmpty() async throws -> Bool {
        var answer = RowBinaryReader(try await client.query("SELECT journal_id FROM run LIMIT 1"))
        if answer.isAtEnd { return true }
        _ = try answer.text()
        return false
    }

    // MARK: - Rows

    /// In bytes. What is no row may ask for so many that they never come.
    private static let largestRow = 64 << 20

    /// Each row of an answer of any length.
    /// - Parameter body: returns false where it has enough.
    func each<Row>(
        _ sql: String, with tables: [ExternalTable] = [], _ row: (inout RowBinaryReader) throws -> Row,
        _ body: (Row) throws -> Bool
    ) async throws {
        var rest = ByteBuffer()
        try await client.stream(sql, with: tables) { piece in
            rest.writeImmutableBuffer(piece)
            rest.discardReadBytes()
            while rest.readableBytes > 0 {
                // A row may go on in the next piece.
                var reader = RowBinaryReader(rest)
                let next: Row
                do { next = try row(&reader) } catch  where reader.isCutOff && rest.readableBytes <= Self.largestRow {
                    return true
                }
                rest = reader.rest
                guard try body(next) else {
                    rest.clear()
                    return false
                }
            }
            return true
        }
        guard rest.readableBytes == 0 else {
            throw FleetError(.damaged, "\(name): the store's answer breaks off, or is none")
        }
    }

    // MARK: - Filters

    /// True of every row if nothing is looked for; a row without a message holds nothing that is.
    private func matches(_ grep: MessagePattern?, _ message: String?) -> Bool {
        guard let grep else { return true }
        return message.map(grep.matches) ?? false
    }

    /// Says what is wrong with the names in a filter, so that a typing error does not look like an empty answer.
    func checked(_ filter: ReportFilter, _ table: String, grep: inout MessagePattern?) async throws -> FleetFilter {
        for (column, names) in [("model", filter.models), ("provider", filter.providers)] {
            for name in names { try await expect(column, name) }
        }
        var conditions = FleetFilter(filter, table: table)
        grep = try filter.grep.map { try MessagePattern($0, source: name) }
        if let selector = filter.run {
            var others = filter
            others.run = nil
            if let run = try await resolve(selector, among: others, orNil: true) {
                conditions.add(
                    "journal_id = \(SQLText.literal(run.journalID)) AND run_id = \(SQLText.literal(run.run.row.runID))")
            } else {
                conditions.add("0")
            }
        }
        return conditions
    }

    private func expect(_ column: String, _ name: String) async throws {
        let sql = "SELECT model FROM run WHERE \(column) = \(SQLText.literal(name)) LIMIT 1"
        guard RowBinaryReader(try await client.query(sql)).isAtEnd else { return }
        var answer = RowBinaryReader(
            try await client.query("SELECT DISTINCT \(column) FROM run ORDER BY \(column) LIMIT 100"))
        var known: [String] = []
        while !answer.isAtEnd { known.append(try answer.text()) }
        guard !known.isEmpty else { return }
        throw JournalError(
            .invalidRequest, self.name, "no \(column) '\(name)' in the store; known: \(known.joined(separator: ", "))")
    }

    // MARK: - One run

    typealias Found = (journalID: String, run: ShippedRun)

    /// - Parameter orNil: whether it is no error that the filters leave no run at all.
    func resolve(_ selector: RunSelector, among filter: ReportFilter, orNil: Bool = false) async throws -> Found? {
        switch selector {
        case .last(let place):
            let place = max(1, place)
            var found: [Found] = []
            try await eachFound(filter, newestFirst: true, limit: filter.grep == nil ? place : nil) { run in
                found.append(run)
                return found.count < place
            }
            if found.count == place { return found[place - 1] }
            guard !found.isEmpty || !orNil else { return nil }
            throw JournalError(
                .invalidRequest, name,
                "no run -\(place): the store holds \(found.isEmpty ? "none" : "\(found.count) run(s)") of these")
        case .prefix(let prefix): return try await first(withPrefix: prefix.lowercased())
        }
    }

    private func first(withPrefix prefix: String) async throws -> Found {
        var found: [Found] = []
        let begins = "run_id >= \(SQLText.literal(prefix)) AND run_id < \(SQLText.literal(prefix + "~"))"
        let sql = "SELECT \(Self.runColumns) FROM \(Self.latest(begins)) ORDER BY run_id, journal_id LIMIT 4"
        try await each(sql, ShippedRun.read) { run in
            found.append(run)
            return true
        }
        guard let first = found.first else {
            throw JournalError(.invalidRequest, name, "no run '\(prefix)'; `modeljournal runs --fleet` lists them")
        }
        guard found.count == 1 || first.run.row.runID == prefix && found[1].run.row.runID != prefix else {
            let names = found.prefix(3).map { "\($0.run.row.runID) on \($0.run.row.host)" }.joined(separator: ", ")
            throw JournalError(
                .invalidRequest, name, "run '\(prefix)' is ambiguous: \(names)\(found.count > 3 ? ", …" : "")")
        }
        return first
    }

    static let runColumns = ShippedRun.columns.joined(separator: ", ")

    /// Runs as they were told last, for a FROM. Unlike FINAL it reads all columns only of the runs that are wanted.
    /// - Parameter condition: nothing that a later row of the same run could say otherwise.
    static func latest(_ condition: String) -> String {
        "(SELECT \(runColumns) FROM run PREWHERE \(condition) ORDER BY last_seq DESC LIMIT 1 BY journal_id, first_seq)"
    }

    /// Runs in the order in which they began.
    /// - Parameter body: returns false where it has enough.
    func eachFound(
        _ filter: ReportFilter, newestFirst: Bool, limit: Int?, _ body: (Found) throws -> Bool
    ) async throws {
        var grep: MessagePattern?
        let conditions = try await checked(filter, "run", grep: &grep)
        let order = ["started_us", "journal_id", "first_seq"].map { "\($0) \(newestFirst ? "DESC" : "ASC")" }
            .joined(separator: ", ")
        if let limit, limit <= Self.few, grep == nil, let runs = try await firstRuns(limit, conditions, order) {
            for run in runs where try !body(run) { return }
            return
        }
        let sql = """
            SELECT \(Self.runColumns) FROM run FINAL\(conditions.clause)
            ORDER BY \(order)\(limit.map { " LIMIT \($0)" } ?? "")
            """
        try await each(sql, ShippedRun.read) { run in
            guard matches(grep, run.run.row.message) else { return true }
            return try body(run)
        }
    }

    /// So many are looked for first; beyond, reading all with FINAL costs little more.
    private static let few = 1000

    /// - Returns: nil where only reading all of them tells.
    private func firstRuns(_ limit: Int, _ conditions: FleetFilter, _ order: String) async throws -> [Found]? {
        // Of those that fit in one row, some may not in their last.
        let candidates = 2 * limit + 20
        let some = """
            SELECT journal_id, first_seq FROM run\(conditions.clause)
            ORDER BY \(order) LIMIT 1 BY journal_id, first_seq LIMIT \(candidates)
            """
        let sql = """
            SELECT \(Self.runColumns), toUInt8(ifNull(\(conditions.expression), 0))
            FROM \(Self.latest("(journal_id, first_seq) GLOBAL IN (\(some))")) ORDER BY \(order)
            """
        var (found, looked): ([Found], Int) = ([], 0)
        try await each(sql) {
            try (ShippedRun.read(&$0), $0.flag())
        } _: { run, fits in
            looked += 1
            if fits { found.append(run) }
            return true
        }
        return found.count >= limit || looked < candidates ? Array(found.prefix(limit)) : nil
    }

    // MARK: - Lists of runs

    package func runs(_ filter: ReportFilter, most: Int) async throws -> [RunRow]? {
        let wanted = min(filter.lines ?? .max, most + 1)
        let newestFirst = filter.lines != nil || filter.reverse
        var rows: [RunRow] = []
        if wanted > 0 {
            try await eachFound(filter, newestFirst: newestFirst, limit: filter.grep == nil ? wanted : nil) { run in
                rows.append(run.run.row)
                return rows.count < wanted
            }
        }
        guard rows.count <= most else { return nil }
        return newestFirst && !filter.reverse ? rows.reversed() : rows
    }

    package func runs(_ filter: ReportFilter) async throws -> [RunRow] {
        try await runs(filter, most: .max - 1) ?? []
    }

    package func eachRun(_ filter: ReportFilter, _ body: (RunRow) throws -> Void) async throws {
        if filter.lines != nil {
            for run in try await runs(filter) { try body(run) }
            return
        }
        try await eachFound(filter, newestFirst: filter.reverse, limit: nil) { run in
            try body(run.run.row)
            return true
        }
    }

    // MARK: - Lists of transitions

    private static let transitionColumns = TransitionRow.fleetColumns(.list).joined(separator: ", ")

    private func eachRow(
        _ filter: ReportFilter, order: String, limit: Int?, _ body: (TransitionRow) throws -> Bool
    ) async throws {
        var grep: MessagePattern?
        let conditions = try await checked(filter, "transition", grep: &grep)
        if let limit, limit <= Self.few, grep == nil, let rows = try await firstTransitions(limit, conditions, order) {
            for row in rows where try !body(row) { return }
            return
        }
        let sql = """
            SELECT \(Self.transitionColumns) FROM transition FINAL\(conditions.clause)
            ORDER BY \(order)\(limit.map { " LIMIT \($0)" } ?? "")
            """
        try await each(sql, { try TransitionRow(&$0, .list) }) { row in
            guard matches(grep, row.message) else { return true }
            return try body(row)
        }
    }

    /// - Returns: nil where only reading all of them tells.
    private func firstTransitions(_ limit: Int, _ conditions: FleetFilter, _ order: String) async throws
        -> [TransitionRow]?
    {
        // What was sent again lies there twice; without LIMIT BY the store need not sort all.
        let candidates = 2 * limit + 20
        let some = "SELECT journal_id, seq FROM transition\(conditions.clause) ORDER BY \(order) LIMIT \(candidates)"
        let sql = """
            SELECT \(Self.transitionColumns) FROM transition PREWHERE (journal_id, seq) GLOBAL IN (\(some))
            ORDER BY \(order) LIMIT 1 BY journal_id, seq
            """
        var rows: [TransitionRow] = []
        try await each(sql, { try TransitionRow(&$0, .list) }) { row in
            rows.append(row)
            return rows.count < limit
        }
        guard rows.count < limit else { return rows }
        var looked = 0
        try await each("SELECT toInt64(count()) FROM (\(some))") {
            try $0.int()
        } _: {
            looked = $0
            return true
        }
        return looked < candidates ? rows : nil
    }

    package func history(_ filter: ReportFilter, most: Int) async throws -> [TransitionRow]? {
        let wanted = min(filter.lines ?? .max, most + 1)
        let newestFirst = filter.lines != nil || filter.reverse
        var rows: [TransitionRow] = []
        if wanted > 0 {
            let order = newestFirst ? Self.newestFirst : Self.oldestFirst
            try await eachRow(filter, order: order, limit: filter.grep == nil ? wanted : nil) { row in
                rows.append(row)
                return rows.count < wanted
            }
        }
        guard rows.count <= most else { return nil }
        return newestFirst && !filter.reverse ? rows.reversed() : rows
    }

    private static let oldestFirst = "at_us, journal_id, seq"
    private static let newestFirst = "at_us DESC, journal_id DESC, seq DESC"

    package func eachTransition(_ filter: ReportFilter, _ body: (TransitionRow) throws -> Void) async throws {
        if filter.lines != nil {
            for row in try await history(filter, most: .max - 1) ?? [] { try body(row) }
            return
        }
        try await eachRow(filter, order: filter.reverse ? Self.newestFirst : Self.oldestFirst, limit: nil) { row in
            try body(row)
            return true
        }
    }

    /// None: notes stay in their journals.
    package func events(of runs: Set<String>) async throws -> [String: [NoteRow]] { [:] }

    package func eachRunsHistory(
        _ filter: ReportFilter, _ body: ([TransitionRow], [NoteRow]) throws -> Void
    ) async throws {
        var run: [TransitionRow] = []
        func take(_ row: TransitionRow) throws {
            if let last = run.last, last.runID != row.runID {
                try body(run, [])
                run = []
            }
            run.append(row)
        }
        if filter.lines != nil {
            // A run's ID begins with the time at which it began.
            let rows = try await history(filter, most: .max - 1) ?? []
            let sorted = rows.sorted {
                filter.reverse
                    ? ($0.runID, $0.at.microseconds, $0.seq) > ($1.runID, $1.at.microseconds, $1.seq)
                    : ($0.runID, $0.at.microseconds, $0.seq) < ($1.runID, $1.at.microseconds, $1.seq)
            }
            for row in sorted { try take(row) }
        } else {
            let order = filter.reverse ? "run_id DESC, journal_id DESC, ordinal DESC" : "run_id, journal_id, ordinal"
            try await eachRow(filter, order: order, limit: nil) { row in
                try take(row)
                return true
            }
        }
        if !run.isEmpty { try body(run, []) }
    }
}
