import Foundation

/// Puts an answer out in the format that was asked for: the one switch on it.
struct Answer {
    let format: OutputFormat
    let screen: Screen

    init(format: OutputFormat, screen: Screen) {
        self.format = format
        self.screen = screen
    }

    init(options: OutputOptions) { self.init(format: options.output, screen: options.screen) }

    /// A list: a JSON array, an object a line, a CSV table, or text.
    func list(_ rows: [OutputValue], columns: [String] = [], text: (Screen) -> String) {
        switch format {
        case .text: write(text(screen))
        case .json: write(JSONText.pretty(.array(rows)))
        case .ndjson: for row in rows { write(JSONText.compact(row)) }
        case .csv: csv(rows, columns)
        }
    }

    /// One object.
    func single(_ value: OutputValue, text: (Screen) -> String) {
        switch format {
        case .text: write(text(screen))
        case .json: write(JSONText.pretty(value))
        case .ndjson: write(JSONText.compact(value))
        case .csv: csv([value], [])
        }
    }

    private func csv(_ rows: [OutputValue], _ columns: [String]) {
        let tables = rows.map { CSVText.columns($0) }
        let header = tables.first?.map(\.0) ?? columns
        guard !header.isEmpty else { return }
        Self.write(CSVText.row(header), terminator: "")
        for table in tables { Self.write(CSVText.row(table.map(\.1)), terminator: "") }
    }

    private func write(_ text: String) {
        guard !text.isEmpty else { return }
        Self.write(text, terminator: "\n")
    }

    /// - Note: leaves through the C library's buffer, which `exit` flushes.
    static func write(_ text: String, terminator: String) {
        print(text, terminator: terminator)
    }
}
