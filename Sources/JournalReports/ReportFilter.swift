import Foundation
package import GRDB
package import LifecycleJournal
package import ModelLifecycle

/// Which run somebody means.
package enum RunSelector: Sendable, Hashable {
    /// A run ID or the beginning of one.
    case prefix(String)
    /// 1 for the last run, 2 for the one before, …; among those that the other filters leave.
    case last(Int)
}

/// Which rows a report is about. Lists match any of their members; an empty one matches all.
package struct ReportFilter: Sendable {
    package var models: [String] = []
    package var providers: [String] = []
    package var run: RunSelector?
    package var correlationID: String?
    /// An engine ID or the beginning of one.
    package var engine: String?
    package var states: [ModelState] = []
    package var outcomes: [RunOutcome] = []
    package var reasons: [FailureReason] = []
    /// From this time on, and before this one.
    package var since: WallTime?
    package var until: WallTime?
    /// Only so many of the newest rows.
    package var lines: Int?
    /// Newest first.
    package var reverse = false
    /// A regular expression for the message; without capitals it ignores case.
    package var grep: String?

    /// False for a filter that asks for single rows, and nothing else.
    package var isOfWholeRuns: Bool { states.isEmpty && reasons.isEmpty && grep == nil }

    package init() {}

    /// The limits of its time, as operators of SQL: what begins at `since` is meant, and what begins at `until` is not.
    package var bounds: [(operator: String, time: WallTime)] {
        [(">=", since), ("<", until)].compactMap { name, time in time.map { (name, $0) } }
    }
}

/// The pattern of `--grep`: a regular expression that is looked for in a row's message.
package struct MessagePattern: Sendable {
    private let expression: NSRegularExpression

    /// - Throws: `JournalError` with code `invalidRequest` for a pattern that is not a regular expression.
    package init(_ pattern: String, source: String) throws {
        let ignoresCase = !pattern.contains(where: \.isUppercase)
        do {
            expression = try NSRegularExpression(pattern: pattern, options: ignoresCase ? [.caseInsensitive] : [])
        } catch {
            throw JournalError(.invalidRequest, source, "not a regular expression: '\(pattern)'")
        }
    }

    package func matches(_ message: String) -> Bool {
        expression.firstMatch(in: message, range: NSRange(message.startIndex..., in: message)) != nil
    }

    /// As an SQL function of one argument, `matches`.
    func install(_ db: Database) {
        db.add(
            function: DatabaseFunction("matches", argumentCount: 1, pure: true) { values in
                Data.fromDatabaseValue(values[0]).map { matches(String(decoding: $0, as: UTF8.self)) }
            })
    }
}

/// A filter as SQL: conditions joined by AND, and their arguments.
package struct FilterSQL {
    private(set) var conditions: [String] = []
    package private(set) var arguments = StatementArguments()
    package let columns: Columns

    /// - Parameter filter: whose run, if it has one, is still to be resolved and added.
    init(_ filter: ReportFilter, columns: Columns) {
        self.columns = columns
        add(anyOf: filter.models, "model")
        add(anyOf: filter.providers, "provider")
        if let id = filter.correlationID { add("correlation_id = ?", [id]) }
        if let engine = filter.engine { add("substr(engine_id, 1, ?) = ?", [engine.count, engine]) }
        add(anyOf: filter.states.map(\.rawValue), columns.state)
        add(anyOf: filter.outcomes.map(\.rawValue), columns.outcome)
        add(anyOf: filter.reasons.map(\.rawValue), columns.reason)
        for bound in filter.bounds { add("\(columns.time) \(bound.operator) ?", [bound.time.microseconds]) }
        if filter.grep != nil {
            // As bytes: as a text it would end for the function at its first NUL.
            add("coalesce(matches(CAST(\(columns.message) AS BLOB)), 0)", [])
        }
    }

    /// What the columns are called in the view that is asked. `interruption` knows what `UnsettledRuns` does.
    package struct Columns {
        var view: String
        /// What rows are in the order of.
        package var key: String
        package var run: String
        package var state: String
        package var time: String
        package var outcome: String
        package var reason: String
        package var message: String

        var isOfRuns: Bool { key == run }

        package static let transitions = Columns(
            view: "transition_rows", key: "seq", run: "run", state: "to_state", time: "at_us",
            outcome: """
                iif(interruption(run) IS NULL,
                    (SELECT outcome FROM run_progress AS p WHERE p.run = transition_rows.run), 'interrupted')
                """, reason: "reason", message: "message")
        package static let runs = Columns(
            view: "run_rows", key: "id", run: "id", state: "state", time: "started_us",
            outcome: "iif(interruption(id) IS NULL, outcome, 'interrupted')",
            reason: "iif(interruption(id) IS NULL, reason, 'Interrupted')",
            message: "coalesce(interruption(id), message)")
    }

    var whereClause: String { conditions.isEmpty ? "" : "WHERE " + conditions.joined(separator: " AND ") }

    package mutating func add(_ condition: String, _ values: StatementArguments) {
        conditions.append(condition)
        arguments += values
    }

    /// Where the time of the filter can lie: no index has the times.
    package mutating func add(_ times: BlockTimes) {
        let (after, upTo) = columns.isOfRuns ? (times.afterRun, times.upToRun) : (times.after, times.upTo)
        if after > 0 { add("\(columns.key) > ?", [after]) }
        if let upTo { add("\(columns.key) <= ?", [upTo]) }
    }

    private mutating func add(anyOf values: [String], _ column: String) {
        guard !values.isEmpty else { return }
        add("\(column) IN (\(values.map { _ in "?" }.joined(separator: ", ")))", StatementArguments(values))
    }
}
