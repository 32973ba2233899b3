/// A table that fits the screen: it drops the least important columns first, then cuts the last one.
struct TextTable {
    struct Column {
        var title: String
        var isRight = false
        /// 0 always stays; the highest number goes first.
        var rank = 0
    }

    struct Cell {
        var text: String
        var style: Screen.Style = .plain
    }

    var columns: [Column]
    var rows: [[Cell]] = []

    init(_ columns: [Column]) { self.columns = columns }

    mutating func add(_ cells: [Cell]) { rows.append(cells) }

    func rendered(_ screen: Screen) -> String {
        var kept = Array(columns.indices)
        // A column without any value says nothing.
        kept.removeAll { index in columns[index].rank > 0 && rows.allSatisfy { $0[index].text.isEmpty } }
        func width(_ index: Int) -> Int {
            max(columns[index].title.count, rows.map { $0[index].text.count }.max() ?? 0)
        }
        func total() -> Int { kept.map { width($0) + 2 }.reduce(-2, +) }
        while total() > screen.width,
            let worst = kept.filter({ columns[$0].rank > 0 }).max(by: {
                columns[$0].rank < columns[$1].rank
            })
        {
            kept.removeAll { $0 == worst }
        }
        var widths = kept.map(width)
        if let last = widths.indices.last, total() > screen.width {
            widths[last] = max(columns[kept[last]].title.count, widths[last] - (total() - screen.width))
        }
        var lines = [line(kept.map { Cell(text: columns[$0].title, style: .faint) }, kept, widths, screen)]
        lines += rows.map { row in line(kept.map { row[$0] }, kept, widths, screen) }
        return lines.joined(separator: "\n")
    }

    private func line(_ cells: [Cell], _ kept: [Int], _ widths: [Int], _ screen: Screen) -> String {
        var parts: [String] = []
        for (place, cell) in cells.enumerated() {
            let width = widths[place]
            let text = cell.text.count > width ? cell.text.prefix(max(0, width - 1)) + "…" : cell.text
            let padding = String(repeating: " ", count: width - text.count)
            let styled = screen.styled(text, cell.style)
            let isLast = place == cells.count - 1
            parts.append(columns[kept[place]].isRight ? padding + styled : isLast ? styled : styled + padding)
        }
        return parts.joined(separator: "  ")
    }
}
