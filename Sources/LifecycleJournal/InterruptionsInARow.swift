/// The model's last runs, counted back to the first that was not interrupted before READY.
package enum InterruptionsInARow {
    /// A scalar subquery for the model `m`.
    package static let sql = """
        (SELECT count(*) FROM run_progress AS q
            WHERE q.model_id = m.id AND q.outcome = 'interrupted' AND q.startup_us IS NULL
            AND q.run > coalesce((SELECT max(run) FROM run_progress
                WHERE model_id = m.id AND (outcome <> 'interrupted' OR startup_us IS NOT NULL)), 0))
        """
}
