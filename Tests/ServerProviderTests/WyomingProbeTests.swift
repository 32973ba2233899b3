import Foundation
import TestSupport
import Testing

@testable import ServerProvider

@Suite("Probes of Wyoming servers", .serialized, .turn(of: "ServerProviderTests"))
struct WyomingProbeTests {
    private static let data = #"{"asr":[{"name":"faster-whisper","installed":true}]}"#
    private static let info = #"{"type":"info","version":"1.5.2","data_length":\#(data.utf8.count)}"# + "\n" + data

    @Test(
        arguments: [
            (info, true, "answered info"),
            (#"{"type":"info","data":{"asr":[{"installed":true}]}}"# + "\n", true, "answered info"),
            (
                #"{"type":"hello","payload_length":3,"data_length":2}"# + "\n{}abc" + info, true, "answered info"
            ),
            (
                #"{"type":"error","data":{"text":"boom","message":"no model"}}"# + "\n", false,
                "answered describe with error: no model"
            ),
            (
                #"{"type":"info","data":{"asr":[{"installed":false}]}}"# + "\n", false,
                "answered info, but asr[].installed is false, not true"
            ),
            ("HTTP/1.1 400 Bad Request\r\n\r\n", false, ": the server speaks HTTP, not Wyoming: use http://"),
            ("hello\n", false, ": the answer is not a Wyoming event"),
            ("\u{15}\u{3}\u{1}", false, ": the answer is not a Wyoming event"),
            (#"{"a":1}"# + "\n", false, ": the answer is not a Wyoming event"),
            (#"{"type":"info","data_length":-1}"# + "\n", false, ": the answer is not a Wyoming event"),
            (#"{"type":"info","data_length":99999999}"# + "\n", false, ": its info event is too long"),
            (String(info.dropLast(5)), false, ": the connection was closed before describe was answered"),
            ("", false, ": the connection was closed before describe was answered"),
        ])
    func theAnswerToDescribeDecides(bytes: String, isReady: Bool, words: String) async throws {
        let server = try CannedServer(bytes)
        defer { server.stop() }
        let answer = await prober(server.port, ready: [try AnswerCondition("asr[].installed=true")]).ask()
        #expect(answer.isReady == isReady, "\(answer)")
        #expect(
            answer.line == "wyoming://127.0.0.1:\(server.port)" + (words.hasPrefix(":") ? words : " " + words))
    }

    @Test func aServerThatSaysNothingIsLate() async throws {
        let server = try CannedServer("", .silent)
        defer { server.stop() }
        let answer = await prober(server.port, timeout: .milliseconds(100)).ask()
        #expect(answer.summary == "wyoming://127.0.0.1:\(server.port): no answer within 100 ms")
        // It may be busy, which its processor time tells.
        #expect(answer.isLate)
    }

    @Test func aClosedPortRefuses() async throws {
        let answer = await prober(1).ask()
        #expect(answer.summary == "wyoming://127.0.0.1:1: Connection refused")
    }

    /// However the bytes are cut on their way.
    @Test(arguments: [1, 2, 7, 1000]) func eventsArePutTogether(size: Int) throws {
        var reader = WyomingReader()
        var events: [WyomingEvent] = []
        var rest = Array((#"{"type":"a","payload_length":2}"# + "\n\n\n" + Self.info).utf8)[...]
        while !rest.isEmpty {
            reader.append(rest.prefix(size))
            rest = rest.dropFirst(size)
            while let event = try reader.next() { events.append(event) }
        }
        #expect(events == [WyomingEvent(type: "a", data: []), WyomingEvent(type: "info", data: Array(Self.data.utf8))])
    }

    private func prober(
        _ port: Int, ready: [AnswerCondition] = [], timeout: Duration = .seconds(60)
    ) -> WyomingProber {
        WyomingProber(host: "127.0.0.1", port: port, judge: AnswerJudge(ready: ready), timeout: timeout)
    }
}
