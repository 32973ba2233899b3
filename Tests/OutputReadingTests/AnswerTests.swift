import Testing

@testable import OutputReading

struct AnswerTests {
    @Test(
        arguments: [
            ("", nil), (" \n ", nil), ("{}", "{}"), ("no model", "no model"),
            ("Internal Server Error\n", "Internal Server Error"),
            (#"{"error":"layer3 is short"}"#, "layer3 is short"),
            (#"{"error":{"message":"layer3 is short","type":"server_error","code":500}}"#, "layer3 is short"),
            (#"{"error":{"message":"layer3 is short","type":"ValueError"}}"#, "ValueError: layer3 is short"),
            (#"{"detail":"layer3 is short"}"#, "layer3 is short"),
            (
                #"{"detail":[{"loc":["body","text"],"msg":"Field required","type":"missing"}]}"#,
                "body.text: Field required"
            ),
            (#"{"message":"layer3 is short"}"#, "layer3 is short"),
            (#"{"errors":["a is short","b is short"]}"#, "a is short; b is short"),
            (
                #"{"error_code":"BAD_REQUEST","message":"a is short","stack_trace":"Traceback (most recent call last):\n  File \"a.py\", line 1, in f\nValueError: a is 3 long\n"}"#,
                "ValueError: a is 3 long"
            ),
            (#"{"code":13,"message":"in ensemble 'e', a is short","details":[]}"#, "in ensemble 'e', a is short"),
            (#"{"error":"Internal Server Error","message":"a is short"}"#, "Internal Server Error: a is short"),
            ("{\"token\":\"a\"}\n{\"error\":\"a is short\"}\n", "a is short"),
            (
                "data: {\"token\":\"a\"}\n\ndata: {\"error\":{\"message\":\"a is short\"}}\n\ndata: [DONE]\n",
                "a is short"
            ),
            (
                "<html><head><title>502 Bad Gateway</title></head><body><center><h1>502 Bad Gateway</h1></center><hr><center>nginx</center></body></html>",
                "502 Bad Gateway nginx"
            ),
            (
                "<!doctype html><html lang=en><title>500 Internal Server Error</title><h1>Internal Server Error</h1><p>The server met an &quot;error&quot;.</p>",
                "500 Internal Server Error: Internal Server Error The server met an \"error\"."
            ),
            (
                "<html><head><style>p { a: b }</style><script>if (a < b) {}</script></head><body>a is short</body></html>",
                "a is short"
            ),
            (
                "Traceback (most recent call last):\n  File \"a.py\", line 1, in f\nValueError: a is 3 long\n",
                "ValueError: a is 3 long"
            ),
            (#""a is short""#, "a is short"), (#"["a is short"]"#, "a is short"),
            (#"{"status":"failed","error":"a is short","output":null}"#, "a is short"),
            (#"{"error":"ValueError: a is 3 long","traceback":null}"#, "ValueError: a is 3 long"),
            (#"{"error":"a is short"#, #"{"error":"a is short"#),
        ] as [(String, String?)]) func anAnswerIsUnpacked(body: String, text: String?)
    {
        #expect(OutputReader.readAnswer(body) == text)
    }

    @Test func aLongAnswerLosesItsMiddle() {
        let text = OutputReader.readAnswer("{\"error\":\"begin " + String(repeating: "x", count: 5_000) + " end\"}")
        #expect(text?.count == 400)
        #expect(text?.hasSuffix("x end") == true)
    }
}
