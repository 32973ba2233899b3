import Foundation
import JournalRendering
import Testing

/// JSON and CSV as text.
@Suite struct RenderingTests {
    @Test func jsonKeepsTheOrderOfItsMembers() {
        let value = OutputValue.object([
            ("b", .integer(1)), ("a", .array([.null, .bool(true), .number(0.5)])), ("c", .json("{\"x\":1}")),
            ("d", .object([])), ("e", .array([])),
        ])
        #expect(JSONText.compact(value) == #"{"b":1,"a":[null,true,0.5],"c":{"x":1},"d":{},"e":[]}"#)
        #expect(
            JSONText.pretty(.object([("a", .array([.integer(1)])), ("b", .array([]))]))
                == "{\n  \"a\": [\n    1\n  ],\n  \"b\": []\n}")
    }

    @Test(
        arguments: [
            (0, "0"), (1, "0.001"), (10, "0.01"), (100, "0.1"), (1000, "1"), (1001, "1.001"), (352_417, "352.417"),
            (1_234_500, "1234.5"), (-1, "-0.001"), (-1500, "-1.5"), (.max, "9223372036854775.807"),
            (.min, "-9223372036854775.808"),
        ] as [(Int64, String)]) func millisecondsAreNeverRounded(microseconds: Int64, text: String)
    {
        #expect(JSONText.compact(.milliseconds(microseconds)) == text)
    }

    @Test(
        arguments: [
            (1, "1"), (0.1, "0.1"), (-2.5, "-2.5"), (1e15, "1000000000000000.0"), (.nan, "null"), (.infinity, "null"),
            (1e300, "1e+300"),
            (999_999_999_999_999, "999999999999999"),
        ] as [(Double, String)]) func numbersAreJSON(number: Double, text: String) throws
    {
        #expect(JSONText.compact(.number(number)) == text)
        _ = try JSONSerialization.jsonObject(with: Data(text.utf8), options: .fragmentsAllowed)
    }

    @Test func everyStringSurvivesJSON() throws {
        let scalars =
            (0...0x2FF).compactMap(Unicode.Scalar.init) + [
                "\u{2028}", "\u{202e}", "\u{feff}", "\u{fffd}", "\u{1f600}", "\u{10ffff}",
            ]
        for scalar in scalars {
            let string = "a\(scalar)b"
            let text = JSONText.compact(.string(string))
            let parsed = try JSONSerialization.jsonObject(with: Data(text.utf8), options: .fragmentsAllowed)
            #expect(Array((try #require(parsed as? String)).unicodeScalars) == Array(string.unicodeScalars))
            #expect(!text.unicodeScalars.contains(where: Escaping.isDangerous), "\(scalar.value)")
        }
    }

    @Test func aJSONTextStaysItselfButForWhatDisturbsATerminal() {
        let value = OutputValue.json("{\"a\":\"größer \u{202e}\u{85}\"}")
        #expect(JSONText.compact(value) == #"{"a":"größer \u202e\u0085"}"#)
    }

    @Test(arguments: [
        ("plain", "plain"), ("", ""), ("a,b", "\"a,b\""), ("a\"b", "\"a\"\"b\""), ("a\nb", "\"a\nb\""),
        ("a\rb", "\"a\rb\""), ("a\r\nb", "\"a\r\nb\""), ("=1+1", "'=1+1"), ("+x", "'+x"), ("-x", "'-x"), ("@x", "'@x"),
        ("\tx", "'\tx"), ("\rx", "\"'\rx\""), ("-5", "-5"), ("-0.5", "-0.5"), ("+5", "+5"), ("=,", "\"'=,\""),
        ("-inf", "'-inf"), ("-nan", "'-nan"), ("-0x1p3", "'-0x1p3"), ("1-2", "1-2"),
        ("a\0b", "a\\u{0}b"), ("\0\u{301}", "\\u{0}\u{301}"),
    ]) func aCSVCellIsQuotedAndNoFormula(text: String, cell: String) {
        #expect(CSVText.row([text]) == cell + "\r\n")
    }

    @Test func membersOfMembersBecomeColumns() {
        let value = OutputValue.object([
            ("a", .integer(1)), ("b", .object([("c", .null), ("d", .object([("e", .string("x"))]))])),
            ("f", .array([.integer(1), .integer(2)])),
        ])
        let columns = CSVText.columns(value)
        #expect(columns.map(\.0) == ["a", "b_c", "b_d_e", "f"])
        #expect(columns.map(\.1) == ["1", "", "x", "[1,2]"])
    }

    @Test(arguments: [
        ("plain", "plain"), ("", ""), ("a\nb\r\tc", "a\\nb\\r\\tc"), ("\u{1b}[31m", "\\u{1b}[31m"),
        ("\u{0}", "\\u{0}"), ("\u{7f}", "\\u{7f}"), ("\u{9b}2J", "\\u{9b}2J"), ("\u{202e}", "\\u{202e}"),
        ("\u{200b}", "\\u{200b}"), ("\u{2066}x\u{2069}", "\\u{2066}x\\u{2069}"), ("\u{feff}", "\\u{feff}"),
        ("größer 模型 🚀", "größer 模型 🚀"),
    ]) func dangerousCharactersAreSpelledOut(text: String, visible: String) {
        #expect(Escaping.visible(text) == visible)
        #expect(Escaping.lines("\(text)\nx").last == "x")
    }

    @Test(
        arguments: [(nil, "–"), (1, "100 %"), (0.9996, "99.9 %"), (0.5, "50 %"), (0, "0 %"), (2.0 / 3, "66.6 %")]
            as [(Double?, String)])
    func aShareIsNeverRoundedUpToAll(share: Double?, text: String) {
        #expect(Display.percent(share) == text)
    }

    /// Together with what stands before or behind it, `<` may be another character; it is the same byte.
    @Test func marksThatJoinDoNotHideMarkupOrQuotes() {
        #expect(
            HTMLText.escaped("\u{600}<img src=x>&\u{301}\"\u{301}")
                == "\u{600}&lt;img src=x&gt;&amp;\u{301}&quot;\u{301}")
        #expect(CSVText.row(["a,\"\u{301},=1+1"]) == "\"a,\"\"\u{301},=1+1\"\r\n")
    }

    @Test func linesMayEndAsOnWindows() {
        #expect(Escaping.lines("a\r\nb\n\nc\u{1b}") == ["a", "b", "", "c\\u{1b}"])
    }
}
