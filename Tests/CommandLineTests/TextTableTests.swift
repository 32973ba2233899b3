import JournalRendering
import TestSupport
import Testing

@testable import modeljournal

/// Tables on a screen of a given width.
@Suite(.turn(of: "CommandLineTests")) struct TextTableTests {
    private func screen(_ width: Int) -> Screen { Screen(isColored: false, utc: true, width: width) }

    private func table() -> TextTable {
        var table = TextTable([
            .init(title: "NAME"), .init(title: "MS", isRight: true, rank: 1), .init(title: "NOTE", rank: 2),
        ])
        table.add([.init(text: "en-us"), .init(text: "352"), .init(text: "a longer note")])
        table.add([.init(text: "x"), .init(text: "7"), .init(text: "")])
        return table
    }

    @Test func columnsAreAligned() {
        #expect(table().rendered(screen(80)) == "NAME    MS  NOTE\nen-us  352  a longer note\nx        7")
    }

    @Test func theLeastImportantColumnGoesFirst() {
        #expect(table().rendered(screen(20)) == "NAME    MS\nen-us  352\nx        7")
        #expect(table().rendered(screen(9)) == "NAME\nen-us\nx")
    }

    @Test func aColumnWithoutValuesIsLeftOut() {
        var table = TextTable([.init(title: "NAME"), .init(title: "REASON", rank: 1)])
        table.add([.init(text: "en-us"), .init(text: "")])
        #expect(table.rendered(screen(80)) == "NAME\nen-us")
    }

    @Test func theWidestColumnsAreCutToOneWidth() {
        #expect(TextTable.levelled([3, 9, 5], to: 20) == [3, 9, 5])
        #expect(TextTable.levelled([3, 9, 5], to: 12) == [3, 4, 5])
        #expect(TextTable.levelled([3, 300_000_000, 5, 300_000_000], to: 31) == [3, 11, 5, 12])
        #expect(TextTable.levelled([3, 9], to: 1) == [1, 1])
        #expect(TextTable.levelled([], to: 1) == [])
    }

    @Test func theWidestCellIsCutWhereNothingElseHelps() {
        var table = TextTable([.init(title: "NAME"), .init(title: "STATE")])
        table.add([.init(text: String(repeating: "n", count: 100)), .init(text: "READY")])
        let lines = table.rendered(screen(30)).split(separator: "\n").map(String.init)
        #expect(lines.allSatisfy { $0.count <= 30 })
        #expect(lines.last == String(repeating: "n", count: 22) + "…  READY")
    }

    @Test func aFlexibleColumnIsCutBeforeAnotherGoes() {
        var table = TextTable([.init(title: "NAME"), .init(title: "RUN", rank: 1), .init(title: "NOTE", minimum: 10)])
        table.add([.init(text: "en-us"), .init(text: "019aae7c"), .init(text: "a much longer note than fits")])
        #expect(table.rendered(screen(30)).split(separator: "\n").last == "en-us  019aae7c  a much longe…")
        #expect(table.rendered(screen(20)).split(separator: "\n").last == "en-us  a much longe…")
        #expect(table.rendered(screen(80)).hasSuffix("a much longer note than fits"))
    }

    @Test func moreColumnsThanFitBecomeRecords() {
        var table = TextTable((1...12).map { .init(title: "column_\($0)") })
        table.add((1...12).map { .init(text: "value \($0)") })
        #expect(!table.fits(screen(80)) && table.fits(screen(200)))
        let lines = table.records(screen(80)).split(separator: "\n")
        #expect(lines.count == 12 && lines.first == "column_1   value 1" && lines.last == "column_12  value 12")
    }

    @Test func wideCharactersAreAlignedAndFit() {
        #expect(Display.cut("模型模型模型", 8) == "模型模…")
        #expect(Display.padded("模型", 6) + "|" == "模型  |" && Display.padded("模型", 6, right: true) == "  模型")
        var table = TextTable([.init(title: "模型", minimum: 8), .init(title: "STATE")])
        table.add([.init(text: "大きなモデル"), .init(text: "READY")])
        table.add([.init(text: "en-us"), .init(text: "LOADING")])
        #expect(
            table.rendered(screen(80)) == "模型          STATE\n大きなモデル  READY\nen-us         LOADING")
        let narrow = table.rendered(screen(18)).split(separator: "\n")
        #expect(narrow == ["模型       STATE", "大きなモ…  READY", "en-us      LOADING"])
        #expect(table.records(screen(40)).split(separator: "\n").first == "模型   大きなモデル")
    }

    @Test func colourDoesNotCount() {
        var colored = TextTable([.init(title: "NAME"), .init(title: "STATE")])
        colored.add([.init(text: "a", style: .bold), .init(text: "READY", style: .green)])
        let plain = colored.rendered(screen(80))
        let styled = colored.rendered(Screen(isColored: true, utc: true, width: 80))
        #expect(styled != plain && styled.replacing(/\u{1b}\[[0-9;]*m/, with: "") == plain)
    }
}
