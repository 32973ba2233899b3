import Foundation
import Testing

@testable import ServerProvider

@Suite("What the body of an answer means")
struct AnswerBodyTests {
    /// On the same path of another port the preset's condition holds; anywhere else it means nothing.
    @Test func anotherProbeMayLeaveTheConditionBehind() throws {
        for (probe, isKept) in [
            ("http://127.0.0.1:9999/ping", true), ("http://127.0.0.1:8081/models", false), ("tcp://127.0.0.1:1", false),
        ] {
            var server = try ServerConfiguration(command: ["server"], preset: "torchserve", model: "m")
            server.replaceProbe(try ProbeTarget(probe))
            #expect((server.readiness != nil) == isKept, "\(probe)")
        }
    }

    @Test(
        arguments: [
            (#"{"error":"failed to process audio"}"#, "failed to process audio"),
            (#"{"error":{"code":503,"message":"Loading\nmodel"}}"#, "Loading model"),
            (#"{"error":{"code":503}}"#, #"{"code":503}"#), (#"{"error":["a"]}"#, "a"), (#"{"error":7}"#, "7"),
            (#"{"error":true}"#, "true"), (#"{"error":null}"#, nil), (#"{"error":""}"#, nil),
            (#"{"error":false}"#, nil),
            (#"{"error":{}}"#, nil), (#"{"text":"error"}"#, nil), (#"[{"error":"x"}]"#, nil),
            (#"{"a":{"error":"x"}}"#, nil),
            (#"{"status":"failed","error":null}"#, "its status is failed"),
            (#"{"status":"FAILED","detail":"no model"}"#, "no model"), (#"{"status":"error"}"#, "its status is error"),
            (#"{"status":"succeeded","output":"failed"}"#, nil), (#"{"status":404}"#, nil),
            (#"{"success":false,"message":"no model"}"#, "no model"), (#"{"success":true,"message":"fine"}"#, nil),
            (#"{"errors":[{"message":"no model"}]}"#, "no model"), (#"{"errors":[]}"#, nil), (#"{"errors":0}"#, nil),
            (#"{"object":"error","message":"no model"}"#, "no model"),
            (#"{"object":"text_completion","message":"x"}"#, nil),
            (#"{"error":"Traceback (most recent call last):\n  File \"a\"\nValueError: bad"}"#, "ValueError: bad"),
            ("error", nil), ("", nil),
        ] as [(String, String?)])
    func anErrorInAGoodAnswerIsFound(body: String, error: String?) {
        #expect(WarmupAnswer.error(in: Array(body.utf8)) == error)
    }

    @Test(
        arguments: [
            ("{\"status\":\"starting\"}\n{\"error\":\"no model\"}\n", "no model"),
            ("{\"response\":\"a\"}\r\n{\"error\":\"no model\"}", "no model"),
            ("{\"response\":\"a\"}\n\n{\"response\":\"b\",\"done\":true}\n", nil),
            ("\u{1E}{\"a\":1}\n\u{1E}{\"error\":\"no model\"}\n", "no model"),
            ("data: {\"error\":{\"message\":\"no model\"}}\n\n", "no model"),
            ("data:{\"error\":\"no model\"}", "no model"),
            (": hello\n\ndata: {\"a\":1}\n\ndata: {\"error\":\"no model\"}\n\n", "no model"),
            ("event: error\ndata: no model\n\n", "no model"), ("event: error\n\n", "an event of the kind error"),
            ("event: error\rdata: {\"error\":\"no model\"}\r\r", "no model"),
            (
                "id: 1\r\nevent: error\r\ndata: {\"message\":\r\ndata: \"no model\"}\r\n\r\n",
                "no model"
            ),
            ("data: {\"text\":\"error\"}\n\ndata: [DONE]\n\n", nil),
            ("{\n  \"outputs\": [\n{\"error\":\"x\"}\n]\n}\n", nil), ("text\n{\"error\":\"x\"}\n", nil),
            ("[1]\n{\"error\":\"x\"}\n", nil), ("\n\n", nil),
        ] as [(String, String?)])
    func anErrorInAStreamIsFound(body: String, error: String?) {
        #expect(WarmupAnswer.error(in: Array(body.utf8)) == error)
        // However it is cut on its way.
        for size in [1, 2, 7] {
            var stream = AnswerStream()
            var rest = Array(body.utf8)[...]
            while !rest.isEmpty {
                stream.read(rest.prefix(size))
                rest = rest.dropFirst(size)
            }
            let isWhole = (try? JSONSerialization.jsonObject(with: Data(body.utf8))) != nil
            if !isWhole { #expect(stream.finished == error) }
        }
    }

    /// A stream may have no end.
    @Test(arguments: ["data: {\"error\":\"x\"}\n\n", "data: [DONE]\n\n", "{\"error\":\"x\"}\n"])
    func aStreamIsDecidedByItsError(part: String) {
        var stream = AnswerStream()
        #expect(!stream.isDecided)
        stream.read(Array(part.utf8))
        #expect(stream.isDecided)
    }

    @Test(arguments: ["data: {\"token\":\"a\"}\n\n", "{\"token\":\"a\"}\n"])
    func enoughOfAStreamDecidesIt(part: String) {
        var stream = AnswerStream()
        for _ in 0...(64 << 10) / part.utf8.count {
            #expect(!stream.isDecided)
            stream.read(Array(part.utf8))
        }
        #expect(stream.isDecided && stream.error == nil)
    }

    /// An image, or a tensor, is read to its end.
    @Test func anythingElseIsNeverDecidedBefore() {
        var stream = AnswerStream()
        for _ in 0..<100 { stream.read([UInt8](repeating: 0x41, count: 1 << 16)) }
        #expect(!stream.isDecided && stream.finished == nil)
    }
}
