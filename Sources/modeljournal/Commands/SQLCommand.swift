import ArgumentParser
import JournalRendering
import JournalReports
import LifecycleJournal
import ModelLifecycle

struct SQLCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "sql", abstract: "Ask the journal in SQL; reading only.",
        discussion: """
            `modeljournal schema` lists the views. One SELECT at a time. Shows rows as they are: other commands redact secrets \
            that an older or another program has written, this one does not.

            Examples:
              modeljournal sql 'SELECT run_id, load_ms FROM load_timings ORDER BY 2 DESC'
              modeljournal sql 'SELECT * FROM failed_warmups' -o json
            """)

    @Argument(help: "The statement.")
    var statement: String

    private static let defaultTimeout = DurationArgument(.seconds(10))

    @Option(
        name: .long, help: "How long the query may take. (default: \(defaultTimeout))",
        transform: DurationArgument.parsed)
    var timeout = Self.defaultTimeout

    @OptionGroup var journal: JournalOption
    @OptionGroup var output: OutputOptions

    func run() throws {
        var columns: [String] = []
        var rows: [[SQLValue]] = []
        let query = ReadOnlySQL(path: journal.path, sql: statement)
        if output.output == .ndjson || output.output == .csv { return try stream(query) }
        var size = 0
        try query.run(deadline: timeout.duration) {
            columns = $0
        } row: { row in
            size += row.reduce(32) { $0 + $1.size }
            guard size <= Self.sizeLimit else {
                throw CommandFailure(
                    .usage,
                    """
                    the answer is larger than \(Self.sizeLimit >> 20) MB; use -o ndjson or -o csv, which put out each \
                    row at once, or narrow the query
                    """)
            }
            rows.append(row)
        }
        Answer(options: output).list(rows.map { object(columns, $0) }, columns: columns) { screen in
            var table = TextTable(columns.map { TextTable.Column(title: $0) })
            for row in rows { table.add(row.map { TextTable.Cell(text: Escaping.visible(text($0))) }) }
            return table.fits(screen) ? table.rendered(screen) : table.records(screen)
        }
    }

    /// How much of an answer is kept in memory, in bytes: text and JSON are put out as a whole.
    static let sizeLimit = 16 << 20

    /// Formats without an end need no row in memory.
    private func stream(_ query: ReadOnlySQL) throws {
        var columns: [String] = []
        let isCSV = output.output == .csv
        try query.run(deadline: timeout.duration) { names in
            columns = names
            if isCSV { Answer.write(CSVText.row(names), terminator: "") }
        } row: { row in
            if isCSV {
                Answer.write(CSVText.row(row.map(text)), terminator: "")
            } else {
                Answer.write(JSONText.compact(object(columns, row)), terminator: "\n")
            }
        }
    }

    private func object(_ columns: [String], _ row: [SQLValue]) -> OutputValue {
        .object(zip(columns, row).map { ($0, value($1)) })
    }

    private func value(_ value: SQLValue) -> OutputValue {
        switch value {
        case .null: .null
        case .integer(let value): .integer(value)
        case .real(let value): .number(value)
        case .text(let value): .string(value)
        case .blob(let bytes): .string(bytes.hexadecimal)
        }
    }

    private func text(_ value: SQLValue) -> String {
        switch value {
        case .null: ""
        case .integer(let value): String(value)
        case .real(let value): JSONText.compact(.number(value))
        case .text(let value): value
        case .blob(let bytes): bytes.hexadecimal
        }
    }
}

extension SQLValue {
    /// About so many bytes in memory.
    fileprivate var size: Int {
        switch self {
        case .null, .integer, .real: 32
        case .text(let text): 32 + text.utf8.count
        case .blob(let bytes): 32 + bytes.count
        }
    }
}
