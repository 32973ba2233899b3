import Foundation
import Testing

/// A transition as `history` puts it out.
struct HistoryAnswer: Decodable, Equatable {
    var seq: Int
    var at: String
    var model: String
    var runId: String
    var attempt: Int
    var correlationId: String
    var fromState: String
    var toState: String
    var trigger: String
    var reason: String?
    var message: String?
    var elapsedMs: Double?
    var pid: Int
}

/// A run as `runs` and `show` put it out.
struct RunAnswer: Decodable {
    var runId: String
    var model: String
    var attempt: Int
    var correlationId: String
    var state: String
    var outcome: String
    var startupMs: Double?
    var loadMs: Double?
    var warmupMs: Double?
    var readyMs: Double?
    var failedPhase: String?
    var reason: String?
    var message: String?
}

extension Finished {
    /// The one document on stdout, with its names in Swift's spelling.
    func decoded<Answer: Decodable>(_: Answer.Type = Answer.self) throws -> Answer {
        let decoder = JSONDecoder()
        decoder.keyDecodingStrategy = .convertFromSnakeCase
        return try decoder.decode(Answer.self, from: Data(output.utf8))
    }

    /// The one document on stdout as Foundation reads it.
    func json() throws -> Any { try JSONSerialization.jsonObject(with: Data(output.utf8)) }
    func objects() throws -> [[String: Any]] { try #require(json() as? [[String: Any]]) }
    func object() throws -> [String: Any] { try #require(json() as? [String: Any]) }
}

extension Workspace {
    func history(_ arguments: String...) async throws -> [HistoryAnswer] {
        try await run(["history", "-o", "json"] + arguments).decoded()
    }

    func runs(_ arguments: String...) async throws -> [RunAnswer] {
        try await run(["runs", "-o", "json"] + arguments).decoded()
    }

    /// Every row of the journal with all that belongs to it, a line each: to see that none was lost or changed.
    func exportedLines() async throws -> [String] { try await run("export").lines }
}

/// What must hold for every journal: gapless numbers, and for each model one unbroken path.
func expectLegalPath(_ rows: [HistoryAnswer], sourceLocation: SourceLocation = #_sourceLocation) {
    #expect(
        rows.map(\.seq) == Array(1...max(1, rows.count)).prefix(rows.count).map { $0 }, sourceLocation: sourceLocation)
    var last: [String: String] = [:]
    for row in rows {
        #expect(row.fromState == last[row.model] ?? "UNINITIALIZED", "seq \(row.seq)", sourceLocation: sourceLocation)
        last[row.model] = row.toState
    }
}
