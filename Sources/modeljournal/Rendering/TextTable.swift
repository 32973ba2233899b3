/// A table that fits the screen: it drops the least important columns first, then cuts what is wide.
struct TextTable {
    struct Column {
        var title: String
        var isRight = false
        /// 0 always stays; the highest number goes first.
        var rank = 0
        /// To so many columns of the screen the column may be cut before another one has to go; nil for not at all.
        var minimum: Int?
    }

    struct Cell {
        var text: String
        var style: Screen.Style = .plain
    }

    var columns: [Column]
    var rows: [[Cell]] = []

    init(_ columns: [Column]) { self.columns = columns }

    /// Whatever the cells' texts come from, they are made harmless here.
    mutating func add(_ cells: [Cell]) {
        rows.append(cells.map { Cell(text: Escaping.visible($0.text), style: $0.style) })
    }

    func rendered(_ screen: Screen) -> String {
        var kept = Array(columns.indices)
        // A column without any value says nothing.
        kept.removeAll { index in columns[index].rank > 0 && rows.allSatisfy { $0[index].text.isEmpty } }
        while total(kept.map(needed)) > screen.width,
            let worst = kept.filter({ columns[$0].rank > 0 }).max(by: {
                columns[$0].rank < columns[$1].rank
            })
        {
            kept.removeAll { $0 == worst }
        }
        let widths = widths(kept, screen)
        var lines = [line(kept.map { Cell(text: columns[$0].title, style: .faint) }, kept, widths, screen)]
        lines += rows.map { row in line(kept.map { row[$0] }, kept, widths, screen) }
        return lines.joined(separator: "\n")
    }

    /// What a column takes with nothing cut.
    private func width(_ index: Int) -> Int {
        max(columns[index].title.columns, rows.map { $0[index].text.columns }.max() ?? 0)
    }

    /// The least that a column takes.
    private func needed(_ index: Int) -> Int { min(width(index), columns[index].minimum ?? .max) }

    private func total(_ widths: [Int]) -> Int { widths.map { $0 + 2 }.reduce(-2, +) }

    private func widths(_ kept: [Int], _ screen: Screen) -> [Int] {
        var widths = kept.map(needed)
        for place in widths.indices {
            let room = max(0, screen.width - total(widths))
            widths[place] += min(room, width(kept[place]) - widths[place])
        }
        while total(widths) > screen.width,
            let widest = widths.indices.max(by: { widths[$0] < widths[$1] }), widths[widest] > 1
        {
            widths[widest] -= 1
        }
        return widths
    }

    private func line(_ cells: [Cell], _ kept: [Int], _ widths: [Int], _ screen: Screen) -> String {
        var parts: [String] = []
        for (place, cell) in cells.enumerated() {
            let width = widths[place]
            let text = cell.text.columns > width ? cell.text.prefix(columns: max(0, width - 1)) + "…" : cell.text
            let padding = String(repeating: " ", count: max(0, width - text.columns))
            let styled = screen.styled(text, cell.style)
            let isLast = place == cells.count - 1
            parts.append(columns[kept[place]].isRight ? padding + styled : isLast ? styled : styled + padding)
        }
        var line = parts.joined(separator: "  ")
        while line.last == " " { line.removeLast() }
        return line
    }

    /// True where each column has room for its title and a few characters.
    func fits(_ screen: Screen) -> Bool {
        total(columns.indices.map { max(columns[$0].title.columns, min(width($0), 8)) }) <= screen.width
    }

    /// A line for each cell, for more columns than the screen has room for.
    func records(_ screen: Screen) -> String {
        let names = columns.map(\.title.columns).max() ?? 0
        return rows.map { row in
            zip(columns, row).flatMap { column, cell in
                Screen.wrapped(cell.text, width: screen.width - names - 2).enumerated().map { index, text in
                    let name = screen.styled(Display.padded(index == 0 ? column.title : "", names), .faint)
                    return text.isEmpty ? screen.styled(column.title, .faint) : name + "  " + text
                }
            }.joined(separator: "\n")
        }.joined(separator: "\n\n")
    }
}
