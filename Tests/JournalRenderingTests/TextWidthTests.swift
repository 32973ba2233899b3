import JournalRendering
import Testing

/// Text takes the columns that a terminal gives it.
@Suite struct TextWidthTests {
    @Test(
        arguments: [
            ("", 0), ("en-us", 5), ("größer", 6), ("→ – … µ", 7), ("模型", 4), ("モデル", 6), ("한국어", 6), ("ｆｕｌｌ", 8),
            ("ｱ", 1), ("🚀", 2), ("a🚀b", 4), ("👍🏽", 2), ("🇯🇵", 2), ("❤", 1), ("❤\u{FE0F}", 2), ("1\u{FE0F}\u{20E3}", 2),
            ("e\u{301}", 1), ("\u{1112}\u{1161}\u{11AB}", 2), ("か\u{3099}", 2), ("क्ष", 2), ("\u{10FFFF}", 1),
            ("\u{2329}", 2), ("\u{232A}", 2), ("\u{232B}", 1), ("\u{20000}", 2), ("\u{3FFFD}", 2), ("\u{3FFFE}", 1),
            ("\u{10FF}", 1), ("\u{1100}", 2), ("\u{1F6DC}", 2), ("\u{1F6E0}", 1),
        ] as [(String, Int)]) func wideCharactersTakeTwoColumnsAndMarksNone(text: String, columns: Int)
    {
        #expect(text.columns == columns)
    }

    @Test func aPrefixNeverCutsAWideCharacterInHalf() {
        #expect("模型abc".prefix(columns: 3) == "模" && "模型abc".prefix(columns: 5) == "模型a")
        #expect("模型".prefix(columns: 0) == "" && "模型".prefix(columns: 9) == "模型")
    }

    @Test func linesAreBrokenByColumns() {
        #expect(Display.wrapped("模型模型 模型模型模型模型", width: 20) == ["模型模型", "模型模型模型模型"])
        #expect(Display.wrapped(String(repeating: "模", count: 15), width: 20).map(\.columns) == [20, 10])
        #expect(Display.wrapped(String(repeating: "模", count: 15), width: 21).map(\.columns) == [20, 10])
    }

    /// A row of initials is one character, however long.
    @Test func aCharacterWiderThanTheScreenDoesNotStopIt() {
        let syllable = String(repeating: "\u{1100}", count: 50)
        #expect(syllable.count == 1 && syllable.columns == 100)
        #expect(Display.wrapped("a\(syllable)b", width: 20) == ["a", syllable, "b"])
    }
}
