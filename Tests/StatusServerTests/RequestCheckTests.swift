import Foundation
import NIOCore
import TestSupport
import Testing

@testable import StatusServer

/// What is refused, and that the server goes on.
@Suite(.turn(of: "StatusServerTests")) struct RequestCheckTests {
    @Test func onlyItsOwnNamesAreAnswered() async throws {
        try await withPlace { place in
            try await place.openEngine()
            let port = try await place.serve(allowedHosts: ["Models.example.org"]).address.port
            for host in [
                "127.0.0.1:\(port)", "localhost:\(port)", "LOCALHOST:\(port)", "[::1]:\(port)", "models.example.org",
                "models.example.org:\(port)",
            ] {
                #expect(try await get("/livez", port: port, host: host).status == 200, "\(host)")
            }
            for host in [
                "evil.example", "evil.example:\(port)", "localhost", "127.0.0.1", "localhost:1", "127.0.0.2:\(port)",
                "localhost:\(port).evil.example", "localhost:\(port)@evil.example", "xmodels.example.org",
                "models.example.org.evil", "*", "localhost:\(port), evil.example",
            ] {
                #expect(try await get("/livez", port: port, host: host).status == 421, "\(host)")
            }
        }
    }

    /// Whichever of the two a proxy in between has looked at.
    @Test(arguments: ["/livez", "/health", "/", "/events"]) func twoNamesAreNone(path: String) async throws {
        try await withPlace { place in
            try await place.openEngine()
            let port = try await place.serve().address.port
            for hosts in [["127.0.0.1:\(port)", "evil.example"], ["127.0.0.1:\(port)", "127.0.0.1:\(port)"]] {
                let answer = try await onThread {
                    let client = try RawClient(port: port)
                    client.send("GET \(path) HTTP/1.1\r\n" + hosts.map { "Host: \($0)\r\n" }.joined() + "\r\n")
                    client.finishSending()
                    return client.receive()
                }
                #expect(Answer(answer ?? "")?.status == 400, "\(hosts)")
            }
        }
    }

    @Test(arguments: ["POST", "PUT", "DELETE", "OPTIONS", "TRACE", "PATCH", "CONNECT", "BREW"])
    func onlyGetAndHead(method: String) async throws {
        try await withPlace { place in
            try await place.openEngine()
            let port = try await place.serve().address.port
            let target = method == "CONNECT" ? "127.0.0.1:\(port)" : "/health"
            let answer = try await get(target, port: port, method: method)
            #expect([400, 405].contains(answer.status), "\(method): \(answer)")
        }
    }

    @Test(arguments: [
        "/..", "/../etc/passwd", "/page.css/../../x", "/%2e%2e/%2e%2e/etc/passwd", "//", "/health/", "/HEALTH",
        "/page.css%00", "/.", "/index.html", "/events/", "/run/../run", "/\u{fffd}",
    ])
    func nothingLiesElsewhere(path: String) async throws {
        try await withPlace { place in
            try await place.openEngine()
            let port = try await place.serve().address.port
            let status = try await get(path, port: port).status
            #expect(status == 404 || status == 400, "\(path)")
        }
    }

    @Test(arguments: [
        "GET /health HTTP/1.1\r\n\r\n", "GET /health HTTP/1.0\r\n\r\n", "GET /health HTTP/9.9\r\n\r\n",
        "\r\n\r\n\r\n\r\nhello\r\n\r\n",
        "\u{16}\u{3}\u{1}\u{2}\u{0}\u{1}\u{0}\u{1}\u{fc}\u{3}\u{3}", "GET  HTTP/1.1\r\nHost: localhost\r\n\r\n",
        "GET /health HTTP/1.1\r\nHost : x\r\n\r\n", "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
        "GET /health HTTP/1.1\r\nHost: a\r\nContent-Length: -1\r\n\r\n",
        "GET /health HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\nContent-Length: 3\r\n\r\nabc",
    ])
    func garbageIsRefusedAndTheConnectionEnds(text: String) async throws {
        try await withPlace { place in
            try await place.openEngine()
            let port = try await place.serve().address.port
            let answer = try await onThread {
                let client = try RawClient(port: port)
                client.send(text)
                client.finishSending()
                return client.receive()
            }
            let received = try #require(answer, "the connection never ended")
            if !received.isEmpty { #expect((400..<506).contains(Answer(received)?.status ?? 0), "\(received)") }
            #expect(try await get("/livez", port: port).status == 200)
        }
    }

    @Test func aBodyIsRefused() async throws {
        try await withPlace { place in
            try await place.openEngine()
            let port = try await place.serve().address.port
            let answer = try await get("/health", port: port, fields: "Content-Length: 5\r\n")
            #expect(answer.status == 413)
        }
    }

    @Test func itsOwnAddressAndNameAreAnswered() throws {
        let rule = HostRule(port: 8300, named: "models.example", allowed: ["other.example"])
        let local = try SocketAddress(ipAddress: "::ffff:10.0.0.5", port: 8300)
        #expect(rule.allows("10.0.0.5:8300", local: local))
        #expect(rule.allows("Models.example:8300", local: local))
        #expect(rule.allows("other.example", local: local))
        #expect(!rule.allows("models.example", local: local))
        #expect(!rule.allows("10.0.0.6:8300", local: local))
        #expect(rule.allows("[fe80::1]:8300", local: try SocketAddress(ipAddress: "fe80::1", port: 8300)))
    }

    @Test(arguments: [
        ("0.0.0.0", "127.0.0.1"), ("::", "[::1]"), ("::1", "[::1]"), ("models.example", "models.example"),
    ])
    func theUrlIsOneThatIsAnswered(host: String, shown: String) {
        #expect(ListenAddress(host: host, port: 1).url == "http://\(shown):1/")
    }

    /// It reads until the connection ends.
    @Test(arguments: ["GET /livez HTTP/1.0\r\n\r\n", "GET /livez HTTP/1.0\r\nConnection: keep-alive\r\n\r\n"])
    func anOldClientSeesTheEnd(request: String) async throws {
        try await withPlace { place in
            try await place.openEngine()
            let port = try await place.serve().address.port
            let request = request.replacing("HTTP/1.0\r\n", with: "HTTP/1.0\r\nHost: 127.0.0.1:\(port)\r\n")
            let text = try await onThread {
                let client = try RawClient(port: port)
                client.send(request)
                return client.receive()
            }
            #expect(text?.hasPrefix("HTTP/1.0 200 OK\r\n") == true, "\(text ?? "nothing came")")
            #expect(text?.hasSuffix("\r\n\r\n{\"status\":\"ok\"}\n") == true)
        }
    }

    @Test func thereAreNoMoreConnectionsThanFiles() {
        let few = ConnectionLimits(openFiles: 256)
        #expect(few.connections == 192 && few.eventStreams == 144)
        #expect(ConnectionLimits(openFiles: 1_000_000).connections == ConnectionLimits().connections)
    }

    @Test func aPortInUseIsSaid() async throws {
        try await withPlace { place in
            try await place.openEngine()
            let port = try await place.serve().address.port
            await #expect { try await place.serve(port: port) } throws: { error in
                (error as? BindFailure)?.description == "127.0.0.1:\(port): the port is in use"
            }
        }
    }
}

/// What `--listen` takes.
@Suite(.turn(of: "StatusServerTests")) struct ListenAddressTests {
    @Test(arguments: [
        ("127.0.0.1:8300", "127.0.0.1", 8300), ("localhost:0", "localhost", 0), ("[::1]:80", "::1", 80),
        ("0.0.0.0:65535", "0.0.0.0", 65_535),
    ])
    func anAddressIsRead(text: String, host: String, port: Int) {
        let address = ListenAddress(text)
        #expect(address == ListenAddress(host: host, port: port))
        #expect(address?.description == text)
    }

    @Test(arguments: [
        "", ":", "8300", ":8300", "localhost", "localhost:", "localhost:x", "localhost:65536", "localhost:-1", "::1:80",
        "[::1]",
        "[::1]80", "[x]:80", "a b:80", "http://localhost:80", "localhost:80/", "localhost:8 0", "localhost:+1",
        "localhost:٣",
    ])
    func anythingElseIsRefused(text: String) { #expect(ListenAddress(text) == nil) }
}
