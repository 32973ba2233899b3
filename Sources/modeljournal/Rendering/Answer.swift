import Foundation
import JournalRendering

/// Puts an answer out in the format that was asked for. Only lists that have no end, or that do not fit into memory, switch
/// on the format elsewhere: `history --follow` and `sql`.
struct Answer {
    let format: OutputFormat
    let screen: Screen

    init(format: OutputFormat, screen: Screen) {
        self.format = format
        self.screen = screen
    }

    /// A list: a JSON array, an object a line, a CSV table, or text.
    func list(_ rows: [OutputValue], columns: [String] = [], text: (Screen) -> String) {
        switch format {
        case .text: write(text(screen))
        case .json: write(JSONText.pretty(.array(rows)))
        case .ndjson: for row in rows { write(JSONText.compact(row)) }
        case .csv: csv(rows, columns)
        }
    }

    /// So many rows are kept in memory: a shorter list is complete before anything is put out.
    static let few = 10_000

    /// A list of any length, put out as it is read.
    /// - Parameters:
    ///   - rows: hands over one value after the other.
    ///   - text: puts out what people read.
    func stream(
        columns: [String], rows: (_ put: (OutputValue) -> Void) async throws -> Void,
        text: (Screen) async throws -> Void
    ) async throws {
        var count = 0
        func numbered(_ body: @escaping (OutputValue, Int) -> Void) async throws {
            try await rows { value in
                body(value, count)
                count += 1
            }
        }
        switch format {
        case .text: try await text(screen)
        case .json:
            try await numbered { value, place in
                Self.write(JSONText.element(value, isFirst: place == 0), terminator: "")
            }
            Self.write(count == 0 ? "[]" : "\n]", terminator: "\n")
        case .ndjson: try await numbered { value, _ in write(JSONText.compact(value)) }
        case .csv:
            try await numbered { value, place in
                let cells = CSVText.columns(value)
                if place == 0 { Self.write(CSVText.row(cells.map(\.0)), terminator: "") }
                Self.write(CSVText.row(cells.map(\.1)), terminator: "")
            }
            if count == 0 { csv([], columns) }
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
        StandardOutput.endIfInVain()
    }
}
