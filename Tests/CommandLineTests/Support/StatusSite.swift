import AsyncHTTPClient
import Foundation
import NIOCore
import NIOHTTP1

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
            guard program.isRunning else { throw NeverHappened(description: program.standardError.text) }
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

    static func send(_ method: String, _ url: String, _ body: Data?) async throws -> (status: Int, body: String) {
        var request = HTTPClientRequest(url: url)
        request.method = HTTPMethod(rawValue: method)
        if let body {
            request.body = .bytes(Array(body))
            request.headers.add(name: "Content-Type", value: "application/json")
        }
        let response = try await HTTPClient.shared.execute(request, timeout: .seconds(60))
        let bytes = try await response.body.collect(upTo: 16 << 20)
        return (Int(response.status.code), String(buffer: bytes))
    }
}

/// The same for conditions that have to be asked for.
func eventually(_ what: String, asking condition: () async throws -> Bool) async throws {
    let patience = ContinuousClock.now + .seconds(120)
    while try await !condition() {
        guard ContinuousClock.now < patience else { throw NeverHappened(description: "never happened: \(what)") }
        try await Task.sleep(for: .milliseconds(50))
    }
}
