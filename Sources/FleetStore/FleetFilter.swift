import JournalReports
import LifecycleJournal
import ModelLifecycle

/// A filter as a condition in ClickHouse's SQL. The message's pattern is no part of it: it is a regular expression of
/// Foundation's, and another engine would find other rows.
struct FleetFilter {
    private(set) var conditions: [String] = []
    /// Whether all of it is about how a run began: what a later row of the same run cannot say otherwise.
    private(set) var isOfBirth = true

    /// - Parameter table: `run` or `transition`.
    init(_ filter: ReportFilter, table: String) {
        let isOfRuns = table == "run"
        isOfBirth =
            isOfRuns && filter.engine == nil && filter.states.isEmpty && filter.reasons.isEmpty
            && filter.outcomes.isEmpty
        add(anyOf: filter.models, "model")
        add(anyOf: filter.providers, "provider")
        if let id = filter.correlationID { conditions.append("correlation_id = \(SQLText.literal(id))") }
        if let engine = filter.engine {
            conditions.append("substring(engine_id, 1, \(engine.utf8.count)) = \(SQLText.literal(engine))")
        }
        add(anyOf: filter.states.map(\.rawValue), isOfRuns ? "state" : "to_state")
        add(anyOf: filter.reasons.map(\.rawValue), "reason")
        let time = isOfRuns ? "started_us" : "at_us"
        for bound in filter.bounds { conditions.append("\(time) \(bound.operator) \(bound.time.microseconds)") }
        guard !filter.outcomes.isEmpty else { return }
        let outcomes = "outcome IN \(SQLText.list(filter.outcomes.map(\.rawValue)))"
        conditions.append(
            isOfRuns
                ? outcomes
                : "(journal_id, run_id) GLOBAL IN (SELECT journal_id, run_id FROM run FINAL WHERE \(outcomes))")
    }

    mutating func add(_ condition: String) { conditions.append(condition) }

    /// True of everything where nothing is asked for.
    var expression: String { conditions.isEmpty ? "1" : conditions.joined(separator: " AND ") }

    /// With the blank before it; empty where everything is wanted.
    var clause: String { conditions.isEmpty ? "" : " WHERE \(expression)" }

    private mutating func add(anyOf values: [String], _ column: String) {
        guard !values.isEmpty else { return }
        conditions.append("\(column) IN \(SQLText.list(values))")
    }
}
