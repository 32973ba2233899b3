import Testing

@testable import modeljournal

/// No line of a server can do anything to the terminal or the file that it is passed on to.
@Suite struct ServerLineTests {
    @Test(arguments: [
        ("plain", "plain", "plain"), ("a\tb", "a\tb", "a\tb"), ("", "", ""),
        ("\u{1b}[31mred\u{1b}[0m", "\u{1b}[31mred\u{1b}[0m\u{1b}[0m", "red"),
        ("\u{1b}[1;38:5:9mbold", "\u{1b}[1;38:5:9mbold\u{1b}[0m", "bold"),
        // Erases, moves, clears the screen, hides the cursor.
        ("\u{1b}[2K\u{1b}[1A50%\u{1b}[K", "50%", "50%"), ("\u{1b}[2J\u{1b}[H\u{1b}[?25lx", "x", "x"),
        // Sets the title of the window, with both ends that this may have.
        ("\u{1b}]0;title\u{7}x", "x", "x"), ("\u{1b}]8;;http://a\u{1b}\\link", "link", "link"),
        // What is cut off, or of another kind, is shown.
        ("x\u{1b}[31", "x\\u{1b}[31", "x\\u{1b}[31"), ("\u{1b}]0;title", "\\u{1b}]0;title", "\\u{1b}]0;title"),
        ("\u{1b}c", "\\u{1b}c", "\\u{1b}c"), ("\u{9b}31m", "\\u{9b}31m", "\\u{9b}31m"),
        ("a\0b\u{8}\u{7f}", "a\\u{0}b\\u{8}\\u{7f}", "a\\u{0}b\\u{8}\\u{7f}"),
        ("\u{202e}txt.exe", "\\u{202e}txt.exe", "\\u{202e}txt.exe"), ("日本 é", "日本 é", "日本 é"),
        // An "m" with something else before it is no style.
        ("\u{1b}[>4;2mx", "x", "x"),
    ])
    func controlSequencesGoAndControlCharactersAreShown(line: String, onTerminal: String, elsewhere: String) {
        #expect(ServerLine.harmless(line, keepsColor: true) == onTerminal)
        #expect(ServerLine.harmless(line, keepsColor: false) == elsewhere)
    }
}
