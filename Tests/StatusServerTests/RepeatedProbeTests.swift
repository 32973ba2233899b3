import Foundation
import ModelLifecycle
import StatusServer
import Synchronization
import TestSupport
import Testing

/// A client that keeps its connection, and asks for the same again, takes the short way: it hears what all hear.
@Suite(.turn(of: "StatusServerTests")) struct RepeatedProbeTests {
    private static func view(_ state: ModelState) -> ModelView {
        var view = ModelView(model: "en-us", provider: "scripted", state: state)
        view.isReady = state == .ready
        return view
    }

    private static func withoutDate(_ answer: String) -> String {
        answer.replacing(/\r\n(?i:date): [^\r]*/, with: "").lowercased()
    }

    @Test(arguments: ["/health", "/readyz", "/livez", "/startupz"], ["GET", "HEAD"])
    func theSecondAnswerIsTheFirst(path: String, method: String) async throws {
        try await withPlace { place in
            try await place.openEngine()
            let states = SaidStates([Self.view(.loading)])
            let port = try await place.serve(source: states).address.port
            for state in [ModelState.loading, .ready, .error] {
                states.say([Self.view(state)])
                let answers = try await onThread {
                    let client = try RawClient(port: port)
                    return (0..<4).map { _ in
                        client.send("\(method) \(path) HTTP/1.1\r\nHost: 127.0.0.1:\(port)\r\n\r\n")
                        return client.receive(until: method == "GET" ? "}\n" : "\r\n\r\n")
                    }
                }
                let first = try #require(answers.first ?? nil)
                #expect(Answer(first)?.status == ((state == .ready || path == "/livez") ? 200 : 503))
                #expect(Set(answers.map { Self.withoutDate($0 ?? "") }).count == 1, "\(answers)")
            }
        }
    }

    /// What was true when it was asked before is no matter.
    @Test func aKeptConnectionHearsOfEachChange() async throws {
        try await withPlace { place in
            try await place.openEngine()
            let states = SaidStates([])
            let port = try await place.serve(source: states).address.port
            let heard = try await onThread {
                let client = try RawClient(port: port)
                return (0..<30).map { turn in
                    states.say([Self.view(turn % 3 == 0 ? .ready : turn % 3 == 1 ? .error : .loading)])
                    client.send("GET /health HTTP/1.1\r\nHost: localhost:\(port)\r\n\r\n")
                    return client.receive(until: "}\n").flatMap { Answer($0) }?.status
                }
            }
            #expect(heard == (0..<30).map { $0 % 3 == 0 ? 200 : 503 })
        }
    }

    /// Only what is counted as use keeps a connection open.
    @Test func aConnectionInUseIsNotIdle() async throws {
        try await withPlace { place in
            try await place.openEngine()
            var limits = ConnectionLimits()
            limits.idleSeconds = 1
            let port = try await place.serve(source: SaidStates([Self.view(.ready)]), limits: limits).address.port
            let isOpen = try await onThread {
                let client = try RawClient(port: port)
                let end = ContinuousClock.now + .seconds(3)
                while ContinuousClock.now < end {
                    client.send("GET /health HTTP/1.1\r\nHost: localhost:\(port)\r\n\r\n")
                    guard client.receive(until: "}\n")?.hasSuffix("}\n") == true else { return false }
                }
                return true
            }
            #expect(isOpen)
        }
    }

    /// The end of one request and another one behind it come in one read: these bytes by themselves would be two requests.
    @Test func whatTheParserHeldBeforeIsNoPartOfTheQuestion() async throws {
        try await withPlace { place in
            try await place.openEngine()
            let port = try await place.serve(source: SaidStates([Self.view(.ready)])).address.port
            for second in [
                "GET /health HTTP/1.1\r\n\r\nGET /health HTTP/1.1\r\nHost: localhost:\(port)\r\n\r\n",
                "GET /health HTTP/1.1\r\nAccept: */*\r\n\r\n",
            ] {
                let answer = try await onThread {
                    let client = try RawClient(port: port)
                    client.send("GET /livez HTTP/1.1\r\nHost: localhost:\(port)\r\n\r\n")
                    _ = client.receive(until: "}\n")
                    client.send("GET /health HTTP/1.1\r\nHost: localhost:\(port)\r\nX: ")
                    // So that the system does not put both into one read.
                    client.pause()
                    client.send(second)
                    _ = client.receive(until: second.hasPrefix("GET /health HTTP/1.1\r\n\r\n") ? "}\nHTTP" : "}\n")
                    client.pause()
                    client.send(second)
                    return client.receive()
                }
                // A request without a Host, which ends the connection.
                #expect(answer?.contains("400 Bad Request") == true, "\(answer ?? "nothing came")")
            }
        }
    }

    /// A stream has no end, so nothing behind it is ever answered.
    @Test func nothingOvertakesAnAnswer() async throws {
        try await withPlace { place in
            try await place.openEngine()
            var limits = ConnectionLimits()
            limits.beatSeconds = 1
            let port = try await place.serve(source: SaidStates([Self.view(.ready)]), limits: limits).address.port
            let heard = try await onThread {
                let client = try RawClient(port: port)
                client.send("GET /events HTTP/1.1\r\nHost: localhost:\(port)\r\n\r\n")
                let head = client.receive(until: ": still here\n")
                for _ in 0..<5 {
                    client.send("GET /health HTTP/1.1\r\nHost: localhost:\(port)\r\n\r\n")
                    client.pause()
                }
                return (head, client.receive(until: ": still here\n"))
            }
            #expect(heard.0?.contains("text/event-stream") == true)
            #expect(heard.1?.contains("HTTP/1.1") == false, "\(heard)")
        }
    }

    /// Requests of all kinds, in any order, cut anywhere: each has its answer, in order.
    @Test(arguments: 0..<24) func cutAnywhereInAnyOrder(seed: Int) async throws {
        try await withPlace { place in
            try await place.openEngine()
            let port = try await place.serve(source: SaidStates([Self.view(.error)])).address.port
            var random = SplitMix(seed: UInt64(seed))
            let kinds: [(request: String, expected: String)] = [
                ("GET /health", "503 \"state\":\"ERROR\""), ("GET /livez", "200 \"status\":\"ok\""),
                ("HEAD /health", "503 "), ("GET /startupz", "503 \"status\":\"unavailable\""),
                ("GET /health?model=nobody", "404 known: en-us"), ("GET /nowhere", "404 nothing lies there"),
            ]
            var stream = ""
            var expected: [String] = []
            var kind = kinds[0]
            for _ in 0..<60 {
                if Int.random(in: 0..<3, using: &random) == 0, let other = kinds.randomElement(using: &random) {
                    kind = other
                }
                stream += "\(kind.request) HTTP/1.1\r\nHost: localhost:\(port)\r\n\r\n"
                expected.append(kind.expected)
            }
            stream += "GET /livez HTTP/1.1\r\nHost: localhost:\(port)\r\nConnection: close\r\n\r\n"
            var pieces: [String] = []
            if seed % 2 == 0 {
                // Whole requests, one or some at once, as clients send them.
                pieces = stream.replacing("\r\n\r\n", with: "\r\n\r\n\0").split(separator: "\0").map(String.init)
            } else {
                var rest = Substring(stream)
                while !rest.isEmpty {
                    let count = Int.random(in: 1...90, using: &random)
                    pieces.append(String(rest.prefix(count)))
                    rest = rest.dropFirst(count)
                }
            }
            let pauses = pieces.map { _ in Int.random(in: 0..<3, using: &random) == 0 }
            let text = try await onThread { [pieces, pauses] in
                let client = try RawClient(port: port)
                for (piece, pauses) in zip(pieces, pauses) {
                    client.send(piece)
                    if pauses { client.pause() }
                }
                return client.receive()
            }
            var rest = Substring(try #require(text))
            for (place, expected) in expected.enumerated() {
                let gap = try #require(rest.range(of: "\r\n\r\n"), "answer \(place)")
                let head = rest[..<gap.lowerBound]
                let length = head.firstMatch(of: /(?i:content-length): ([0-9]+)/).flatMap { Int($0.1) } ?? 0
                let parts = expected.split(separator: " ", maxSplits: 1, omittingEmptySubsequences: false)
                #expect(head.hasPrefix("HTTP/1.1 \(parts[0]) "), "answer \(place): \(head.prefix(40))")
                rest = rest[gap.upperBound...]
                if !parts[1].isEmpty {
                    #expect(rest.prefix(length).contains(parts[1]), "answer \(place)")
                    rest = rest.dropFirst(length)
                }
            }
            #expect(rest.contains("\"status\":\"ok\""))
        }
    }
}
