import GRDB
package import LifecycleJournal
import ModelLifecycle

/// Rows of a view in the order of their keys, a page at a time: no read transaction is open, and little is in memory,
/// while somebody works with them.
struct RowStream {
    package static let page = 2000

    private let reader: JournalReader
    private let filter: ReportFilter
    private let columns: FilterSQL.Columns
    private let newestFirst: Bool
    /// Only rows behind this key.
    private let after: Int64
    private var sources: [Source]

    /// The rows of one model, or of all together.
    private struct Source {
        var model: String?
        var buffer: [(key: Int64, row: Row)] = []
        var next = 0
        /// The last row that was read.
        var cursor: (key: Int64, run: Int64)?
        var isAtEnd = false

        var nextKey: Int64 { buffer[next].key }
    }

    /// - Parameter after: a key.
    init(
        _ reader: JournalReader, _ filter: ReportFilter, _ columns: FilterSQL.Columns, newestFirst: Bool,
        after: Int64 = 0
    ) {
        self.reader = reader
        self.filter = filter
        self.columns = columns
        self.newestFirst = newestFirst
        self.after = after
        // The last rows of a model may lie behind millions of others; but not those of one run, or of the end.
        sources =
            filter.models.isEmpty || filter.run != nil || after > 0
            ? [Source()] : Set(filter.models).sorted().map { Source(model: $0) }
    }

    /// - Parameter most: so many rows at most are wanted altogether.
    package mutating func next(most: Int = .max) throws -> Row? {
        var chosen: Int?
        for place in sources.indices {
            if sources[place].next == sources[place].buffer.count, !sources[place].isAtEnd { try fill(place, most) }
            guard sources[place].next < sources[place].buffer.count else { continue }
            guard let best = chosen else {
                chosen = place
                continue
            }
            let (one, other) = (sources[place].nextKey, sources[best].nextKey)
            if newestFirst ? one > other : one < other { chosen = place }
        }
        guard let chosen else { return nil }
        defer { sources[chosen].next += 1 }
        return sources[chosen].buffer[sources[chosen].next].row
    }

    private mutating func fill(_ place: Int, _ most: Int) throws {
        var source = sources[place]
        let limit = min(Self.page, most)
        let rows = try reader.readUnsettled { db, _ in
            try page(db, of: source, limit)
        }
        source.buffer = try journalErrors(reader.path) { try rows.map { (try $0.checked[columns.key], $0) } }
        source.next = 0
        source.isAtEnd = rows.count < limit
        if let last = rows.last {
            let cursor: (key: Int64, run: Int64) = try journalErrors(reader.path) {
                try (last.checked[columns.key], last.checked[columns.run])
            }
            // A damaged tree would hand over the same ones for ever.
            if let before = source.cursor, newestFirst ? cursor.key >= before.key : cursor.key <= before.key {
                throw JournalError(.damaged, reader.path, "the journal is damaged: rows are not in their order")
            }
            source.cursor = cursor
        }
        sources[place] = source
    }

    private func page(_ db: Database, of source: Source, _ limit: Int) throws -> [Row] {
        var sql = try reader.sql(db, filter, columns)
        if after > 0 { sql.add("\(columns.key) > ?", [after]) }
        if let cursor = source.cursor { sql.add("\(columns.key) \(newestFirst ? "<" : ">") ?", [cursor.key]) }
        let order = newestFirst ? "DESC" : "ASC"
        guard let model = source.model else {
            return try Row.fetchAll(
                db,
                sql: "SELECT * FROM \(columns.view) \(sql.whereClause) ORDER BY \(columns.key) \(order) LIMIT \(limit)",
                arguments: sql.arguments)
        }
        // By way of the model's runs, which follow one another.
        let from = source.cursor.map { "AND run \(newestFirst ? "<=" : ">=") \($0.run)" } ?? ""
        let within = columns.isOfRuns ? "" : "\(order), ordinal"
        return try Row.fetchAll(
            db,
            sql: """
                SELECT \(columns.view).*
                FROM (
                    SELECT run AS of_model FROM run_progress
                    WHERE model_id = (SELECT id FROM model WHERE name = ?) \(from)
                )
                CROSS JOIN \(columns.view) ON \(columns.run) = of_model
                \(sql.whereClause) ORDER BY of_model \(within) \(order) LIMIT \(limit)
                """, arguments: [model] + sql.arguments)
    }
}

extension JournalReader {
    // MARK: - Lists

    /// Transitions in the order in which they were recorded.
    package func history(_ filter: ReportFilter, afterSeq: Int64 = 0) throws -> [TransitionRow] {
        try rows(filter, .transitions, after: afterSeq, most: .max).map(transitions) ?? []
    }

    /// - Returns: nil where there are more than so many.
    package func history(_ filter: ReportFilter, most: Int) throws -> [TransitionRow]? {
        try rows(filter, .transitions, most: most).map(transitions)
    }

    /// The next ones behind a number, for who follows the journal: as many as `most`, or all that there are.
    package func transitions(after seq: Int64, most: Int) throws -> [TransitionRow] {
        var stream = RowStream(self, ReportFilter(), .transitions, newestFirst: false, after: seq)
        var rows: [Row] = []
        while rows.count < most, let row = try stream.next(most: most) { rows.append(row) }
        return try transitions(rows)
    }

