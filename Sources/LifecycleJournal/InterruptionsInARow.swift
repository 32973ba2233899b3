/// The model's last runs, counted back to the first that was not interrupted before READY.
package enum InterruptionsInARow {
    /// A scalar subquery for the model `m`.
    /// - Parameter run: only those before this one count, an expression in SQL; nil for all.
    package static func sql(before run: String? = nil) -> String {
        func earlier(_ column: String) -> String { run.map { " AND \(column) < \($0)" } ?? "" }
        return """
            (SELECT count(*) FROM run_progress AS q
                WHERE q.model_id = m.id AND q.outcome = 'interrupted' AND q.startup_us IS NULL\(earlier("q.run"))
                AND q.run > coalesce((SELECT max(run) FROM run_progress
                    WHERE model_id = m.id AND (outcome <> 'interrupted' OR startup_us IS NOT NULL)\(earlier("run"))), 0))
            """
    }
}
