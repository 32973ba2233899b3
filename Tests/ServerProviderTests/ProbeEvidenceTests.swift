import Foundation
import ModelLifecycle
import TestSupport
import Testing

@testable import ServerProvider

/// What a probe that is not answered with "ready" tells about the server.
@Suite("Evidence of probes", .turn(of: "ServerProviderTests"))
struct ProbeEvidenceTests {
    /// `PORT` in the words stands for the server's.
    @Test(
        arguments: [
            ("HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n", "answered 404", 404, nil),
            (
                "HTTP/1.1 307 T\r\nLocation: /health\r\nContent-Length: 0\r\n\r\n",
                "answered 307, a redirect to /health", 307,
                "http://127.0.0.1:PORT/health"
            ),
            (
                "HTTP/1.1 302 F\r\nLocation: https://user:pw@host/login?next=%2F\r\nContent-Length: 0\r\n\r\n",
                "answered 302, a redirect to https://host/login?next=%2F", 302, "https://host/login?next=%2F"
            ),
            ("HTTP/1.1 304 N\r\nContent-Length: 0\r\n\r\n", "answered 304", 304, nil),
            (
                "HTTP/1.1 401 U\r\nWWW-Authenticate: Bearer realm=\"x\"\r\nContent-Length: 0\r\n\r\n",
                "answered 401, it wants authentication (Bearer)", 401, nil
            ),
            ("HTTP/1.1 403 F\r\nContent-Length: 0\r\n\r\n", "answered 403", 403, nil),
            (
                "HTTP/1.1 405 M\r\nAllow: POST, PUT\r\nContent-Length: 0\r\n\r\n",
                "answered 405, it allows POST, PUT only", 405,
                nil
            ),
            (
                "HTTP/1.1 426 U\r\nUpgrade: websocket\r\nContent-Length: 0\r\n\r\n",
                "answered 426, it wants an upgrade to websocket", 426, nil
            ),
            (
                "HTTP/1.1 426 U\r\nContent-Length: 0\r\n\r\n",
                "answered 426, it wants an upgrade, as WebSocket servers do", 426,
                nil
            ),
            (
                "HTTP/1.0 400 Bad Request\r\n\r\nClient sent an HTTP request to an HTTPS server.\n",
                "answered 400; the server speaks TLS: use https://", 400, nil
            ),
        ] as [(String, String, Int, String?)])
    func anAnswerOfHTTPIsExplained(answer: String, words: String, status: Int, location: String?) async throws {
        let (probe, port) = try await ask(answer)
        #expect(!probe.isReady && probe.status == status)
        #expect(probe.summary == "GET http://127.0.0.1:\(port)/health \(words)")
        #expect(probe.location == location?.replacing("PORT", with: "\(port)"))
    }

    @Test(arguments: [
        ("SSH-2.0-OpenSSH_9.6\r\n", CannedServer.Manner.greets, "it looks like SSH: “SSH-2.0-OpenSSH_9.6”"),
        ("-ERR unknown command\r\n", .answers, "it looks like Redis: “-ERR unknown command”"),
        ("{\"type\": \"error\"}\n", .answers, "it looks like lines of JSON"),
        ("220 mail ESMTP\r\n", .greets, "it looks like SMTP or FTP"),
        ("\u{1B}[31mhello\n", .answers, "the answer is not HTTP; it begins with “.[31mhello”"),
        (
            "\0\0\u{6}\u{4}\0\0\0\0\0\0\u{5}\0\0@\0", .greets,
            "the answer is not HTTP/1: the server speaks HTTP/2 only, as gRPC servers do"
        ),
        ("\u{15}\u{3}\u{1}\0\u{2}\u{2}F", .answers, "the server speaks TLS: use https://"),
        ("", .answers, "the server closed the connection without an answer"),
    ])
    func anAnswerThatIsNoHTTPIsNamed(bytes: String, manner: CannedServer.Manner, words: String) async throws {
        let (probe, port) = try await ask(bytes, manner)
        #expect(!probe.isReady && probe.status == nil)
        #expect(probe.summary.hasPrefix("GET http://127.0.0.1:\(port)/health: "), "\(probe.summary)")
        #expect(probe.summary.contains(words), "\(probe.summary)")
    }

