import JournalRendering
import TestSupport
import Testing

@testable import modeljournal

/// Tables and wrapped text on a screen of a given width.
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

    /// Each line once looked at all the rest of the text.
    @Test func aTextOfAMillionCharactersIsWrapped() {
        let lines = Display.wrapped(String(repeating: "x", count: 1_000_000), width: 100)
        #expect(lines.count == 10_000)
        #expect(Escaping.visible(String(repeating: "\u{1b}", count: 1_000_000)).count == Escaping.longest * 6 + 1)
    }

    @Test func theWidestCellIsCutWhereNothingElseHelps() {
        var table = TextTable([.init(title: "NAME"), .init(title: "STATE")])
        table.add([.init(text: String(repeating: "n", count: 100)), .init(text: "READY")])
        let lines = table.rendered(screen(30)).split(separator: "\n").map(String.init)
        #expect(lines.allSatisfy { $0.count <= 30 })
        #expect(lines.last == String(repeating: "n", count: 22) + "…  READY")
    }

    @Test(
        arguments: [
            ("one two three", ["one two three"]), ("one two three four five", ["one two three four", "five"]),
            (String(repeating: "x", count: 45), ["xxxxxxxxxxxxxxxxxxxx", "xxxxxxxxxxxxxxxxxxxx", "xxxxx"]),
            ("", [""]), ("a " + String(repeating: "x", count: 20), ["a", "xxxxxxxxxxxxxxxxxxxx"]),
        ] as [(String, [String])]) func textIsBrokenBetweenWords(text: String, lines: [String])
    {
        #expect(Display.wrapped(text, width: 20) == lines)
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

    @Test func colourDoesNotCount() {
        var colored = TextTable([.init(title: "NAME"), .init(title: "STATE")])
        colored.add([.init(text: "a", style: .bold), .init(text: "READY", style: .green)])
        let plain = colored.rendered(screen(80))
        let styled = colored.rendered(Screen(isColored: true, utc: true, width: 80))
        #expect(styled != plain && styled.replacing(/\u{1b}\[[0-9;]*m/, with: "") == plain)
    }
}
