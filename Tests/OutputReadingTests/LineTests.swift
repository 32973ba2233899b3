import Testing

@testable import OutputReading

struct VisibleLineTests {
    @Test(arguments: [
        ("plain", "plain"), ("10%\r20%\r100%", "100%"), ("10%\r100%\r", "100%"), ("100%\r   ", "100%"),
        ("\u{1B}[31mred\u{1B}[0m", "red"), ("\u{1B}[38;5;12mblue\u{1B}[K", "blue"),
        ("[36mlost escape[39m", "lost escape"),
        ("\u{1B}]0;title\u{07}text", "text"), ("\u{1B}]8;;http://a\u{1B}\\link\u{1B}]8;;\u{1B}\\", "link"),
        ("a\0b\u{07}c", "abc"), ("tab\tstays", "tab\tstays"), ("\u{1B}[", ""), ("\u{1B}", ""),
        ("[m is text", "[m is text"),
        ("\u{1B}]never ends", "]never ends"), ("caf\u{E9} \u{FFFD}", "caf\u{E9} \u{FFFD}"),
    ]) func aLineIsShownAsATerminalWould(line: String, shown: String) {
        #expect(VisibleLines.split(line).map { String(decoding: $0, as: UTF8.self) } == [shown])
    }

    @Test func theEmptyRestBehindTheLastLineFeedIsNoLine() {
        #expect(VisibleLines.split("").isEmpty)
        #expect(VisibleLines.split("a\n").count == 1)
        #expect(VisibleLines.split("a\n\nb").count == 3)
        #expect(VisibleLines.split("a\r\nb\r\n").map { String(decoding: $0, as: UTF8.self) } == ["a", "b"])
    }
}

struct PrefixTests {
    @Test(
        arguments: [
            ("message", nil, "message"), ("ERROR: x is short", .error, "x is short"),
            ("ERROR x is short", .error, "x is short"),
            ("INFO:     started", .info, "started"), ("WARNING:  odd", .warning, "odd"),
            ("CRITICAL: bad", .error, "bad"),
            ("ERROR:root:x: y", .error, "x: y"), ("error: no model", .error, "no model"),
            ("[error] no model", .error, "no model"),
            ("Error: no model", nil, "Error: no model"), ("ValueError: no model", nil, "ValueError: no model"),
            ("2026-11-30 10:00:00,123 - app - ERROR - no model", .error, "no model"),
            ("2026-11-30 10:00:00.123 | ERROR    | app.main:load:31 - no model", .error, "no model"),
            ("2026-11-30T10:00:00.123456Z ERROR target::path: no model", .error, "no model"),
            ("[2026-11-30T10:00:00Z ERROR target] no model", .error, "no model"),
            ("[2026-11-30 10:00:00 +0000] [12] [ERROR] no model", .error, "no model"),
            ("[2026-11-30 10:00:00.100][1][modelmanager][error][instance.cpp:550] no model", .error, "no model"),
            ("2026-11-30T10:00:00,123 [ERROR] main org.app.Loader - no model", .error, "no model"),
            ("2026-11-30 10:00:00.456 ERROR 77 --- [  main] o.s.Boot  : no model", .error, "no model"),
            ("10:00:00.123 [main] ERROR c.e.Main - no model", .error, "no model"),
            ("E1130 10:00:00.123456 7 repo.cc:5] no model", .error, "no model"),
            ("E0000 00:00:1732960000.123456  123 cuda.cc:83] no model", .error, "no model"),
            ("2026-11-30 10:00:00.123456: E path/to/file.cc:92] no model", .error, "no model"),
            ("2026-11-30 10:00:00.1 [E:onnxruntime:, file.cc:14 Load] no model", .error, "no model"),
            ("0.01.234.567 E srv  llama_server: no model", .error, "srv  llama_server: no model"),
            ("0.01.234.567 I srv  llama_server: fine", .info, "srv  llama_server: fine"),
            ("ERROR 11-30 10:00:00 [core.py:710] no model", .error, "no model"),
            ("2026/11/30 10:00:00 main.go:12: no model", nil, "no model"),
            ("2026/11/30 10:00:00 [emerg] 1#1: no model", .error, "no model"),
            ("Nov 30 10:00:00 host asr[123]: no model", nil, "no model"), ("<3>no model", .error, "no model"),
            ("2026-11-30T10:00:00.123456789Z stderr F no model", nil, "no model"),
            ("web-1  | no model", nil, "no model"),
            ("(ServeReplica:app:Adder pid=1) no model", nil, "no model"),
            ("(EngineCore_0 pid=12) no model", nil, "no model"),
            ("(raylet) no model", nil, "no model"), ("[1,0]<stderr>:no model", nil, "no model"),
            ("[rank0]: no model", nil, "no model"),
            ("INFO 2026-11-30 10:00:00,100 controller 101 -- no model", .info, "no model"),
            ("[12:00:01] ERROR    no model", .error, "no model"), ("10:00AM ERR no model", .error, "no model"),
            ("2026-11-30T10:00:00.1Z\tERROR\tapp/main.go:12\tno model", .error, "no model"),
            // What looks like a prefix and is the message.
            ("[Errno 2] No such file", nil, "[Errno 2] No such file"),
            ("ERROR [Errno 2] No such file", .error, "[Errno 2] No such file"),
            ("[json.exception.parse_error.101] parse error", nil, "[json.exception.parse_error.101] parse error"),
            ("model.c:123: GGML_ASSERT(x) failed", nil, "model.c:123: GGML_ASSERT(x) failed"),
            ("a (b) c", nil, "a (b) c"), ("errors: 0", nil, "errors: 0"),
            ("3 files, 12 lines", nil, "3 files, 12 lines"),
            ("ERRORS_ALLOWED=3", nil, "ERRORS_ALLOWED=3"), ("2026 was a good year", nil, "2026 was a good year"),
            ("ERROR handler.BadWeights: short", .error, "handler.BadWeights: short"),
            ("2026-11-30 10:00:00 503 Service Unavailable", nil, "503 Service Unavailable"),
        ] as [(String, Level?, String)]) func aPrefixIsTakenOffAndItsLevelRead(
            line: String, level: Level?, message: String
        )
    {
        let read = OutputLine(index: 0, visible: Array(line.utf8))
        #expect(read.text == message)
        #expect(read.level == level)
    }

    @Test func theIndentationBehindAPrefixIsKept() {
        let line = OutputLine(
            index: 0, visible: Array("(W pid=1) ERROR 11-30 10:00:00 [a.py:7]   File \"m.py\", line 3".utf8))
        #expect(line.origin == "(W pid=1)")
        #expect(line.indent == 2)
        #expect(line.text == "File \"m.py\", line 3")
    }
}

struct OneLineTests {
    @Test func aLongTextLosesItsMiddle() {
        let text = "begin " + String(repeating: "x", count: 1_000) + " end"
        let shown = OneLine.text(text)
        #expect(shown.count == 400)
        #expect(shown.hasPrefix("begin x") && shown.hasSuffix("x end") && shown.contains(" … "))
    }

    @Test func linesAndTabsBecomeSpaces() {
        #expect(OneLine.text(["a\n  b\tc", " d "]) == "a b c d")
    }
}
