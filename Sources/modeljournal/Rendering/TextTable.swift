import JournalRendering

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

    /// Which columns are shown, and how wide.
    struct Layout {
        fileprivate var kept: [Int]
        fileprivate var widths: [Int]
    }

    func rendered(_ screen: Screen) -> String {
        let layout = layout(screen)
        return ([heading(layout, screen)] + lines(layout, screen)).joined(separator: "\n")
    }

    func heading(_ layout: Layout, _ screen: Screen) -> String {
        line(layout.kept.map { Cell(text: columns[$0].title, style: .faint) }, layout, screen)
    }

    func lines(_ layout: Layout, _ screen: Screen) -> [String] {
        rows.map { row in line(layout.kept.map { row[$0] }, layout, screen) }
    }

    func layout(_ screen: Screen) -> Layout {
        // Measured once: texts may be long.
        let full = columns.indices.map(width)
        let least = zip(full, columns).map { min($0, $1.minimum ?? .max) }
        var kept = Array(columns.indices)
        // A column without any value says nothing.
        kept.removeAll { index in columns[index].rank > 0 && rows.allSatisfy { $0[index].text.isEmpty } }
        while Self.total(kept.map { least[$0] }) > screen.width,
            let worst = kept.filter({ columns[$0].rank > 0 }).max(by: {
                columns[$0].rank < columns[$1].rank
            })
        {
            kept.removeAll { $0 == worst }
        }
        var widths = kept.map { least[$0] }
        for (place, index) in kept.enumerated() {
            let room = max(0, screen.width - Self.total(widths))
            widths[place] += min(room, full[index] - widths[place])
        }
        widths = Self.levelled(widths, to: screen.width - Self.total(widths.map { _ in 0 }))
        return Layout(kept: kept, widths: widths)
    }

    /// What a column takes with nothing cut.
    private func width(_ index: Int) -> Int {
        max(columns[index].title.columns, rows.map { $0[index].text.columns }.max() ?? 0)
    }

    /// With two blanks between columns.
    private static func total(_ widths: [Int]) -> Int { widths.map { $0 + 2 }.reduce(-2, +) }

    /// Cuts the widest until all of them take so much room together; a column always keeps one.
    static func levelled(_ widths: [Int], to room: Int) -> [Int] {
        func cut(_ level: Int) -> [Int] { widths.map { min($0, level) } }
        guard let widest = widths.max(), widths.reduce(0, +) > room else { return widths }
        // The highest level that fits.
        var (low, high) = (1, max(1, widest))
        while low < high {
            let middle = (low + high + 1) / 2
            if cut(middle).reduce(0, +) <= room { low = middle } else { high = middle - 1 }
        }
        var result = cut(low)
        var left = room - result.reduce(0, +)
        for place in result.indices.reversed() where left > 0 && widths[place] > low {
            result[place] += 1
            left -= 1
        }
        return result
    }

    private func line(_ cells: [Cell], _ layout: Layout, _ screen: Screen) -> String {
        var parts: [String] = []
        for (place, cell) in cells.enumerated() {
            let width = layout.widths[place]
            let text = cell.text.columns > width ? cell.text.prefix(columns: max(0, width - 1)) + "…" : cell.text
            let padding = String(repeating: " ", count: max(0, width - text.columns))
            let styled = screen.styled(text, cell.style)
            let isLast = place == cells.count - 1
            parts.append(columns[layout.kept[place]].isRight ? padding + styled : isLast ? styled : styled + padding)
        }
        var line = parts.joined(separator: "  ")
        while line.last == " " { line.removeLast() }
        return line
    }

    /// True where each column has room for its title and a few characters.
    func fits(_ screen: Screen) -> Bool {
        Self.total(columns.indices.map { max(columns[$0].title.columns, min(width($0), 8)) }) <= screen.width
    }

    /// A line for each cell, for more columns than the screen has room for.
    func records(_ screen: Screen) -> String {
        let names = columns.map(\.title.columns).max() ?? 0
        return rows.map { row in
            zip(columns, row).flatMap { column, cell in
                Display.wrapped(cell.text, width: screen.width - names - 2).enumerated().map { index, text in
                    let name = screen.styled(Display.padded(index == 0 ? column.title : "", names), .faint)
                    return text.isEmpty ? screen.styled(column.title, .faint) : name + "  " + text
                }
            }.joined(separator: "\n")
        }.joined(separator: "\n\n")
    }
}
