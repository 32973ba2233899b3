import Foundation
import TestSupport
import Testing

@Suite("The scripted server does what its flags say", .turn(of: "ScriptedServerTests"), .timeLimit(.minutes(1)))
struct BehaviourTests {
    @Test func servesAndEnds() throws {
        let file = temporaryPath()
        let server = try ServerProcess(["--print", "hello", "--print-stderr", "there", "--port-file", file])
        #expect(server.line() == "hello")
        #expect(server.line() == "there")
        let port = try server.port()
        #expect(try String(contentsOfFile: file, encoding: .utf8) == "\(port)\n")
        #expect(try get(port, "/health").body == #"{"status":"ok"}"#)
        #expect(try post(port, "/infer", "{}").body == #"{"text":""}"#)
        server.terminate()
        #expect(server.wait() == .exited(0))
    }

    @Test func severalRequestsOnOneConnection() throws {
        let server = try ServerProcess([])
        let client = try Client(port: try server.port())
        client.send("GET /health HTTP/1.1\r\nHost: a\r\n\r\nPOST /infer HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n")
        client.send("3\r\nabc\r\n0\r\n\r\nGET /health HTTP/1.0\r\n\r\n")
        #expect(client.receive().components(separatedBy: "HTTP/1.1 200 OK").count == 4)
    }

    @Test func becomesReadyAndUnhealthy() throws {
        let server = try ServerProcess([
            "--ready-after-requests", "2", "--unready-status", "500", "--unready-body", "wait",
            "--unhealthy-after-requests", "1",
        ])
        let port = try server.port()
        let replies = try (0..<5).map { _ in try get(port, "/health") }
        #expect(replies.map(\.status) == [500, 500, 200, 500, 500])
        #expect(replies[0].body == "wait")
    }

    @Test func turnsUnhealthyOnDemand() throws {
        let server = try ServerProcess([])
        let port = try server.port()
        _ = try get(port, "/__control/unhealthy")
        #expect(try get(port, "/health").status == 500)
        _ = try get(port, "/__control/healthy")
        #expect(try get(port, "/health").status == 200)
    }

    @Test func isReadyTooEarly() throws {
        let server = try ServerProcess(["--too-early", "--unready-for", "30s", "--warm-after", "30s"])
        let port = try server.port()
        #expect(try get(port, "/health").status == 200)
        #expect(try post(port, "/infer", "").status == 503)
    }

    @Test(arguments: [
        (["--exit", "3"], ServerProcess.Ending.exited(3)),
        (["--crash", "segv"], .killed(by: SIGSEGV)),
        (["--crash", "abort", "--crash-when", "after-bind"], .killed(by: SIGABRT)),
        (["--exit", "9", "--exit-when", "after", "1"], .exited(9)),
        (["--never-bind", "--exit", "9", "--exit-when", "after=1ms"], .exited(9)),
        (["--port", "1x"], .exited(64)),
        (["--exit-when", "tomorrow"], .exited(64)),
        (["--no-such-flag"], .exited(64)),
    ])
    func endsByItself(arguments: [String], ending: ServerProcess.Ending) throws {
        #expect(try ServerProcess(arguments).wait() == ending)
    }

    @Test(arguments: [["--never-bind"], ["--accept-silently"], ["--ignore-term", "--hang-in-warmup"]])
    func hasALifetime(arguments: [String]) throws {
        #expect(try ServerProcess(arguments, lifetime: "1s").wait() == .killed(by: SIGALRM))
    }

    @Test func endsInTheWarmup() throws {
        let server = try ServerProcess(["--crash", "segv", "--crash-when", "on-warmup"])
        let port = try server.port()
        #expect(try get(port, "/health").status == 200)
        #expect(try post(port, "/infer", "").whole == "")
        #expect(server.wait() == .killed(by: SIGSEGV))
    }

    @Test func crashesWhenItIsReady() throws {
        let server = try ServerProcess(["--ready-after-requests", "1", "--crash-after-ready", "1"])
        let port = try server.port()
        #expect(try get(port, "/health").status == 503)
        #expect(try get(port, "/health").status == 200)
        #expect(server.wait() == .killed(by: SIGSEGV))
    }

    @Test func needsItsPort() throws {
        let first = try ServerProcess([])
        let second = try ServerProcess(["--port", "\(try first.port())"])
        #expect(second.wait() == .exited(1))
        #expect(String(decoding: second.rest(), as: UTF8.self).contains("Address already in use"))
    }

    @Test func answersBadly() throws {
        let refusing = try ServerProcess(["--warmup-status", "500", "--warmup-body", "no"])
        let refusal = try post(try refusing.port(), "/infer", "")
        #expect(refusal.status == 500 && refusal.body == "no")
        let truncating = try ServerProcess(["--warmup-truncated"])
        #expect(try post(try truncating.port(), "/infer", "").whole.contains("Content-Length: 1011\r\n"))
        let babbling = try ServerProcess(["--warmup-garbage"])
        #expect(try post(try babbling.port(), "/infer", "").whole.hasSuffix("not HTTP\n"))
        let slow = try ServerProcess(["--slow-drip", "1"])
        #expect(try post(try slow.port(), "/infer", "").body == #"{"text":""}"#)
    }

    @Test(arguments: [["--hang-in-warmup"], ["--accept-silently"]])
    func saysNothing(arguments: [String]) throws {
        let server = try ServerProcess(arguments)
        let client = try Client(port: try server.port())
        client.send("POST /infer HTTP/1.1\r\n\r\n")
        server.terminate()
        #expect(client.receive() == "")
    }

    @Test func writesDownWhatItGot() throws {
        let file = temporaryPath()
        let server = try ServerProcess(
            ["--echo-headers", file, "--echo-env", "TRACEPARENT", "--echo-env", "NOT_THERE"],
            environment: ["TRACEPARENT=00-ab\"c"])
        let port = try server.port()
        _ = try get(port, "/health")
        for number in 1...2 { _ = try post(port, "/infer?x=1", "body", headers: ["X-Request-ID: \(number)"]) }
        let lines = try String(contentsOfFile: file, encoding: .utf8).split(separator: "\n")
        try #require(lines.count == 2)
        let object = try #require(JSONSerialization.jsonObject(with: Data(lines[1].utf8)) as? [String: Any])
        #expect((object["headers"] as? [String: String])?["x-request-id"] == "2")
        #expect(object["env"] as? [String: String] == ["TRACEPARENT": "00-ab\"c"])
        #expect(object["path"] as? String == "/infer")
    }

    private func temporaryPath() -> String {
        FileManager.default.temporaryDirectory.appendingPathComponent("scripted-\(UUID().uuidString)").path
    }
}
