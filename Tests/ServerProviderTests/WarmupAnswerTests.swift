import Foundation
import NIOHTTP1
import Testing

@testable import ServerProvider

@Suite("What a warm-up answer says beyond good and bad")
struct WarmupAnswerDetailTests {
    @Test(
        arguments: [
            (200, nil, nil), (429, nil, .seconds(1)), (429, "3", .seconds(3)), (503, nil, nil),
            (503, "0", .milliseconds(100)), (503, "soon", .seconds(1)), (500, "3", nil),
            (503, "Sun, 06 Nov 1994 08:49:40 GMT", .seconds(3)),
            (503, "Sun, 06 Nov 1994 08:00:00 GMT", .milliseconds(100)),
        ] as [(Int, String?, Duration?)])
    func whenToAskAgain(status: Int, header: String?, pause: Duration?) {
        var headers = HTTPHeaders()
        if let header { headers.add(name: "Retry-After", value: header) }
        let answer = HTTPExchange.Answer(status: status, headers: headers, body: [])
        // 08:49:37 of that day.
        #expect(RetryAfter.pause(answer, now: Date(timeIntervalSince1970: 784_111_777)) == pause)
    }

    @Test(
        arguments: [
            (
                #"{"content":"x","timings":{"prompt_n":5,"prompt_per_second":55.12,"predicted_n":1,"predicted_per_second":12.34}}"#,
                "prompt 5 tokens at 55.1 tokens/s, generated 1 token at 12.3 tokens/s"
            ),
            (#"{"usage":{"prompt_tokens":5,"completion_tokens":1}}"#, "prompt 5 tokens, generated 1 token"),
            (
                #"{"eval_count":10,"eval_duration":500000000,"load_duration":2500000000}"#,
                "generated 10 tokens at 20.0 tokens/s, load 2.5 s"
            ),
            (#"{"timings":{}}"#, nil), (#"{"usage":"much"}"#, nil), ("text", nil), ("[]", nil),
            (#"{"timings":{"predicted_per_second":1e400}}"#, nil),
        ] as [(String, String?)])
    func whatItTellsOfSpeed(body: String, words: String?) { #expect(AnswerSpeed.words(in: Array(body.utf8)) == words) }
}