    @Test func aServerThatAcceptsAndSaysNothingIsToldFromOneThatRefuses() async throws {
        let (probe, port) = try await ask("", .silent, timeout: .milliseconds(200))
        #expect(
            probe.summary == "GET http://127.0.0.1:\(port)/health: no answer within 200 ms; "
                + "the server accepted the connection, and did not answer")
    }

    @Test func aServerWithoutTLSIsToldSo() async throws {
        let (probe, _) = try await ask("HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\n\r\n", scheme: "https")
        #expect(probe.summary.hasSuffix("/health: the server does not speak TLS: use http://"), "\(probe.summary)")
    }

    /// A closer look costs connections: the same failure is looked at once.
    @Test func aFailureIsLookedAtOnce() async throws {
        let server = try CannedServer("SSH-2.0-x\r\n")
        defer { server.stop() }
        let http = HTTPExchange()
        let url = try #require(URL(string: "http://127.0.0.1:\(server.port)/"))
        let prober = HTTPProber(url: url, timeout: .seconds(60), http: http)
        let first = await prober.ask()
        let connections = server.connections
        for _ in 0..<5 { #expect(await prober.ask() == first) }
        #expect(server.connections == connections + 5)
        await http.shutDown()
    }

    @Test func theAddressIsShownWithoutItsSecrets() throws {
        for (address, shown) in [
            ("http://user:hunter2@host:80?api_key=hunter2#x", "http://host:80/?api_key=[redacted]"),
            ("http://host/a%20b", "http://host/a%20b"), ("https://[::1]:9/x", "https://[::1]:9/x"),
        ] {
            #expect(try #require(URL(string: address)).shown.removingPercentEncoding == shown.removingPercentEncoding)
        }
    }

    // MARK: - The log

    @Test func theSameAnswerIsCounted() throws {
        let log = ProbeLog(try ProbeTarget("http://127.0.0.1:1/health"))
        var evidence = FailureEvidence()
        log.add(to: &evidence)
        #expect(evidence == FailureEvidence())
        for (status, detail, repeats) in [(503, "a", 1), (503, "b", 2), (404, "b", 1), (404, nil, 2)] {
            log.note(ProbeAnswer(isReady: false, summary: "answered \(status)", detail: detail, status: status))
            log.add(to: &evidence)
            #expect(evidence.probeStatus == status && evidence.probeRepeats == repeats)
            #expect(evidence.lastProbe == "answered \(status)" + (detail.map { ": \($0)" } ?? ""))
        }
        #expect(evidence.probeTarget == "http://127.0.0.1:1/health")
    }

    @Test func aWarmUpIsNoRepeatedProbe() throws {
        let log = ProbeLog(try ProbeTarget("http://127.0.0.1:1/health"))
        log.note(ProbeAnswer(isReady: true, summary: "answered 200", status: 200))
        log.noteWarmup(
            ProbeAnswer(isReady: false, summary: "POST /i answered 500", status: 500), at: "http://127.0.0.1:1/i")
        var evidence = FailureEvidence()
        log.add(to: &evidence)
        #expect(evidence.probeTarget == "http://127.0.0.1:1/i" && evidence.probeRepeats == nil)
        log.note(ProbeAnswer(isReady: true, summary: "answered 200", status: 200))
        log.add(to: &evidence)
        #expect(evidence.probeTarget == "http://127.0.0.1:1/health" && evidence.probeRepeats == 1)
    }

    /// The deadline of a run may come before that of its first probe.
    @Test func aProbeWithoutAnAnswerYetIsEvidenceToo() async throws {
        let server = try CannedServer("", .silent)
        defer { server.stop() }
        let url = try #require(URL(string: "http://127.0.0.1:\(server.port)/health"))
        let log = ProbeLog(.http(url))
        let http = HTTPExchange()
        let asking = Task { await log.ask(HTTPProber(url: url, timeout: .seconds(60), http: http)) }
        try await eventually("a connection") { server.connections > 0 }
        var evidence = FailureEvidence()
        log.add(to: &evidence)
        #expect(evidence.lastProbe == "GET \(url) had not been answered" && evidence.probeTarget == "\(url)")
        asking.cancel()
        _ = await asking.value
        await http.shutDown()
    }

    /// Of a long answer the beginning and the end are kept, without secrets, and the next good one forgets it.
    @Test func theAnswerToAFailedWarmUpIsKept() throws {
        let log = ProbeLog(nil)
        var evidence = FailureEvidence()
        log.keep(
            warmupAnswer: "{\"error\":\"é\(String(repeating: "é", count: 20_000)) password=hunter2 ValueError: end\"}")
        log.add(to: &evidence)
        let answer = try #require(evidence.answer)
        #expect(answer.utf8.count <= 16 << 10 && answer.utf8.count > 15 << 10)
        #expect(
            answer.hasPrefix("{\"error\":\"é") && answer.hasSuffix("ValueError: end\"}")
                && answer.contains("bytes dropped]"))
        #expect(!answer.contains("hunter2") && !answer.contains("\u{FFFD}"))
        log.keep(warmupAnswer: nil)
        log.add(to: &evidence)
        #expect(evidence.answer == nil)
    }

    // MARK: -

    private func ask(
        _ answer: String, _ manner: CannedServer.Manner = .answers, scheme: String = "http",
        timeout: Duration = .seconds(60)
    ) async throws -> (ProbeAnswer, port: Int) {
        let server = try CannedServer(answer, manner)
        defer { server.stop() }
        let http = HTTPExchange()
        let url = try #require(URL(string: "\(scheme)://127.0.0.1:\(server.port)/health"))
        let probe = await HTTPProber(url: url, timeout: timeout, http: http).ask()
        await http.shutDown()
        return (probe, server.port)
    }
}
