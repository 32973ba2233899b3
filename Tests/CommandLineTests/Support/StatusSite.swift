import AsyncHTTPClient
import Foundation
import NIOCore
import NIOHTTP1
import TestSupport

/// A status server that the program runs, and how a test asks it.
struct StatusSite: Sendable {
    let program: RunningProgram
    let port: Int

    /// - Parameter arguments: `run …` or `serve …`; where to listen is added.
    init(_ workspace: Workspace, _ arguments: [String], port: Int = 0, environment: [String: String?] = [:])
        async throws
    {
        var arguments = arguments
        arguments.insert(contentsOf: ["--listen", "127.0.0.1:\(port)"], at: 1)
        let program = try workspace.start(arguments, environment: environment)
        try await eventually("the server listens") {
            guard program.isRunning else { throw NeverHappened(program.standardError.text) }
            return program.standardError.text.contains("http://127.0.0.1:")
        }
        self.program = program
        let found = program.standardError.text.firstMatch(of: /http:\/\/127\.0\.0\.1:(\d+)\//)
        self.port = found.flatMap { Int($0.1) } ?? 0
    }

    func url(_ path: String) -> String { "http://127.0.0.1:\(port)\(path)" }

    func get(_ path: String) async throws -> (status: Int, body: String) { try await HTTP.get(url(path)) }
}

/// Requests to servers on this machine.
enum HTTP {
    static func get(_ url: String) async throws -> (status: Int, body: String) { try await send("GET", url, nil) }

    /// An answer that has no end.
    struct Stream {
        fileprivate var pieces: HTTPClientResponse.Body

        func wait(for text: String) async throws {
            var received = ""
            for try await piece in pieces {
                received += String(buffer: piece)
                if received.contains(text) { return }
            }
            throw NeverHappened("the stream ended without \(text): \(received)")
        }
    }

    static func stream(_ url: String) async throws -> Stream {
        Stream(pieces: try await HTTPClient.shared.execute(HTTPClientRequest(url: url), timeout: .minutes(4)).body)
    }

    static func send(_ method: String, _ url: String, _ body: Data?) async throws -> (status: Int, body: String) {
        var request = HTTPClientRequest(url: url)
        request.method = HTTPMethod(rawValue: method)
        // A kept connection may be ended as idle in the moment in which it is used again.
        request.headers.add(name: "Connection", value: "close")
        if let body {
            request.body = .bytes(Array(body))
            request.headers.add(name: "Content-Type", value: "application/json")
        }
        let response = try await HTTPClient.shared.execute(request, timeout: .seconds(60))
        let bytes = try await response.body.collect(upTo: 16 << 20)
        return (Int(response.status.code), String(buffer: bytes))
    }
}
