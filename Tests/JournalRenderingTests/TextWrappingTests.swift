import JournalRendering
import Testing

/// Text that is broken into lines of a given width.
@Suite struct TextWrappingTests {
    @Test(
        arguments: [
            ("one two three", ["one two three"]), ("one two three four five", ["one two three four", "five"]),
            (String(repeating: "x", count: 45), ["xxxxxxxxxxxxxxxxxxxx", "xxxxxxxxxxxxxxxxxxxx", "xxxxx"]),
            ("", [""]), ("a " + String(repeating: "x", count: 20), ["a", "xxxxxxxxxxxxxxxxxxxx"]),
        ] as [(String, [String])]) func textIsBrokenBetweenWords(text: String, lines: [String])
    {
        #expect(Display.wrapped(text, width: 20) == lines)
    }

    /// Each line once looked at all the rest of the text.
    @Test func aTextOfAMillionCharactersIsWrapped() {
        let lines = Display.wrapped(String(repeating: "x", count: 1_000_000), width: 100)
        #expect(lines.count == 10_000)
        #expect(Escaping.visible(String(repeating: "\u{1b}", count: 1_000_000)).count == Escaping.longest * 6 + 1)
    }
}
