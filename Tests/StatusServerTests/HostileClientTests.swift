import Foundation
import StatusServer
import TestSupport
import Testing

/// Clients that take more than their share are dropped, and others hear nothing of it.
@Suite(.serialized, .turn(of: "StatusServerTests")) struct HostileClientTests {
    private static func megabytes() -> Double { ResidentSize.megabytes }

    @Test func twoMegabytesOfHeadersAreRefused() async throws {
        try await withPlace { place in
            try await place.openEngine()
            let port = try await place.serve().address.port
            let answer = try await onThread {
                let client = try RawClient(port: port)
                client.send("GET /health HTTP/1.1\r\nHost: 127.0.0.1:\(port)\r\n")
                client.send("X-Large: " + String(repeating: "x", count: 2_000_000) + "\r\n\r\n")
                return client.receive()
            }
            let received = try #require(answer, "the connection never ended")
            #expect(received.isEmpty || Answer(received)?.status == 400, "\(received)")
            #expect(try await get("/livez", port: port).status == 200)
        }
    }

    /// A request's line, one field and very many fields that never end.
    @Test(arguments: ["GET /", "GET / HTTP/1.1\r\nX: ", "GET / HTTP/1.1\r\n"])
    func whatNeverEndsTakesNoMemory(beginning: String) async throws {
        try await withPlace { place in
            try await place.openEngine()
            let port = try await place.serve().address.port
            let before = Self.megabytes()
            let isRefused = try await onThread {
                let client = try RawClient(port: port)
                client.send(beginning)
                let piece = Array(
                    String(repeating: beginning.hasSuffix("\n") ? "X: y\r\n" : "xxxxxx", count: 20_000).utf8)
                for _ in 0..<500 where !client.send(piece) { return true }
                return false
            }
            #expect(isRefused, "60 MB were taken")
            #expect(Self.megabytes() - before < 30)
            #expect(try await get("/livez", port: port).status == 200)
        }
    }

    @Test func aRequestThatTricklesIsDropped() async throws {
        try await withPlace { place in
            try await place.openEngine()
            var limits = ConnectionLimits()
            limits.idleSeconds = 1
            let port = try await place.serve(limits: limits).address.port
            let wasDropped = try await onThread {
                let client = try RawClient(port: port)
                for byte in "GET /health HTTP/1.1\r\nHost: 127.0.0.1\r\nX-Slow: \(String(repeating: "x", count: 300))"
                    .utf8
                {
                    guard client.send([byte]) else { return true }
                    usleep(50_000)
                }
                return false
            }
            #expect(wasDropped)
        }
    }

    /// Whoever asks without end and never reads is held back, and dropped.
    @Test func whoeverDoesNotReadIsDropped() async throws {
        try await withPlace { place in
            try await place.openEngine()
            var limits = ConnectionLimits()
            limits.stallSeconds = 1
            let port = try await place.serve(source: SaidStates([]), limits: limits).address.port
            let before = ResidentSize.megabytes
            let wasDropped = try await onThread {
                let client = try RawClient(port: port, receiveBuffer: 4096)
                let request = Array("GET /health HTTP/1.1\r\nHost: localhost:\(port)\r\n\r\n".utf8)
                client.send(request)
                _ = client.receive(until: "}\n")
                let end = ContinuousClock.now + .seconds(30)
                while ContinuousClock.now < end { if !client.send(request) { return true } }
                return false
            }
            #expect(wasDropped)
            #expect(ResidentSize.megabytes - before < 30)
            #expect(try await get("/livez", port: port).status == 200)
        }
    }

    @Test func anIdleConnectionIsClosed() async throws {
        try await withPlace { place in
            try await place.openEngine()
            var limits = ConnectionLimits()
            limits.idleSeconds = 1
            let port = try await place.serve(limits: limits).address.port
            let received = try await onThread {
                let client = try RawClient(port: port)
                client.send("GET /livez HTTP/1.1\r\nHost: 127.0.0.1:\(port)\r\n\r\n")
                return client.receive()
            }
            #expect(received?.contains("200 OK") == true)
        }
    }

    /// It asks for everything that ever happened, and reads nothing.
    @Test func aStreamThatNobodyReadsIsDropped() async throws {
        try await withPlace { place in
            try await place.openEngine()
            try await place.cycle(400)
            var limits = ConnectionLimits()
            limits.stallSeconds = 1
            let server = try await place.serve(limits: limits)
            let port = server.address.port
            let id = try await position(port)
            let client = try await onThread {
                let client = try RawClient(port: port, receiveBuffer: 4096)
                client.send(
                    "GET /events HTTP/1.1\r\nHost: 127.0.0.1:\(port)\r\nLast-Event-ID: \(id.journal)-0\r\n\r\n")
                return client
            }
            try await eventually("the stream has begun") { server.eventClients == 1 }
            try await eventually("the stream is dropped") { server.eventClients == 0 }
            // The engine has felt nothing.
            try await place.cycle()
            withExtendedLifetime(client) {}
        }
    }

    @Test func whoLeavesAStreamIsForgotten() async throws {
        try await withPlace { place in
            try await place.openEngine()
            let server = try await place.serve()
            let port = server.address.port
            let client = try await onThread {
                let client = try RawClient(port: port)
                client.send("GET /events HTTP/1.1\r\nHost: 127.0.0.1:\(port)\r\n\r\n")
                _ = client.receive(until: "retry:")
                return client
            }
            #expect(server.eventClients == 1)
            client.finishSending()
            try await eventually("the stream is forgotten") { server.eventClients == 0 && server.openConnections == 0 }
        }
    }

    /// Connections that come just then must not take the process with them.
    @Test func anEndAmongNewConnections() async throws {
        try await withPlace { place in
            try await place.openEngine()
            for _ in 0..<10 {
                let server = try await place.serve()
                let port = server.address.port
                async let clients = onThread {
                    (0..<300).compactMap { _ in
                        let client = try? RawClient(port: port)
                        client?.send("GET /livez HTTP/1.1\r\nHost: 127.0.0.1:\(port)\r\n\r\n")
                        return client
                    }
                }
                try await eventually("some have come") { server.openConnections > 20 }
                await server.stop()
                #expect(server.openConnections == 0)
                _ = try await clients
            }
        }
    }

    @Test func thereAreNoMoreStreamsThanAllowed() async throws {
        try await withPlace { place in
            try await place.openEngine()
            var limits = ConnectionLimits()
            limits.eventStreams = 1
            let server = try await place.serve(limits: limits)
            let port = server.address.port
            let first = try await onThread {
                let client = try RawClient(port: port)
                client.send("GET /events HTTP/1.1\r\nHost: 127.0.0.1:\(port)\r\n\r\n")
                _ = client.receive(until: "retry:")
                return client
            }
            let answer = try await get("/events", port: port)
            #expect(answer.status == 503 && answer.fields["retry-after"] == "1")
            withExtendedLifetime(first) {}
        }
    }

    @Test(.enabled(if: OpenFileLimit.raised >= 15_000, "needs 15,000 open files"))
    func tenThousandConnections() async throws {
        try await withPlace { place in
            try await place.openEngine()
            let server = try await place.serve()
            let port = server.address.port
            let before = Self.megabytes()
            let clients = try await onThread {
                var clients: [RawClient] = []
                for _ in 0..<10_000 { clients.append(try RawClient(port: port)) }
                return clients
            }
            let most = ConnectionLimits().connections
            try await eventually("those beyond are closed") { clients.count { $0.hasEnded } >= 10_000 - most }
            #expect(server.openConnections <= most)
            #expect(Self.megabytes() - before < 250)
            try await place.cycle()
            withExtendedLifetime(clients) {}
        }
    }
}

enum ResidentSize {
    /// Of this process.
    static var megabytes: Double {
        guard let text = try? String(contentsOfFile: "/proc/self/statm", encoding: .utf8),
            let pages = text.split(separator: " ").dropFirst().first.flatMap({ Double($0) })
        else { return 0 }
        return pages * Double(sysconf(Int32(_SC_PAGESIZE))) / 1_048_576
    }
}

/// Where the journal ends, as `/events` says.
func position(_ port: Int) async throws -> (journal: String, seq: Int) {
    let page = try await get("/", port: port)
    guard let begin = page.body.range(of: "data-cursor=\"")?.upperBound,
        let end = page.body[begin...].firstIndex(of: "\"")
    else { throw NeverHappened("a position in the page") }
    let text = page.body[begin..<end]
    guard let dash = text.lastIndex(of: "-"), let seq = Int(text[text.index(after: dash)...]) else {
        throw NeverHappened("a position in \(text)")
    }
    return (String(text[..<dash]), seq)
}