    package func runs(_ filter: ReportFilter) throws -> [RunRow] {
        try marked(rows(filter, .runs, most: .max) ?? [])
    }

    /// - Returns: nil where there are more than so many.
    package func runs(_ filter: ReportFilter, most: Int) throws -> [RunRow]? {
        try rows(filter, .runs, most: most).map(marked)
    }

    /// One after the other, of which there may be more than memory holds.
    package func eachTransition(_ filter: ReportFilter, _ body: (TransitionRow) throws -> Void) throws {
        try each(filter, .transitions) { row in try body(journalErrors(path) { try TransitionRow(row: row) }) }
    }

    package func eachRun(_ filter: ReportFilter, _ body: (RunRow) throws -> Void) throws {
        var page: [Row] = []
        func hand() throws {
            for run in try marked(page) { try body(run) }
            page.removeAll(keepingCapacity: true)
        }
        try each(filter, .runs) { row in
            page.append(row)
            if page.count == RowStream.page { try hand() }
        }
        try hand()
    }

    /// The transitions of one run after the other, of those that the filter leaves; runs in the order in which they began.
    package func eachRunsHistory(_ filter: ReportFilter, _ body: ([TransitionRow], [NoteRow]) throws -> Void) throws {
        if filter.lines == 0 { return }
        let after = try filter.lines.map { try boundary(filter, .transitions, $0) - 1 } ?? 0
        let last = try read { db in try Int64.fetchOne(db, sql: "SELECT max(id) FROM run") ?? 0 }
        let order = filter.reverse ? "DESC" : "ASC"
        let starts = Array(stride(from: Int64(1), through: last, by: Self.runsAtOnce))
        for first in filter.reverse ? starts.reversed() : starts {
            let rows = try readUnsettled { db, _ in
                var sql = try sql(db, filter, .transitions)
                sql.add("run >= ? AND run < ?", [first, first + Int64(Self.runsAtOnce)])
                if after > 0 { sql.add("seq > ?", [after]) }
                return try Row.fetchAll(
                    db,
                    sql: "SELECT * FROM transition_rows \(sql.whereClause) ORDER BY run \(order), ordinal \(order)",
                    arguments: sql.arguments
                ).map(TransitionRow.init(row:))
            }
            let events = filter.isOfWholeRuns ? try events(of: Set(rows.map(\.runID))) : [:]
            for run in rows.chunked(by: \.runID) { try body(run, run.first.flatMap { events[$0.runID] } ?? []) }
        }
    }

    private static let runsAtOnce = 500

    private func transitions(_ rows: [Row]) throws -> [TransitionRow] {
        try journalErrors(path) { try rows.map(TransitionRow.init(row:)) }
    }

    private func marked(_ rows: [Row]) throws -> [RunRow] {
        try readUnsettled { _, unsettled in try rows.map { unsettled.marked(try RunRow(row: $0)) } }
    }

    /// - Returns: nil where there are more than `most`.
    private func rows(
        _ filter: ReportFilter, _ columns: FilterSQL.Columns, after: Int64 = 0, most: Int
    ) throws -> [Row]? {
        let wanted = min(filter.lines ?? .max, most == .max ? .max : most + 1)
        let newestFirst = filter.lines != nil || filter.reverse
        var stream = RowStream(self, filter, columns, newestFirst: newestFirst, after: after)
        var rows: [Row] = []
        while rows.count < wanted, let row = try stream.next(most: wanted) { rows.append(row) }
        // Names that are not in the journal are an error, also where no row is wanted.
        if wanted == 0 { _ = try readUnsettled { db, _ in try sql(db, filter, columns) } }
        guard rows.count <= most else { return nil }
        return newestFirst && !filter.reverse ? rows.reversed() : rows
    }

    private func each(_ filter: ReportFilter, _ columns: FilterSQL.Columns, _ body: (Row) throws -> Void) throws {
        var left = filter.lines ?? .max
        var after: Int64 = 0
        if filter.lines == 0 { return }
        if let lines = filter.lines, !filter.reverse {
            after = try boundary(filter, columns, lines) - 1
            left = .max
        }
        var stream = RowStream(self, filter, columns, newestFirst: filter.reverse, after: max(0, after))
        while left > 0, let row = try stream.next() {
            try body(row)
            left -= 1
        }
    }

    /// The key of the first of the newest rows; 0 where there are not so many.
    private func boundary(_ filter: ReportFilter, _ columns: FilterSQL.Columns, _ lines: Int) throws -> Int64 {
        var stream = RowStream(self, filter, columns, newestFirst: true)
        var key: Int64 = 0
        var left = lines
        while left > 0, let row = try stream.next() {
            key = try journalErrors(path) { try row.checked[columns.key] }
            left -= 1
        }
        return key
    }
}

extension [TransitionRow] {
    /// Neighbours that have something in common, together.
    fileprivate func chunked(by key: KeyPath<TransitionRow, String>) -> [[TransitionRow]] {
        var chunks: [[TransitionRow]] = []
        for row in self {
            if chunks.last?.last?[keyPath: key] == row[keyPath: key] {
                chunks[chunks.count - 1].append(row)
            } else {
                chunks.append([row])
            }
        }
        return chunks
    }
}
