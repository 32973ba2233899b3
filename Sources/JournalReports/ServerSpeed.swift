import GRDB
import LifecycleJournal
import ModelLifecycle

/// How fast a server said that it was, in its answers to warm-up requests.
package struct ServerSpeed: Sendable, Hashable {
    /// In tokens a second.
    package struct Rates: Sendable, Hashable {
        /// How many answers told it.
        package var count: Int
        package var min: Double
        package var p50: Double
        package var max: Double

        /// - Returns: nil for no values.
        init?(_ values: [Double]) {
            guard !values.isEmpty else { return nil }
            let sorted = values.sorted()
            count = sorted.count
            min = sorted[0]
            p50 = sorted[NearestRank.place(50, of: sorted.count)]
            max = sorted[sorted.count - 1]
        }
    }

    /// Tokens of the prompt that were read.
    package var prompt: Rates?
    /// Tokens of the answer that were written.
    package var generated: Rates?

    /// - Parameter messages: notes of the kind `status`, as `warm-up request: prompt 5 tokens at 120.0 tokens/s, …`.
    /// - Returns: nil if none of them tells a speed.
    init?(_ messages: [String]) {
        func rates(_ expression: Regex<(Substring, Substring)>) -> Rates? {
            Rates(messages.compactMap { $0.firstMatch(of: expression).flatMap { Double($0.1) } })
        }
        prompt = rates(/\bprompt (?:\d+ tokens? at )?([0-9.]+) tokens\/s/)
        generated = rates(/\bgenerated (?:\d+ tokens? at )?([0-9.]+) tokens\/s/)
        if prompt == nil, generated == nil { return nil }
    }

    /// How many of the newest runs are looked at, however long the journal is.
    package static let runs = 100

    /// - Returns: nil if the server has told nothing in these runs.
    init?(_ db: Database, model: String, provider: String, _ filter: ReportFilter) throws {
        let messages = try String.fetchAll(
            db.cachedStatement(
                sql: """
                    SELECT n.message
                    FROM (SELECT p.run FROM run_progress AS p JOIN run AS r ON r.id = p.run
                          WHERE p.model_id = (SELECT id FROM model WHERE name = ?) AND r.provider = ?
                              AND p.started_us >= ? AND p.started_us < ?
                          ORDER BY p.run DESC LIMIT \(Self.runs)) AS newest
                    JOIN run_note AS n ON n.run = newest.run
                    WHERE n.kind = 'status' AND n.message LIKE 'warm-up request: %'
                    """),
            arguments: [
                model, provider, filter.since?.microseconds ?? .min, filter.until?.microseconds ?? .max,
            ])
        self.init(messages)
    }
}
